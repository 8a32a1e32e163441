import { readFile } from 'node:fs/promises';
import type { Environment } from '../context.ts';
import { DriverError, retold } from '../driver-error.ts';
import { buildContainer } from '../group/build-container.ts';
import { readConfigFiles } from '../group/config-files.ts';
import { refuseDockerInDocker } from '../group/docker-in-docker.ts';
import { groupImages, namesOf } from '../group/images.ts';
import { pullPlan } from '../group/pull-plan.ts';
import { givenLogins } from '../group/registry-parameters.ts';
import { runAsOf } from '../group/security.ts';
import { registryCredentials } from '../registries/credentials.ts';
import { type ImageLogins, imageLogins } from '../registries/image-logins.ts';
import { withoutSecrets } from '../report/secret-free.ts';
import { type Job, parseJob } from '../runner/job.ts';
import { checkHosts, jobServices } from '../services/job-services.ts';
import { expandedSettings } from '../settings/expanded.ts';
import type { Settings } from '../settings/schema.ts';
import { isKept } from '../settings/sections/volume-checks.ts';
import { applyWishes } from '../wishes/apply-wishes.ts';
import { type FeatureFlags, featureFlags } from '../wishes/feature-flags.ts';

/** What a job gets, decided from its response, the settings and the runner's environment before anything is asked of the cloud. */
export type JobPlan = Awaited<ReturnType<typeof planJob>>;

interface PlanOptions {
  /** For the tag of the helper image. */
  readonly runnerVersion: string | undefined;
  readonly signal: AbortSignal;
  /** Nobody's login is looked for: no image is going to be pulled. */
  readonly withoutLogins?: boolean;
}

/**
 * @param env the runner's: job variables as `CUSTOM_ENV_*`.
 * @throws DriverError (user) for what the job cannot have, (operator) for what is wrong with the settings or this host; without the job's
 * secrets, as the driver's own log and people's terminals mask nothing.
 */
export async function planJob(job: Job, given: Settings, env: Environment, options: PlanOptions) {
  try {
    return await decide(job, given, env, options);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    throw retold(error, { text: (each) => withoutSecrets(each, job.secrets) });
  }
}

const NO_LOGINS: ImageLogins = { logins: [], warnings: [], isIncomplete: false };

async function decide(
  job: Job,
  given: Settings,
  env: Environment,
  { runnerVersion, signal, withoutLogins = false }: PlanOptions,
) {
  const expanded = expandedSettings(given, job, env);
  const { services, lines: serviceLines } = jobServices(job, expanded, env);
  refuseDockerInDocker(services);
  const { settings, limits: containerLimits, lines, changed, unwished } = applyWishes(expanded, env, services);
  checkHosts(services, settings, expanded);
  const configFiles = await readConfigFiles(settings);
  const flags = featureFlags(env);
  refuseSharedOwner(settings, flags);
  const images = groupImages(job, settings, runnerVersion, services);
  const build = buildContainer(job, settings, flags.honorEntrypoint);
  const pulls = pullPlan(job, settings, services);
  const logins = withoutLogins ? NO_LOGINS : await imageLogins(namesOf(images), job, settings, env, signal);
  return {
    settings,
    services,
    containerLimits,
    configFiles,
    flags,
    images,
    build,
    pulls,
    logins,
    credentials: registryCredentials(namesOf(images), logins.logins, images.ofSettings, givenLogins(settings)),
    /** The job's wishes differ from what the operator has set. */
    changed,
    /** The settings as they are for a job that asks for nothing; undefined where those make no group. */
    unwished,
    /** For the job log. */
    lines: [
      ...lines,
      ...serviceLines,
      ...pulls.lines(),
      ...userLines(job, settings),
      ...(images.usesDefaultImage ? [`Using default image ${images.build}`] : []),
    ],
  };
}

/** The runner's scripts would give away the files of other jobs, too. @throws DriverError (user) */
function refuseSharedOwner({ builds_dir, volumes }: Settings, { buildOwnsFiles }: FeatureFlags): void {
  if (!buildOwnsFiles || !isKept(builds_dir, volumes)) return;
  throw new DriverError(
    'user',
    'FF_DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR gives everything in builds_dir to one user, and jobs share it on this runner.',
    { hint: 'Leave the flag out: without it the files of the helper can be written by every user.' },
  );
}

function userLines(job: Job, settings: Settings): readonly string[] {
  const { user } = runAsOf(settings, 'build');
  if (job.user === '' || user === undefined) return [];
  return [`The job's user ${job.user} does not count: this runner lets jobs run as ${user} (run_as_user).`];
}

/** @throws DriverError (operator) when there is no such file, or it is no job response. */
export async function readJob(file: string, env: Environment): Promise<Job> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DriverError('operator', `The job response ${file} cannot be read (${cause.code ?? 'unknown error'}).`, {
      hint: 'GitLab Runner writes it before each stage: check its temporary folder, and that the runner is 14.7 or newer.',
      cause,
    });
  });
  return parseJob(text, env);
}
