import type { Clock } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { type ContainerGroup, type ContainerGroups, EciError } from '../eci/container-groups.ts';
import { removeGroup } from '../group/remove-groups.ts';
import { managerTags, TAG } from '../group/tags.ts';
import { readPlace } from '../state/caller.ts';
import { hostId } from '../state/host-id.ts';
import { type KeptRecord, listRecords } from '../state/state-folder.ts';
import { timeLimit } from '../time-limit.ts';
import { type CollectorScope, isInScope } from './scope.ts';
import { forgetDeadJobs } from './dead-records.ts';
import { type Here, isPastDeadline, judgeJob, type Verdict } from './judge.ts';
import { type Marks, readMarks, secondPass, writeMarks } from './marks.ts';
import { factsOf, seesAllProcesses } from './witness.ts';

/** What the collector found of one group, and what it did. */
export interface Finding {
  readonly id: string;
  readonly job: string;
  readonly status: string;
  /** In seconds, by the cloud's clock; undefined when it is not known. */
  readonly age: number | undefined;
  readonly what: 'kept' | 'marked' | 'deleted' | 'not deleted';
  readonly why: string;
}

export interface CollectorOptions {
  readonly scope: CollectorScope;
  /** Seconds between the two passes. */
  readonly grace: number;
  /** Neither marks nor deletes. */
  readonly dryRun: boolean;
}

export interface CollectorPorts {
  readonly groups: ContainerGroups;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Milliseconds for one deletion: what is not done then is the next pass's. */
const DELETION_TIME = 20_000;

/**
 * One pass over all groups of this manager: those past their deadline, and those whose job is dead as far as this host can see, are marked, or
 * deleted if an earlier pass has marked them and the grace is over. Groups of other managers are not even asked for. Records of dead jobs that
 * have no group are forgotten, as their keys must not outlive the job.
 * @throws EciError when the groups cannot be listed; nothing has been done then. DriverError (operator) when the marks cannot be kept.
 */
export async function collect(options: CollectorOptions, ports: CollectorPorts): Promise<readonly Finding[]> {
  const { groups, clock, signal } = ports;
  const { scope } = options;
  const tags = managerTags(scope.manager);
  const listed = (await groups.findByTags(tags, signal)).filter((group) => carries(group, tags));
  const records = (await listRecords(scope.stateDir)).filter(({ record }) => isInScope(record, scope));
  const here = { host: await hostId(scope.stateDir), self: await readPlace('self'), seesAll: await seesAllProcesses() };
  const difference = groups.clockDifference();
  const now = clock.now();
  const cloudNow = difference === undefined ? undefined : now + difference;
  const before = await readMarks(scope);
  const marks: Record<string, number> = {};
  const pass = async (group: ContainerGroup): Promise<Finding> => {
    const verdict = await judge(group, records, here, cloudNow);
    const finding = (what: Finding['what'], why: string): Finding => ({
      id: group.id,
      job: group.tags[TAG.job] ?? '',
      status: group.status,
      age: cloudNow === undefined || group.createdAt === undefined ? undefined : (cloudNow - group.createdAt) / 1000,
      what,
      why,
    });
    if (verdict.is === 'living') return finding('kept', verdict.why);
    const { due, since } = secondPass(before[group.id], options.grace * 1000, now);
    if (options.dryRun) return finding('kept', `${verdict.why}; would be ${due ? 'deleted' : 'marked'}`);
    marks[group.id] = since;
    if (!due) return finding('marked', verdict.why);
    const failed = await deletion(group.id, ports);
    return failed === undefined ? finding('deleted', verdict.why) : finding('not deleted', `${verdict.why}; ${failed}`);
  };
  const findings = await Promise.all(listed.map(pass));
  if (!options.dryRun) {
    await keep(marks, before, scope);
    await forgetDeadJobs(records, attemptsOf(listed), here, now);
  }
  return findings;
}

async function judge(
  group: ContainerGroup,
  records: readonly KeptRecord[],
  here: Here,
  cloudNow: number | undefined,
): Promise<Verdict> {
  if (group.status === 'Terminating') return { is: 'living', why: 'it is being deleted' };
  if (cloudNow !== undefined && isPastDeadline(group, cloudNow)) return { is: 'dead', why: 'it is past its deadline' };
  const attempt = group.tags[TAG.attempt];
  const record = records.find((each) => each.record.attempt === attempt)?.record;
  return judgeJob(await factsOf(group, record), here);
}

/** Whatever a filter of the cloud's lets through: nothing without our tags is touched. */
const carries = (group: ContainerGroup, tags: Readonly<Record<string, string>>): boolean =>
  Object.entries(tags).every(([key, value]) => group.tags[key] === value);

const attemptsOf = (groups: readonly ContainerGroup[]): ReadonlySet<string> =>
  new Set(groups.map(({ tags }) => tags[TAG.attempt] ?? ''));

/** @returns why it did not succeed. */
async function deletion(id: string, { groups, clock, signal }: CollectorPorts): Promise<string | undefined> {
  const limit = timeLimit(DELETION_TIME, clock, signal);
  try {
    await removeGroup(id, groups, clock, limit.signal);
    return undefined;
  } catch (error) {
    if (error instanceof EciError || error instanceof DriverError) return error.message;
    throw error;
  } finally {
    limit.over();
  }
}

/** Written only when something changes: most passes find nothing. */
async function keep(marks: Marks, before: Marks, scope: CollectorScope): Promise<void> {
  if (JSON.stringify(marks) === JSON.stringify(before)) return;
  await writeMarks(scope, marks);
}
