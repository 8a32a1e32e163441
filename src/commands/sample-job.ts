import type { Environment } from '../context.ts';
import { DriverError, retold } from '../driver-error.ts';
import { variablesIn } from '../runner/expand.ts';
import { identityOf } from '../runner/identity.ts';
import type { Job } from '../runner/job.ts';
import type { Settings } from '../settings/schema.ts';
import { allVolumes } from '../settings/sections/volumes.ts';
import { type JobPlan, planJob } from './job-plan.ts';

/** What a job of this runner looks like that asks for nothing. */
const SAMPLE_JOB: Job = {
  id: 1,
  name: 'sample',
  projectId: 1,
  projectPath: 'example/sample',
  pipelineId: 1,
  isProtected: false,
  gitlabHost: '',
  timeoutSeconds: 3600,
  image: '',
  pullPolicies: [],
  user: '',
  platform: '',
  entrypoint: [],
  needsHelperProgram: false,
  services: [],
  variables: [],
  fetchedSecrets: [],
  registryLogins: [],
  usesCache: false,
  pullsCache: false,
  secrets: [],
  showsSections: false,
};

/** Where the settings have no default one. */
const SAMPLE_IMAGE = 'alpine:3.20';
const SAMPLE_RUNNER_VERSION = '0.0.0';

/**
 * What a job gets that asks for nothing, decided where it is for every other one; no image of it is going to be pulled.
 * @throws DriverError (operator): no author has done anything that could be wrong.
 */
export async function planSampleJob(
  settings: Settings,
  signal: AbortSignal,
): Promise<{ readonly job: Job; readonly plan: JobPlan }> {
  const job = { ...SAMPLE_JOB, image: settings.image === undefined ? SAMPLE_IMAGE : '' };
  // Names that nobody has chosen are on nobody's list.
  const open = { ...settings, allowed_images: [], allowed_services: [] };
  const options = { runnerVersion: SAMPLE_RUNNER_VERSION, signal, withoutLogins: true };
  try {
    return { job, plan: await planJob(job, open, sampleEnvironment(settings, job), options) };
  } catch (error) {
    throw error instanceof DriverError ? retold(error, { fault: 'operator' }) : error;
  }
}

/** A value for each variable that volumes and services have in them: numbers, which are names, parts of paths and ports alike, and differ. */
function sampleEnvironment({ volumes, services }: Settings, job: Job): Environment {
  const texts = [
    ...allVolumes(volumes).flatMap(({ volume }) => Object.values<unknown>(volume)),
    ...services.flatMap(({ name, alias, environment = [] }) => [name, alias, ...environment]),
  ].filter((each) => typeof each === 'string');
  const names = [...new Set(texts.flatMap(variablesIn))];
  const values = names.map((name, index) => [`CUSTOM_ENV_${name}`, String(index + 1)] as const);
  return { ...Object.fromEntries(values), ...identityOf(job) };
}
