import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { DRIVER } from '../support/bundle.ts';
import { scopeOf } from '../support/collector-calls.ts';
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
    // Whoever tries the settings may be another user than the runner's.
    expect(await readdir(scopeOf(world).stateDir).catch(() => [])).toEqual([]);
  });

  it("asks with what the job's variables would make of volumes and services, and with the pull policies of the settings", async () => {
    world = await startWorld({
      settings: 'pull_policy = "always"\nallowed_images = ["node:*"]\nallowed_services = ["postgres:16"]',
      tables: `[[volumes.empty_dir]]
name = "one"
mount_path = "{mounts}/$ONE"
[[volumes.empty_dir]]
name = "two"
mount_path = "{mounts}/$TWO"
[[services]]
name = "$MIRROR/postgres:16"
alias = "db-$NUMBER"
environment = ["HEALTHCHECK_TCP_PORT=$PORT"]`,
    });
    const { code, stdout } = await dryRun();
    expect([code, stdout]).toEqual([0, expect.stringContaining('4 of 4 places would take a job')]);
    const [asked] = world.emulator.requests().filter(({ action }) => action === 'CreateContainerGroup');
    const parameters = asked?.parameters ?? {};
    const of = (pattern: RegExp) =>
      Object.entries(parameters).flatMap(([name, value]) => (pattern.test(name) ? [value] : []));
    expect(new Set(of(/^(Init)?Container\.\d\.ImagePullPolicy$/))).toEqual(new Set(['Always']));
    expect(of(/^Container\.\d\.Image$/)).toContainEqual(expect.stringMatching(/^\d\/postgres:16$/));
    expect(Object.values(parameters).join('\n')).not.toMatch(/\$(ONE|TWO|MIRROR|NUMBER|PORT)/);
  });

  it('says that the settings are wrong, as a system failure, where they are wrong for every job', async () => {
    world = await startWorld({ tables: '[[services]]\nname = "docker:27-dind"' });
    const { code, stdout } = await dryRun();
    expect([code, stdout]).toEqual([2, expect.stringContaining('The service docker:27-dind is a Docker daemon')]);
    expect(world.emulator.requests()).toEqual([]);
  });

  it('says so when every place is above max_price, with the prices', async () => {
    world = await startWorld({ settings: 'max_price = 0.1', tables: '[spot]\nstrategy = "NoSpot"' });
    const { code, stdout } = await dryRun();
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /cost at most max_price, CNY 0\.1\/h\.[^]*cn-beijing-h ecs\.c6\.2xlarge on-demand: CNY \d\.\d+\/h/,
    );
  });

  it('fails when no place would take a job, with the reason for each', async () => {
    world = await startWorld({ scenario: '[account]\narrears = true' });
    const { code, stdout } = await dryRun();
    expect(code).toBe(2);
    expect(stdout).toContain('the account owes money or cannot pay (Account.Arrearage)');
    expect(stdout).toContain('0 of 4 places would take a job');
  });
});
