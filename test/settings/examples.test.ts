import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/settings/parse.ts';
import { COMMANDS } from '../../src/commands/index.ts';

const example = (name: string) => readFile(new URL(`../../config/${name}`, import.meta.url), 'utf8');

describe('the examples in config/', () => {
  it('config.toml is valid, with every profile', async () => {
    expect(parseSettings(await example('config.toml'), 'big')).toHaveProperty('settings');
  });

  it('runner.toml calls commands that exist, with timeouts that fit the settings', async () => {
    const runners = parse(await example('runner.toml')).runners as { custom: Record<string, unknown> }[];
    const custom = runners[0]?.custom ?? {};
    for (const stage of ['config', 'prepare', 'run', 'cleanup']) {
      expect(custom[`${stage}_args`]).toEqual([stage]);
      expect(COMMANDS.map((command) => command.name)).toContain(stage);
    }
    const parsed = parseSettings(await example('config.toml'));
    if (!('settings' in parsed)) return expect.unreachable();
    const { poll_timeout, scheduling_timeout, image_pull_timeout, cleanup_resources_timeout } = parsed.settings;
    expect(custom.prepare_exec_timeout).toBeGreaterThan(poll_timeout + scheduling_timeout + image_pull_timeout);
    expect(custom.cleanup_exec_timeout).toBeGreaterThan(cleanup_resources_timeout);
    expect(custom.graceful_kill_timeout).toBeLessThan(300);
  });

  it.each(['ram-policy.json', 'ram-policy-by-tag.unproven.json'])(
    '%s allows the actions that the driver calls',
    async (name) => {
      const policy = JSON.parse(await example(name)) as {
        Statement: { Action: string | string[]; Condition?: unknown }[];
      };
      const actions = policy.Statement.flatMap((statement) => statement.Action);
      for (const action of [
        'CreateContainerGroup',
        'DescribeContainerGroups',
        'DescribeContainerGroupPrice',
        'DeleteContainerGroup',
      ]) {
        expect(actions).toContain(`eci:${action}`);
      }
    },
  );

  it('ram-policy.json has no tag condition, because a wrong key would deny every create', async () => {
    expect(await example('ram-policy.json')).not.toContain('eci:tag');
  });
});
