import { readFile } from 'node:fs/promises';
import type { Context } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { readConfigFiles } from '../group/config-files.ts';
import { limitsThatFit } from '../group/container-limits.ts';
import { createRequest } from '../group/create-request.ts';
import { buildContainer } from '../group/build-container.ts';
import { withAttempt } from '../group/names.ts';
import { refuseDockerInDocker } from '../group/docker-in-docker.ts';
import { groupImages } from '../group/images.ts';
import { readyLine } from '../group/ready-line.ts';
import { runAsOf } from '../group/security.ts';
import { groupTimeLimits } from '../group/time-limits.ts';
import { waitUntilReady } from '../group/wait-ready.ts';
import type { WireParameters } from '../eci/container-groups.ts';
import type { Adjustments } from '../placement/adjustments.ts';
import { findCapacity } from '../placement/find-capacity.ts';
import type { Placed } from '../placement/make-attempt.ts';
import { type Choice, planAttempts } from '../placement/plan.ts';
import type { PlacementPorts } from '../placement/ports.ts';
import { presentPrices } from '../placement/prices.ts';
import { plural } from '../report/lines.ts';
import { jobLog } from '../report/job-log.ts';
import { readContract } from '../runner/contract.ts';
import { parseJob } from '../runner/job.ts';
import { firstCacheStage } from '../runner/local-cache.ts';
import { expandedSettings } from '../settings/expanded.ts';
import { loadSettings } from '../settings/load.ts';
import { isKept } from '../settings/sections/volume-checks.ts';
import type { Settings } from '../settings/schema.ts';
import { newGroupKeys, sentKeys } from '../ssh/group-keys.ts';
import { type Caller, readCaller, UNKNOWN } from '../state/caller.ts';
import { priceCache } from '../state/price-cache.ts';
import { RecordKeeper } from '../state/record-keeper.ts';
import { hostId } from '../state/state-folder.ts';
import { zoneMemory } from '../state/zone-memory.ts';
import { type FeatureFlags, featureFlags } from '../wishes/feature-flags.ts';
import { applyWishes } from '../wishes/apply-wishes.ts';
import { Agents } from './agents-answer.ts';
import { cloudAddress, openCloud } from './cloud.ts';
import type { Handler } from './command.ts';
import { tellEntrypoint } from './entrypoint-output.ts';
import { giveBack } from './give-back.ts';
import { machineOf } from './machine.ts';
import { logSettings, openLog } from './open-log.ts';

/** `prepare_exec`: from the job to a container group that answers, with the whole story in the job log. */
export const prepare: Handler = async (context, source) => {
  const { env, clock } = context;
  const startedAt = clock.now();
  const { attempt, recordFile, responseFile, runnerVersion } = readContract(env);
  if (!attempt || !recordFile || !responseFile) throw outsideRunner();
  const job = parseJob(await readResponse(responseFile), env);
  refuseDockerInDocker(job);
  const given = expandedSettings(await loadSettings(source, env), job, env);
  const { settings, limits: containerLimits, lines, changed } = applyWishes(given, env);
  const configFiles = await readConfigFiles(settings);
  const flags = featureFlags(env);
  refuseSharedOwner(settings, flags);
  const images = groupImages(job, settings, runnerVersion);
  const build = buildContainer(job, settings, flags.honorEntrypoint);
  const log = jobLog(context.stdout, clock, job.showsSections);
  for (const line of lines) await log.line(line);
  if (job.services.length > 0) {
    await log.warning(
      `The job's ${plural(job.services.length, 'service')} will not be there: this driver starts none yet.`,
    );
  }
  const { user } = runAsOf(settings, 'build');
  if (job.user !== '' && user !== undefined) {
    await log.line(`The job's user ${job.user} does not count: this runner lets jobs run as ${user} (run_as_user).`);
  }
  if (images.usesDefaultImage) await log.line(`Using default image ${images.build}`);

  const identity = {
    manager: settings.manager_id,
    host: await hostId(settings.state_dir),
    caller: await makerOf(context),
  };
  const cloud = cloudAddress(settings);
  const record = await RecordKeeper.start(recordFile, {
    attempt,
    job: { id: job.id, projectId: job.projectId, gitlabHost: job.gitlabHost },
    ...identity,
    runnerFolder: env.TMPDIR ?? '',
    cloud,
    ...(job.usesCache && !isKept(settings.cache_dir, settings.volumes)
      ? { endingCache: firstCacheStage(job.pullsCache) }
      : {}),
    limits: {
      reconnectTimeout: settings.reconnect_timeout,
      abandonAfter: settings.abandon_after,
      cleanupTimeout: settings.cleanup_resources_timeout,
    },
    log: logSettings(settings),
  });
  const decisions = openLog(logSettings(settings), 'prepare', env);
  const keys = newGroupKeys();
  const groups = await openCloud(cloud, clock);
  const request = (choice: Choice, tryNumber: number, adjustments: Adjustments): WireParameters => {
    const now = clock.now();
    const limits = groupTimeLimits(job.timeoutSeconds, (now - startedAt) / 1000, settings, new Date(now));
    const facts = { job, settings, images, build, configFiles, choice, identity, attempt, tryNumber, adjustments };
    return createRequest({ ...facts, keys: sentKeys(keys), limits, containerLimits });
  };
  const ports = { ...context, groups, record, log, decisions, attempt, hasWishes: changed, request };
  try {
    const placed = await place(settings, ports);
    const scheduledAt = clock.now();
    const { id } = placed.group;
    const { zone } = placed.choice.vswitch;
    const { left } = limitsThatFit(containerLimits, placed.choice.instance);
    if (left.length > 0) await log.line(`Not sent: ${left.join(', ')}. The group as a whole is the limit.`);
    const machine = machineOf(placed, settings, keys);
    const agents = new Agents(
      { machine, job, settings, build, flags, buildsDir: withAttempt(settings.builds_dir, attempt) },
      clock,
    );
    const tell = (): Promise<string | undefined> => tellEntrypoint(id, groups, log, clock, context.signal);
    const started = log.section('eci_start', `Starting ${id}`, () =>
      waitUntilReady(placed.group, settings, { ...ports, agents }),
    );
    const ready = await started.catch(async (error: unknown) => {
      if (build.entrypoint !== 'ignored') await tell();
      throw error;
    });
    const untold = build.entrypoint === 'ignored' ? undefined : await tell();
    if (untold !== undefined)
      await log.warning(`ECI does not give what the image's entrypoint has written (${untold}).`);
    await record.ready(machine);
    // Between two looks of the watch nobody would notice, and no cleanup follows.
    if (context.callerIsGone()) throw new DriverError('platform', 'GitLab Runner has ended.');
    const times = { created: placed.createdAt, scheduled: scheduledAt, running: ready.runningAt, ready: ready.readyAt };
    const { policy } = placed.choice;
    await log.line(readyLine(ready.group, zone, policy, times));
    const milliseconds = ready.readyAt - placed.createdAt;
    await decisions.write('info', 'ready', { group: id, zone, type: ready.group.instanceType, policy, milliseconds });
    return 0;
  } catch (error) {
    await giveBack({ attempt, recordFile, creates: record.creates }, groups, decisions, context);
    throw error;
  }
};

/** The runner's scripts would give away the files of other jobs, too. @throws DriverError (user) */
function refuseSharedOwner({ builds_dir, volumes }: Settings, { buildOwnsFiles }: FeatureFlags): void {
  if (!buildOwnsFiles || !isKept(builds_dir, volumes)) return;
  throw new DriverError(
    'user',
    'FF_DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR gives everything in builds_dir to one user, and jobs share it on this runner.',
    { hint: 'Leave the flag out: without it the files of the helper can be written by every user.' },
  );
}

/** A group that holds its place, found by the plan that present prices make. */
async function place(settings: Settings, ports: Omit<PlacementPorts, 'memory'>): Promise<Placed> {
  const { groups, clock, signal } = ports;
  const cache = priceCache(settings.state_dir, settings.region);
  const plan = planAttempts(settings, await presentPrices(settings, { groups, cache, clock, signal }));
  const memory = zoneMemory(settings.state_dir, {
    lasts: settings.zone_memory * 1000,
    longestProbe: settings.scheduling_timeout * 1000 + LONGEST_CREATE,
  });
  return findCapacity(plan, settings, { ...ports, memory });
}

/** Milliseconds: six tries of 32 s, their pauses, and the look-up by tags. */
const LONGEST_CREATE = 300_000;

/** Behind a wrapper of the operator's, `config` had another caller: which process is the runner cannot be said then, and the collector must not guess. */
async function makerOf({ env, callerPid }: Context): Promise<Caller> {
  const caller = await readCaller(callerPid);
  const { configCaller = callerPid } = readContract(env);
  return configCaller === callerPid ? caller : { ...caller, startTime: UNKNOWN };
}

const readResponse = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DriverError('operator', `The job response ${file} cannot be read (${cause.code ?? 'unknown error'}).`, {
      hint: 'GitLab Runner writes it before each stage: check its temporary folder, and that the runner is 14.7 or newer.',
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
