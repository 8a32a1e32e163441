import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CollectorScope } from '../../src/collector/scope.ts';
import { type JobFields, jobPayload } from '../standin/job.ts';
import { driverOf } from '../standin/run-job.ts';
import { startRunnerProcess } from '../standin/runner-process.ts';
import { DRIVER } from './bundle.ts';
import type { World } from './world.ts';

export interface GcEnd {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `gc` of the built driver to its end. */
export const runCollector = (world: World, args: readonly string[]): Promise<GcEnd> =>
  new Promise((resolve) =>
    execFile(
      process.execPath,
      [DRIVER, 'gc', '--config', world.settingsFile, ...args],
      { env: world.environment },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  );

/** Ids of the groups that the cloud shows. */
export const groupsLeft = ({ emulator }: World): readonly string[] => emulator.report().groups.left.map(({ id }) => id);

/** What the collector of a world looks after. */
export const scopeOf = ({ folder }: World): CollectorScope => ({
  manager: 'test',
  region: 'cn-beijing',
  stateDir: join(folder, 'state'),
});

/**
 * A job whose runner and driver are killed at once: what a manager that loses its power leaves, and what no process of ours notices.
 * @param job goes on after its log has shown the text.
 * @returns its group's id.
 */
export async function leakGroup(world: World, job: JobFields, text = 'busy-2'): Promise<string> {
  const before = groupsLeft(world);
  const pids: number[] = [];
  let seen = '';
  const runner = await startRunnerProcess({
    driver: driverOf([process.execPath, DRIVER], ['--config', world.settingsFile]),
    job: jobPayload(job),
    environment: world.environment,
    onStage: (_, pid) => pids.push(pid),
    onLog: (chunk) => (seen += chunk.toString('utf8')),
  });
  await expect.poll(() => seen, { timeout: 60_000 }).toContain(text);
  process.kill(pids.at(-1) ?? 0, 'SIGKILL');
  runner.kill('SIGKILL');
  await runner.done;
  return groupsLeft(world).find((id) => !before.includes(id)) ?? 'none';
}
