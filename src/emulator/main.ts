import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { type Emulator, startEmulator } from './emulator.ts';
import { importImage } from './images/import-image.ts';
import { ImageStore } from './images/image-store.ts';
import { parseScenario, type Scenario } from './scenario.ts';

/** `eci-emulator`: the emulator by hand. */
const program = new Command('eci-emulator').description(
  'Stands in for the ECI API and the machines behind it, on loopback only.',
);

program
  .command('start', { isDefault: true })
  .description('Starts it, and stops it at SIGINT or SIGTERM.')
  .requiredOption('--scenario <file>', 'TOML file: zones, types, prices, stock, images, delays')
  .option('--listen <address>', 'overrides listen of the scenario, such as 127.0.0.1:8091')
  .option('--root <folder>', 'overrides root of the scenario')
  .action(async ({ scenario, ...given }: { scenario: string; listen?: string; root?: string }) => {
    const emulator = await startEmulator({ scenario: parseScenario(await readFile(scenario, 'utf8')), ...given });
    console.log(greeting(emulator).join('\n'));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void emulator.stop().then(() => process.exit(0), fail));
    }
  });

program
  .command('import')
  .description('Takes an image into the folder of images that container machines use.')
  .argument(
    '<source>',
    'archive of docker save, OCI archive, either of them unpacked, or the folder of a root file system',
  )
  .requiredOption('--images <folder>', 'the folder, as in images of the scenario')
  .option('--name <image>', 'such as alpine:3.20; if not given, the name that the archive has')
  .action(async (source: string, { images, name }: { images: string; name?: string }) => {
    console.log(`${await importImage(new ImageStore(images), source, name)} is in ${images}`);
  });

function greeting({ endpoint, root, scenario }: Emulator): string[] {
  const { region, vswitch, access_key_id } = scenario;
  return [
    `ECI emulator: http://${endpoint}, region ${region}, access key ${access_key_id}`,
    `Zones: ${vswitch.map((each) => `${each.zone} (${each.id})`).join(', ')}`,
    `Root folder: ${root}`,
    machinesLine(scenario),
    `Control: http://${endpoint}/-/report`,
  ];
}

const machinesLine = ({ machines, images }: Scenario): string =>
  machines === 'containers'
    ? `Machines are containers, with images from ${images}.`
    : `Machines are processes: job scripts run as the user ${userInfo().username}, with the rights of that user. Nothing runs in sidecars, as services of jobs are.`;

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

program.parseAsync().catch(fail);
