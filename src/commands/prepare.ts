import type { Context } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { limitLines } from '../group/container-limits.ts';
import { createRequest } from '../group/create-request.ts';
import { withAttempt } from '../group/names.ts';
import { readyLine } from '../group/ready-line.ts';
import { groupTimeLimits } from '../group/time-limits.ts';
import { waitUntilReady } from '../group/wait-ready.ts';
import type { WireParameters } from '../eci/container-groups.ts';
import { wireEntries } from '../eci/wire-entries.ts';
import type { Adjustments } from '../placement/adjustments.ts';
import type { Choice } from '../placement/plan.ts';
import { randomHex } from '../random.ts';
import type { DriverLog } from '../report/driver-log.ts';
import { tellingFound } from '../report/found-secrets.ts';
import { jobLog } from '../report/job-log.ts';
import { withoutSecrets } from '../report/secret-free.ts';
import { readContract } from '../runner/contract.ts';
import { firstCacheStage } from '../runner/local-cache.ts';
import { serviceLabel } from '../services/label.ts';
import { exposure } from '../settings/exposed.ts';
import { loadSettings, settingsFile, type SettingsSource } from '../settings/load.ts';
import type { Settings } from '../settings/schema.ts';
import { isKept } from '../settings/sections/volume-checks.ts';
import { newGroupKeys, sentKeys } from '../ssh/group-keys.ts';
import { type Caller, readCaller, UNKNOWN } from '../state/caller.ts';
import { hostId } from '../state/host-id.ts';
import { RecordKeeper } from '../state/record-keeper.ts';
import { Agents } from './agents-answer.ts';
import { cloudAddress, openCloud } from './cloud.ts';
import type { Handler } from './command.ts';
import { tellEntrypoint } from './entrypoint-output.ts';
import { giveBack } from './give-back.ts';
import { planJob, readJob } from './job-plan.ts';
import { machineOf } from './machine.ts';
import { logSettings, openLog } from './open-log.ts';
import { placeGroup } from './place-group.ts';
import { pullByPolicies } from './pull-by-policies.ts';
import { servicesUp } from './services-up.ts';

/** `prepare_exec`: from the job to a container group that answers, with the whole story in the job log. */
export const prepare: Handler = (context, source) => tellingFound((found) => preparing(context, source, found));

/** @param found gets the passwords of registries that the operator has given, or a helper of theirs. */
async function preparing(context: Context, source: SettingsSource, found: string[]): Promise<number> {
  const { env, clock } = context;
  const startedAt = clock.now();
  const { attempt, recordFile, responseFile, runnerVersion } = readContract(env);
  if (!attempt || !recordFile || !responseFile) throw outsideRunner();
  const job = await readJob(responseFile, env);
  const given = await loadSettings(source, env);
  found.push(...passwordsIn(given));
  const plan = await planJob(job, given, env, { runnerVersion, signal: context.signal });
  const { settings, services, build, flags, pulls, logins, containerLimits, changed } = plan;
  // A job's annotations may have brought some of their own.
  found.push(...passwordsIn(settings), ...logins.logins.map(({ password }) => password));
  const log = jobLog(context.stdout, clock, job.showsSections);
  // They repeat what the author has written, which may hold what GitLab masks.
  for (const line of plan.lines) await log.line(withoutSecrets(line, job.secrets));
  for (const warning of logins.warnings) await log.warning(warning);

  const decisions = openLog(logSettings(settings), 'prepare', env, found);
  const exposed = await exposure(settingsFile(source, env), given);
  if (exposed !== undefined) await decisions.write('warn', 'settings file', { what: exposed });
  const identity = {
    manager: settings.manager_id,
    host: await hostId(settings.state_dir).catch((error: unknown) => nobodysHost(error, decisions)),
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
    sparesReclaimed: settings.spot.avoid_after_reclaim,
    limits: {
      reconnectTimeout: settings.reconnect_timeout,
      abandonAfter: settings.abandon_after,
      cleanupTimeout: settings.cleanup_resources_timeout,
    },
    log: logSettings(settings),
    services: services.map((each) => ({ container: each.container, label: serviceLabel(each) })),
  });
  const keys = newGroupKeys();
  const groups = await openCloud(cloud, clock, settings.state_dir);
  const request = (choice: Choice, tryNumber: number, adjustments: Adjustments): WireParameters => {
    const now = clock.now();
    const limits = groupTimeLimits(job.timeoutSeconds, (now - startedAt) / 1000, settings, new Date(now));
    const facts = { ...plan, job, choice, identity, attempt, tryNumber, adjustments, limits };
    return createRequest({ ...facts, keys: sentKeys(keys), pullPolicyOf: pulls.policyOf.bind(pulls) });
  };
  const ports = { ...context, groups, record, log, decisions, attempt, hasWishes: changed, request, pulls, logins };
  const start = async () => {
    const placed = await placeGroup(job, plan, ports);
    const scheduledAt = clock.now();
    const { id } = placed.group;
    for (const line of limitLines(containerLimits, placed.choice.instance)) await log.line(line);
    const machine = machineOf(placed, settings, keys);
    const agents = new Agents(
      { machine, job, settings, build, flags, buildsDir: withAttempt(settings.builds_dir, attempt) },
      clock,
    );
    const tell = (): Promise<string | undefined> => tellEntrypoint(id, groups, log, clock, context.signal);
    const started = log.section('eci_start', `Starting ${id}`, () =>
      waitUntilReady(placed.group, settings, { ...ports, agents, services, allEvents: flags.printEvents }),
    );
    const ready = await started.catch(async (error: unknown) => {
      if (build.entrypoint !== 'ignored') await tell();
      throw error;
    });
    return { placed, scheduledAt, machine, ready, tell };
  };
  try {
    const { placed, scheduledAt, machine, ready, tell } = await pullByPolicies(start, settings, ports);
    const untold = build.entrypoint === 'ignored' ? undefined : await tell();
    if (untold !== undefined)
      await log.warning(`ECI does not give what the image's entrypoint has written (${untold}).`);
    const times = { created: placed.createdAt, scheduled: scheduledAt, running: ready.runningAt, ready: ready.readyAt };
    const { policy, vswitch } = placed.choice;
    const { zone } = vswitch;
    await log.line(readyLine(ready.group, placed.choice, settings.currency, times));
    await servicesUp(machine, services, settings, { ...ports, log });
    // Not before: a cleanup takes a machine in the record for one that nothing has happened to.
    await record.ready(machine);
    // Between two looks of the watch nobody would notice, and no cleanup follows.
    if (context.callerIsGone()) throw new DriverError('platform', 'GitLab Runner has ended.');
    const milliseconds = ready.readyAt - placed.createdAt;
    await decisions.write('info', 'ready', {
      group: placed.group.id,
      zone,
      type: ready.group.instanceType,
      policy,
      milliseconds,
    });
    return 0;
  } catch (error) {
    const { creates } = record;
    const sparesReclaimed = settings.spot.avoid_after_reclaim;
    await giveBack({ attempt, recordFile, creates, sparesReclaimed }, groups, decisions, context);
    throw error;
  }
}

/** Of the logins in `[parameters]`. */
const passwordsIn = ({ parameters }: Settings): readonly string[] =>
  wireEntries(parameters.ImageRegistryCredential)
    .map(({ Password }) => Password)
    .filter((each) => typeof each === 'string');

/** Behind a wrapper of the operator's, `config` had another caller: which process is the runner cannot be said then, and the collector must not guess. */
async function makerOf({ env, callerPid }: Context): Promise<Caller> {
  const caller = await readCaller(callerPid);
  const { configCaller = callerPid } = readContract(env);
  return configCaller === callerPid ? caller : { ...caller, startTime: UNKNOWN };
}

/** Nothing of the job depends on it: the collector of no host takes the group for its own then, and leaves it until its deadline. */
async function nobodysHost(error: unknown, decisions: DriverLog): Promise<string> {
  await decisions.write('warn', 'this host has no id', { err: error });
  return randomHex(8);
}

const outsideRunner = (): DriverError =>
  new DriverError(
    'operator',
    'prepare was called without what GitLab Runner and config pass to it (JOB_RESPONSE_FILE, job_env).',
    {
      hint: 'Set both config_exec and prepare_exec in [runners.custom]; the command is not meant to be called by hand.',
    },
  );
