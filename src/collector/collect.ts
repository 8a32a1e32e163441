import type { ContainerGroup } from '../eci/container-groups.ts';
import { isReclaimed } from '../group/announced-end.ts';
import { managerTags, TAG } from '../group/tags.ts';
import { duration } from '../report/lines.ts';
import { readPlace } from '../state/caller.ts';
import { hostId } from '../state/host-id.ts';
import { type KeptRecord, listRecords } from '../state/state-folder.ts';
import { type CollectorScope, isInScope } from './scope.ts';
import { dropStrays, forgetDeadJobs } from './dead-records.ts';
import { deleteAll, type Deletion, type DeletionPorts } from './deletions.ts';
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
  /** `stuck`: it is being deleted for longer than that may take. */
  readonly what: 'kept' | 'being deleted' | 'stuck' | 'marked' | Deletion['what'];
  readonly why: string;
}

/** For the driver's log: neither left alone nor on its way. */
export const isNotable = ({ what }: Finding): boolean => what !== 'kept' && what !== 'being deleted';

interface CollectorOptions {
  readonly scope: CollectorScope;
  /** Seconds between the two passes. */
  readonly grace: number;
  /** Neither marks nor deletes. */
  readonly dryRun: boolean;
}

/**
 * Milliseconds after which a deletion takes longer than it may: the longest `termination_grace_period_seconds` that settings can have, and ten
 * minutes.
 */
const LONGEST_DELETION = 4200_000;

/**
 * One pass over all groups of this manager: those past their deadline, and those whose job is dead as far as this host can see, are marked, or
 * deleted if an earlier pass has marked them and the grace is over. Groups of other managers are not even asked for. Records of dead jobs that
 * have no group are forgotten, as their keys must not outlive the job.
 * @param ports what the signal stops, see {@link deleteAll}; the list of groups ends with it.
 * @throws EciError when the groups cannot all be listed; nothing has been done then. DriverError (operator) when the marks cannot be kept.
 */
export async function collect(options: CollectorOptions, ports: DeletionPorts): Promise<readonly Finding[]> {
  const { groups, clock, signal } = ports;
  const { scope, dryRun } = options;
  const tags = managerTags(scope.manager);
  const listed = (await groups.findByTags(tags, signal)).filter((group) => carries(group, tags));
  const all = await listRecords(scope.stateDir);
  const records = all.filter(({ record }) => isInScope(record, scope));
  const here = { host: await hostId(scope.stateDir), self: await readPlace('self'), seesAll: await seesAllProcesses() };
  const difference = groups.clockDifference();
  const now = clock.now();
  const cloudNow = difference === undefined ? undefined : now + difference;
  const before = await readMarks(scope);
  const marks = { needless: new Map<string, number>(), ending: new Map<string, number>() };
  const due = new Set<string>();
  const looked = listed.map(async (group): Promise<Finding> => {
    const finding = (what: Finding['what'], why: string): Finding => ({
      id: group.id,
      job: group.tags[TAG.job] ?? '',
      status: group.status,
      age: cloudNow === undefined || group.createdAt === undefined ? undefined : (cloudNow - group.createdAt) / 1000,
      what,
      why,
    });
    if (group.status === 'Terminating') {
      const ending = secondPass(before.ending[group.id], LONGEST_DELETION, now);
      marks.ending.set(group.id, ending.since);
      const forHowLong = `it is being deleted, for ${duration(now - ending.since)} or longer`;
      return ending.due
        ? finding('stuck', `${forHowLong}; it may still cost money: open a ticket with Alibaba Cloud`)
        : finding('being deleted', forHowLong);
    }
    const verdict = await judge(group, records, here, cloudNow);
    if (verdict.is === 'living') return finding('kept', verdict.why);
    const second = secondPass(before.needless[group.id], options.grace * 1000, now);
    if (dryRun) return finding('kept', `${verdict.why}; would be ${second.due ? 'deleted' : 'marked'}`);
    marks.needless.set(group.id, second.since);
    if (second.due) due.add(group.id);
    return finding('marked', verdict.why);
  });
  const seen = await Promise.all(looked);
  if (dryRun) return seen;
  const deletions = await deleteAll(
    seen.flatMap(({ id }) => (due.has(id) ? [id] : [])),
    ports,
  );
  // One that is deleted needs no mark, so that a disk that is full does not keep it.
  for (const [id, { what }] of deletions) if (what === 'deleted') marks.needless.delete(id);
  await keep({ needless: Object.fromEntries(marks.needless), ending: Object.fromEntries(marks.ending) }, before, scope);
  await forgetDeadJobs(records, attemptsOf(listed), here, now);
  await dropStrays(scope.stateDir, all, now);
  return seen.map((finding) => withDeletion(finding, deletions.get(finding.id)));
}

function withDeletion(finding: Finding, deletion: Deletion | undefined): Finding {
  if (!deletion) return finding;
  const { what, trouble } = deletion;
  return { ...finding, what, why: trouble === '' ? finding.why : `${finding.why}; ${trouble}` };
}

async function judge(
  group: ContainerGroup,
  records: readonly KeptRecord[],
  here: Here,
  cloudNow: number | undefined,
): Promise<Verdict> {
  if (cloudNow !== undefined && isPastDeadline(group, cloudNow)) return { is: 'dead', why: 'it is past its deadline' };
  if (isReclaimed(group) && TAG.retry in group.tags)
    return { is: 'living', why: 'it was reclaimed, and shows retries that' };
  const attempt = group.tags[TAG.attempt];
  const record = records.find((each) => each.record.attempt === attempt)?.record;
  return judgeJob(await factsOf(group, record), here);
}

/** Whatever a filter of the cloud's lets through: nothing without our tags is touched. */
const carries = (group: ContainerGroup, tags: Readonly<Record<string, string>>): boolean =>
  Object.entries(tags).every(([key, value]) => group.tags[key] === value);

const attemptsOf = (groups: readonly ContainerGroup[]): ReadonlySet<string> =>
  new Set(groups.map(({ tags }) => tags[TAG.attempt] ?? ''));

/** Written only when something changes: most passes find nothing. */
async function keep(marks: Marks, before: Marks, scope: CollectorScope): Promise<void> {
  if (JSON.stringify(marks) === JSON.stringify(before)) return;
  await writeMarks(scope, marks);
}
