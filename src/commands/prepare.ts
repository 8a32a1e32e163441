import { readFile } from 'node:fs/promises';
import type { Context } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import { addressOf } from '../group/address.ts';
import { createRequest } from '../group/create-request.ts';
import { groupImages } from '../group/images.ts';
import { readyLine } from '../group/ready-line.ts';
import { removeGroups } from '../group/remove-groups.ts';
import { groupTimeLimits } from '../group/time-limits.ts';
import { waitUntilReady } from '../group/wait-ready.ts';
import { findCapacity } from '../placement/find-capacity.ts';
import { planAttempts } from '../placement/plan.ts';
import { jobLog } from '../report/job-log.ts';
import { readContract } from '../runner/contract.ts';
import { type Job, parseJob } from '../runner/job.ts';
import { loadSettings } from '../settings/load.ts';
import type { Settings } from '../settings/schema.ts';
import { newGroupKeys, type NewGroupKeys } from '../ssh/group-keys.ts';
import { readCaller } from '../state/caller.ts';
import type { Machine } from '../state/job-record.ts';
import { RecordKeeper } from '../state/record-keeper.ts';
import { hostId, saveRecord } from '../state/state-folder.ts';
import { answerOfAgents } from './agents-answer.ts';
import { cloudAddress, openCloud } from './cloud.ts';
import type { Handler } from './command.ts';

/** `prepare_exec`: from the job to a container group that answers, with the whole story in the job log. */
export const prepare: Handler = async (context, source) => {
  const startedAt = context.clock.now();
  const contract = readContract(context.env);
  const { attempt, recordFile, responseFile } = contract;
  if (!attempt || !recordFile || !responseFile) throw outsideRunner();
  const settings = await loadSettings(source, context.env);
  const job = parseJob(await readResponse(responseFile));
  const log = jobLog(context.stdout);
  const images = groupImages(job, settings, contract.runnerVersion);
  if (images.usesDefaultImage) await log.line(`Using default image ${images.build}`);

  const identity = {
    manager: settings.manager_id,
    host: await hostId(settings.state_dir),
    caller: await readCaller(context.callerPid),
  };
  const cloud = cloudAddress(settings);
  const record = await newRecord(recordFile, attempt, job, identity, cloud, settings);
  const keys = newGroupKeys();
  const groups = await openCloud(cloud, context.clock);
  try {
    const placed = await findCapacity(planAttempts(settings), settings, {
      ...context,
      groups,
      record,
      log,
      attempt,
      request: (choice, tryNumber) => {
        const now = context.clock.now();
        const limits = groupTimeLimits(job.timeoutSeconds, (now - startedAt) / 1000, settings, new Date(now));
        const groupKeys = {
          clientPublic: keys.client.public,
          hostPrivate: { helper: keys.helper.private, build: keys.build.private },
        };
        return createRequest({ job, settings, images, choice, identity, attempt, tryNumber, keys: groupKeys, limits });
      },
    });
    const scheduledAt = context.clock.now();
    const machine = machineOf(
      placed.group.id,
      placed.choice.vswitch.zone,
      addressOf(placed.group, settings.connect),
      settings,
      keys,
    );
    const answer = (signal: AbortSignal): Promise<void> =>
      answerOfAgents(machine, job, settings, context.clock, signal);
    const ready = await waitUntilReady(placed.group, settings, { ...context, groups, log, answer });
    await record.ready(machine);
    const times = { created: placed.createdAt, scheduled: scheduledAt, running: ready.runningAt, ready: ready.readyAt };
    await log.line(readyLine(ready.group, placed.choice.vswitch.zone, placed.choice.policy, times));
    return 0;
  } catch (error) {
    await giveBack(record, groups, attempt, context);
    throw error;
  }
};

/** The runner's cleanup follows, but not after its own death: what this attempt made ends with it. */
async function giveBack(
  record: RecordKeeper,
  groups: ContainerGroups,
  attempt: string,
  context: Context,
): Promise<void> {
  const signal = AbortSignal.timeout(GIVE_BACK_TIMEOUT);
  await removeGroups(record.creates, groups, attempt, context.clock, signal).catch(() => undefined);
}

/** Milliseconds; what is left after it is cleanup's. */
const GIVE_BACK_TIMEOUT = 20_000;

async function newRecord(
  file: string,
  attempt: string,
  job: Job,
  identity: { host: string; caller: Awaited<ReturnType<typeof readCaller>> },
  cloud: ReturnType<typeof cloudAddress>,
  settings: Settings,
): Promise<RecordKeeper> {
  const record = {
    version: 1 as const,
    attempt,
    job: { id: job.id, projectId: job.projectId, gitlabHost: job.gitlabHost },
    host: identity.host,
    caller: identity.caller,
    cloud,
    creates: [],
    limits: { reconnectTimeout: settings.reconnect_timeout, abandonAfter: settings.abandon_after },
  };
  await saveRecord(file, record);
  return new RecordKeeper(file, record);
}

const machineOf = (
  groupId: string,
  zone: string,
  address: string,
  settings: Settings,
  keys: NewGroupKeys,
): Machine => ({
  groupId,
  zone,
  address,
  ports: settings.ports,
  hostKeys: { helper: keys.helper.public, build: keys.build.public },
  clientKey: keys.client.private,
});

const readResponse = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DriverError('operator', `The job response ${file} cannot be read (${cause.code ?? 'unknown error'}).`, {
      cause,
    });
  });

const outsideRunner = (): DriverError =>
  new DriverError(
    'operator',
    'prepare was called without what GitLab Runner and config pass to it (JOB_RESPONSE_FILE, job_env).',
    {
      hint: 'Set both config_exec and prepare_exec in [runners.custom]; the command is not meant to be called by hand.',
    },
  );
