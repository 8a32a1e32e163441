import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { type Emulator, startEmulator } from './emulator.ts';
import { parseScenario } from './scenario.ts';

/** `eci-emulator`: the emulator by hand. */
const program = new Command('eci-emulator')
  .description('Stands in for the ECI API and the machines behind it, on loopback only.')
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

function greeting({ endpoint, root, scenario }: Emulator): string[] {
  const { region, vswitch, access_key_id } = scenario;
  return [
    `ECI emulator: http://${endpoint}, region ${region}, access key ${access_key_id}`,
    `Zones: ${vswitch.map((each) => `${each.zone} (${each.id})`).join(', ')}`,
    `Root folder: ${root}`,
    `Machines are processes: job scripts run as the user ${userInfo().username}, with the rights of that user.`,
    `Control: http://${endpoint}/-/report`,
  ];
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

program.parseAsync().catch(fail);
