import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ContainerGroups, WireParameters } from '../../src/eci/container-groups.ts';
import type { Adjustments } from '../../src/placement/adjustments.ts';
import { findCapacity } from '../../src/placement/find-capacity.ts';
import { type Choice, planAttempts } from '../../src/placement/plan.ts';
import { RecordKeeper } from '../../src/state/record-keeper.ts';
import { zoneMemory } from '../../src/state/zone-memory.ts';
import { containerGroups } from '../support/container-groups.ts';
import { group } from '../support/group.ts';
import { decisionsTo, jobLogOf } from '../support/job-log.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { settingsOf } from '../support/settings.ts';

export const MORE_ZONES = Array.from(
  { length: 9 },
  (_, index) => `[[vswitch]]\nid = "vsw-${index}"\nzone = "cn-beijing-${index}"`,
).join('\n');

/** A manager host: its state folder, in which searches share what they learn. */
export async function host(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'host-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface SearchOptions {
  readonly groups: Partial<ContainerGroups>;
  readonly clock: ManualClock;
  readonly folder: string;
  /** Top-level settings, and tables. */
  readonly top?: string;
  readonly tables?: string;
  readonly hasWishes?: boolean;
}

/** A search over a cloud that a test writes itself, on a clock that a test moves. The record is a real file, the memory real files. */
export async function search({
  groups,
  clock,
  folder,
  top = '',
  tables = MORE_ZONES,
  hasWishes = false,
}: SearchOptions) {
  const settings = settingsOf(top, tables);
  const file = join(folder, 'jobs', `${Math.random()}.json`);
  const record = await RecordKeeper.start(file, {
    attempt: 'a',
    job: { id: 1, projectId: 2, gitlabHost: 'h' },
    manager: 'm',
    host: 'h',
    runnerFolder: '',
    caller: { bootId: 'b', pidNamespace: '1', mountNamespace: '1', pid: 1, startTime: '1' },
    cloud: { region: 'r', endpoint: 'e', protocol: 'http', signature: 'v2', parameters: 'body' },
    limits: { reconnectTimeout: 1, abandonAfter: 60, cleanupTimeout: 60 },
    log: { file: join(folder, 'driver.log'), level: 'info' },
  });
  const lines: string[] = [];
  const decisions: string[] = [];
  /** What each create call was about. */
  const asked: { choice: Choice; adjustments: Adjustments }[] = [];
  const found = findCapacity(planAttempts(settings), settings, {
    groups: containerGroups({
      remove: () => Promise.resolve(),
      describe: (id) => Promise.resolve(group({ id })),
      ...groups,
    }),
    record,
    memory: zoneMemory(folder, { lasts: settings.zone_memory * 1000, longestProbe: 180_000 }),
    hasWishes,
    log: jobLogOf((text) => lines.push(text)),
    decisions: decisionsTo(decisions),
    clock,
    random: () => 1,
    signal: new AbortController().signal,
    request: (choice, _tryNumber, adjustments): WireParameters => {
      asked.push({ choice, adjustments });
      return { zone: choice.vswitch.zone, type: choice.instance.label, policy: choice.policy };
    },
    attempt: 'a',
  });
  // A failure is looked at later; until then it is nobody's unhandled rejection.
  found.catch(() => undefined);
  return { found, record, lines, decisions, file, asked };
}
