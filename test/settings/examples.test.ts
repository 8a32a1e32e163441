import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { expectFittingRunner } from './runner-part.ts';

const example = (name: string) => readFile(new URL(`../../config/${name}`, import.meta.url), 'utf8');

describe('the examples in config/', () => {
  it('config.toml is valid, with every profile', async () => {
    expect(parseSettings(await example('config.toml'), 'big')).toHaveProperty('settings');
  });

  it('runner.toml calls commands that exist, with timeouts that fit the settings', async () => {
    const parsed = parseSettings(await example('config.toml'));
    if (!('settings' in parsed)) return expect.unreachable();
    expectFittingRunner(await example('runner.toml'), parsed.settings);
  });

  it.each(['ram-policy.json', 'ram-policy-by-tag.unproven.json'])(
    '%s allows the actions that the driver calls, and no other of ECI',
    async (name) => {
      const client = await readFile(new URL('../../src/eci/sdk-client.ts', import.meta.url), 'utf8');
      const called = [...client.matchAll(/\b(?:call|ask)\('(\w+)'/g)].map(([, action]) => `eci:${action}`);
      expect(called.length).toBeGreaterThan(4);
      const policy = JSON.parse(await example(name)) as { Statement: { Action: string | string[] }[] };
      const allowed = policy.Statement.flatMap((statement) => statement.Action);
      expect(new Set(allowed.filter((action) => action.startsWith('eci:')))).toEqual(new Set(called));
    },
  );

  it("the collector's timer runs its service, which calls a command that exists, as the runner's user and in its namespaces", async () => {
    const service = await example('gitlab-eci-executor-gc.service');
    expect(service).toMatch(/^ExecStart=\/usr\/local\/bin\/gitlab-eci-executor gc$/m);
    expect(COMMANDS.map(({ name }) => name)).toContain('gc');
    expect(service).toMatch(/^User=gitlab-runner$/m);
    expect(service).not.toMatch(/^(Private|Protect|Dynamic|RootDirectory|ReadOnly|Inaccessible)/m);
    // A timer without Unit= starts the service of its own name.
    const timer = await example('gitlab-eci-executor-gc.timer');
    expect(timer).not.toMatch(/^Unit=/m);
    expect(timer).toMatch(/^OnUnitActiveSec=5min$/m);
  });

  it('ram-policy.json has no tag condition, because a wrong key would deny every create', async () => {
    expect(await example('ram-policy.json')).not.toContain('eci:tag');
  });
});
