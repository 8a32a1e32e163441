import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { startEmulator } from './emulator.ts';
import { parseScenario } from './scenario.ts';

/** `eci-emulator`: the emulator by hand. */
const program = new Command('eci-emulator')
  .description('Stands in for the ECI API and the machines behind it, on loopback only.')
  .requiredOption('--scenario <file>', 'TOML file: zones, types, prices, stock, images, delays')
  .option('--listen <address>', 'overrides listen of the scenario, such as 127.0.0.1:8091')
  .option('--root <folder>', 'overrides root of the scenario')
  .action(async (options: { scenario: string; listen?: string; root?: string }) => {
    const { scenario, ...given } = options;
    const emulator = await startEmulator({ scenario: parseScenario(await readFile(scenario, 'utf8'), given) });
    const { region, vswitch, access_key_id } = emulator.scenario;
    console.log(`ECI emulator: http://${emulator.endpoint}, region ${region}, access key ${access_key_id}`);
    console.log(`Zones: ${vswitch.map((each) => `${each.zone} (${each.id})`).join(', ')}`);
    console.log(
      `Machines are processes: job scripts run as the user ${userInfo().username}, with its files, below ${emulator.root}`,
    );
    console.log(`Control: http://${emulator.endpoint}/-/report`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void emulator.stop().then(() => process.exit(0)));
    }
  });

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
