import { execFile } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { DRIVER } from '../support/bundle.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

const dryRun = () =>
  new Promise<{ code: unknown; stdout: string }>((resolve) =>
    execFile(
      process.execPath,
      [DRIVER, 'dry-run', '--config', world.settingsFile],
      { env: world.environment },
      (error, stdout) => resolve({ code: error?.code ?? 0, stdout }),
    ),
  );

describe('dry-run', () => {
  it('tells what ECI would answer in each place, cheapest first with prices, and creates nothing', async () => {
    world = await startWorld({
      settings: 'order = "price"\ninstance_types = ["ecs.g6.2xlarge", "ecs.c6.2xlarge"]',
      scenario: '[[stock]]\nzone = "cn-beijing-h"\nanswers = ["no-stock"]',
    });
    const { code, stdout } = await dryRun();
    expect(code).toBe(0);
    expect(stdout.replace(/, \d+\.\d s$/gm, '').replace(/ +/g, ' ')).toBe(
      [
        'Looking for capacity: 2 zones, 2 types, spot (SpotAsPriceGo)',
        ' cn-beijing-h ecs.c6.2xlarge spot 0.312/h out of stock (OperationDenied.NoStock)',
        ' cn-beijing-k ecs.c6.2xlarge spot 0.312/h would be created',
        ' cn-beijing-h ecs.g6.2xlarge spot 0.400/h out of stock (OperationDenied.NoStock)',
        ' cn-beijing-k ecs.g6.2xlarge spot 0.400/h would be created',
        '2 of 4 places would take a job of gitlab-eci-executor. Nothing was created.',
        '',
      ].join('\n'),
    );
    expect(world.emulator.report().groups.created).toBe(0);
  });

  it('fails when no place would take a job, with the reason for each', async () => {
    world = await startWorld({ scenario: '[account]\narrears = true' });
    const { code, stdout } = await dryRun();
    expect(code).toBe(2);
    expect(stdout).toContain('the account owes money or cannot pay (Account.Arrearage)');
    expect(stdout).toContain('0 of 4 places would take a job');
  });
});
