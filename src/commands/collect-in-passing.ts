import { stat } from 'node:fs/promises';
import { type CollectorScope, collectorFile } from '../collector/scope.ts';
import { collect, isNotable } from '../collector/collect.ts';
import { GRACE } from '../collector/marks.ts';
import type { Clock } from '../context.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import type { DriverLog } from '../report/driver-log.ts';
import { takeAway, writeAtomically } from '../state/files.ts';
import { timeLimit } from '../time-limit.ts';

/** Milliseconds between two passes of a host's cleanups: one question to ECI in ten minutes, however many jobs end. */
const INTERVAL = 600_000;
/**
 * Milliseconds that a cleanup gives to it: GitLab shows the job as running meanwhile. Deletions that were begun by then have five seconds more for
 * their answers.
 */
const PATIENCE = 10_000;

interface Ports {
  readonly groups: ContainerGroups;
  readonly clock: Clock;
  readonly log: DriverLog;
}

/** What `gc` does, now and then by the way, for hosts without a timer. Never fails, and never takes longer than 15 seconds. */
export async function collectInPassing(scope: CollectorScope, ports: Ports): Promise<void> {
  const { groups, clock, log } = ports;
  if (!(await isMyTurn(scope, clock, log))) return;
  const { signal, over } = timeLimit(PATIENCE, clock);
  try {
    const options = { scope, grace: GRACE, dryRun: false };
    const found = (await collect(options, { groups, clock, signal, log })).filter(isNotable);
    if (found.length > 0)
      await log.write('info', 'collected', { groups: found.map(({ id, what, why }) => ({ id, what, why })) });
  } catch (error) {
    await log.write('warn', 'not collected', { err: error });
  } finally {
    over();
  }
}

/** One cleanup of many takes the old stamp away and puts a new one there: whoever takes it has the turn. The first one on a host only puts it. */
async function isMyTurn(scope: CollectorScope, clock: Clock, log: DriverLog): Promise<boolean> {
  const stamp = collectorFile(scope, 'last');
  const last = await stat(stamp).catch(() => undefined);
  if (last && Math.abs(clock.now() - last.mtimeMs) < INTERVAL) return false;
  const taken = takeAway(stamp);
  await writeAtomically(stamp, '').catch((error: unknown) => log.write('warn', 'not collected', { err: error }));
  return taken;
}
