import { readFile, rm, writeFile } from 'node:fs/promises';
import { randomHex } from '../random.ts';
import type { Clock, Context } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import { AGENT_BIN_DIR } from '../group/names.ts';
import { error, warning } from '../report/lines.ts';
import { type WholeLines, wholeLines } from '../report/whole-lines.ts';
import { readContract, type RunnerContract } from '../runner/contract.ts';
import { exitFor, outcomeOf, type StageOutcome } from '../runner/exit.ts';
import { cachesInFiles } from '../runner/local-cache.ts';
import { containerOf, savesResults } from '../runner/stages.ts';
import { runScript } from '../script/run-script.ts';
import type { ScriptEnd } from '../script/script-end.ts';
import { openSession } from '../ssh/open-session.ts';
import type { JobRecord, Machine } from '../state/job-record.ts';
import { sharedLooks } from '../state/shared-looks.ts';
import { isLost, loadRecord, noteLoss, stateDirOf } from '../state/state-folder.ts';
import { featureFlags } from '../wishes/feature-flags.ts';
import { agentAddress } from './agent-address.ts';
import { openCloud } from './cloud.ts';
import type { Handler } from './command.ts';
import { giveBack } from './give-back.ts';
import { askForLoss } from './group-watch.ts';
import { keepLoggedIn, loginTo } from './keep-logged-in.ts';
import { openLog } from './open-log.ts';

/** `run_exec SCRIPT STAGE`: runs the script in the stage's container, its output on stdout, and tells the runner how it ended. */
export const run: Handler = async (context, _source, [scriptFile = '', stage = '']) => {
  const contract = readContract(context.env);
  const { recordFile } = contract;
  const record = recordFile === undefined ? undefined : await loadRecord(recordFile);
  if (!record?.machine || recordFile === undefined) throw noMachine(recordFile);
  // Said once, by the stage that noticed.
  if (await isLost(recordFile)) return finish({ kind: 'system-failure' }, contract);
  const log = openLog(record.log, `run ${stage}`, context.env);
  const output = wholeLines(context.stdout);
  try {
    const script = await readFile(scriptFile);
    const end = await runInContainer(stage, script, record, record.machine, { ...context, output, recordFile });
    await log.write(end.kind === 'exited' ? 'debug' : 'info', 'script ended', {
      group: record.machine.groupId,
      ...end,
    });
    const told = explanation(stage, end);
    // Cleanup beside a living run has deleted the group and forgotten the job: nothing of it is news.
    const isOurs = endsTheJob(end) && !(await noteLoss(recordFile, told ?? ''));
    const sentence = isOurs ? undefined : told;
    if (sentence !== undefined) await output.writeBelow(error(sentence));
    if (end.kind === 'exited' && losesCache(stage, script, record)) await output.writeBelow(warning(CACHE_ENDS));
    return await finish(outcomeOf(stage, end), contract);
  } finally {
    if (context.callerIsGone()) {
      // Nobody is left who could be told of a failure.
      await openCloud(record.cloud, context.clock, stateDirOf(recordFile))
        .then((groups) => giveBack({ ...record, recordFile }, groups, log, context))
        .catch(() => undefined);
    }
  }
};

/** Told once: in the stage that comes first. */
const losesCache = (stage: string, script: Uint8Array, { endingCache }: JobRecord): boolean =>
  endingCache !== undefined && stage.startsWith(endingCache) && cachesInFiles(Buffer.from(script).toString('utf8'));

const CACHE_ENDS =
  'The cache of this job ends with its machine, so that every job begins without one: the runner has no [runners.cache], and cache_dir is on no volume that stays. Its operator can set up either (docs/faq.md).';

async function runInContainer(
  stage: string,
  bytes: Uint8Array,
  record: JobRecord,
  machine: Machine,
  ports: Pick<Context, 'clock' | 'signal' | 'env'> & { readonly output: WholeLines; readonly recordFile: string },
): Promise<ScriptEnd> {
  const { clock, signal, output, env, recordFile } = ports;
  const { buildOwnsFiles, debugServices } = featureFlags(env);
  const container = containerOf(stage);
  const groups = cloudOnDemand(record, clock, stateDirOf(recordFile));
  const isDebugging = debugServices && container === 'build' && (record.services?.length ?? 0) > 0;
  const showRest = isDebugging
    ? (await import('./service-logs.ts')).showServiceLogs(record, machine, recordFile, groups, ports)
    : undefined;
  const { groupId } = machine;
  const looks = sharedLooks(stateDirOf(recordFile), record.cloud.region);
  await looks.watch(groupId);
  const over = new AbortController();
  void keepLoggedIn(
    loginTo(machine, container === 'helper' ? 'build' : 'helper'),
    record.limits.abandonAfter,
    clock,
    over.signal,
  );
  // The helper's files are used by the build container's user, whoever that is: the Kubernetes executor's umask for its helper.
  const umask = buildOwnsFiles ? {} : { umask: '0000' };
  const helper = container === 'helper' ? { ...umask, pathPrefix: AGENT_BIN_DIR } : {};
  try {
    return await runScript(
      {
        id: `${stage.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 40)}.${randomHex(6)}`,
        bytes,
        ...helper,
      },
      {
        connect: (until) => openSession(agentAddress(machine, container), until),
        output,
        clock,
        signal,
        random: Math.random,
        askForLoss: askForLoss({ groupId, container, recordFile }, { groups, looks, output, clock }),
        reconnectTimeout: record.limits.reconnectTimeout * 1000,
      },
    );
  } finally {
    over.abort();
    await looks.leave(groupId);
    await showRest?.();
    await output.flush();
  }
}

/** The SDK is loaded, and its credentials are found, with the first question. */
function cloudOnDemand({ cloud }: JobRecord, clock: Clock, stateDir: string): () => Promise<ContainerGroups> {
  let groups: Promise<ContainerGroups> | undefined;
  return () => (groups ??= openCloud(cloud, clock, stateDir));
}

/** No later stage can do anything: there is no machine, or one on which this script may still run. */
const endsTheJob = ({ kind }: ScriptEnd): boolean => kind === 'group-lost' || kind === 'lost' || kind === 'interrupted';

/** What the job's log has to say beside the script's own output. */
function explanation(stage: string, end: ScriptEnd): string | undefined {
  // A green job that becomes a system failure here should not look as if something of ours had broken.
  const unsaved = savesResults(stage)
    ? "The job's artifacts or cache could not be saved; the lines above say why."
    : undefined;
  switch (end.kind) {
    case 'cancelled':
      return undefined;
    case 'exited':
      return end.code === 0 ? undefined : unsaved;
    case 'signalled':
      return end.oom
        ? 'The script ran out of memory and was killed (OOM). Use a larger instance type, or fewer parallel processes.'
        : unsaved;
    case 'interrupted':
      return 'The platform stopped the container while the script was running, and gave no reason. A retry gets a new machine.';
    case 'no-shell':
    case 'refused':
    case 'group-lost':
    case 'lost':
      return end.sentence;
  }
}

/** The file has one path for all stages of an attempt, and the runner reads it after every build failure: never leave an old number in it. */
async function finish(outcome: StageOutcome, contract: RunnerContract): Promise<number> {
  const { code, exitCodeFile } = exitFor(outcome, contract);
  if (contract.exitCodeFile !== undefined) {
    if (exitCodeFile === undefined) await rm(contract.exitCodeFile, { force: true });
    else await writeFile(contract.exitCodeFile, exitCodeFile, { mode: 0o600 });
  }
  return code;
}

const noMachine = (file: string | undefined): DriverError =>
  new DriverError(
    'operator',
    `The record of this job's container group is missing or not readable${file === undefined ? '' : ` (${file})`}, so it cannot be reached.`,
    {
      hint:
        file === undefined
          ? 'Set config_exec and prepare_exec in [runners.custom].'
          : 'Something removed it from the state folder while the job ran, or the driver was updated to another version of it. Run the job again.',
    },
  );
