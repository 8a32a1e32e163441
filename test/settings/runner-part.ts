import { parse } from 'smol-toml';
import { expect } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import type { Settings } from '../../src/settings/schema.ts';

/** Checks the `[runners.custom]` part of a configuration of GitLab Runner: its commands exist, its timeouts fit the driver's settings. */
export function expectFittingRunner(toml: string, settings: Settings): void {
  const runners = parse(toml).runners as { executor: string; custom: Record<string, unknown> }[];
  expect(runners).toEqual([expect.objectContaining({ executor: 'custom' })]);
  const custom = runners[0]?.custom ?? {};
  for (const stage of ['config', 'prepare', 'run', 'cleanup']) {
    expect(custom[`${stage}_exec`]).toBe('/usr/local/bin/gitlab-eci-executor');
    expect(custom[`${stage}_args`]).toEqual([stage]);
    expect(COMMANDS.map((command) => command.name)).toContain(stage);
  }
  const { poll_timeout, scheduling_timeout, image_pull_timeout, ssh_timeout, cleanup_resources_timeout } = settings;
  expect(custom.prepare_exec_timeout).toBeGreaterThan(
    poll_timeout + scheduling_timeout + image_pull_timeout + ssh_timeout,
  );
  expect(custom.cleanup_exec_timeout).toBeGreaterThan(cleanup_resources_timeout);
  expect(custom.graceful_kill_timeout).toBeLessThan(300);
}
