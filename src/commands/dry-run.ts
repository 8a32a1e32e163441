import { interpretError } from '../eci/answers/interpret.ts';
import { EciError } from '../eci/container-groups.ts';
import { readConfigFiles } from '../group/config-files.ts';
import { createRequest } from '../group/create-request.ts';
import { buildContainer } from '../group/build-container.ts';
import { groupImages } from '../group/images.ts';
import { groupTimeLimits } from '../group/time-limits.ts';
import { adjusted, NO_ADJUSTMENTS } from '../placement/adjustments.ts';
import { type Choice, planAttempts } from '../placement/plan.ts';
import { presentPrices } from '../placement/prices.ts';
import { attemptLine, headline } from '../placement/story.ts';
import { defaultPullPolicy } from '../registries/pull-policies.ts';
import { readContract } from '../runner/contract.ts';
import type { Job } from '../runner/job.ts';
import { jobServices } from '../services/job-services.ts';
import { expandedSettings } from '../settings/expanded.ts';
import { loadSettings } from '../settings/load.ts';
import { newGroupKeys, sentKeys } from '../ssh/group-keys.ts';
import { readCaller } from '../state/caller.ts';
import type { PriceCache } from '../state/price-cache.ts';
import { NAME } from '../version.ts';
import { applyWishes } from '../wishes/apply-wishes.ts';
import { cloudAddress, openCloud } from './cloud.ts';
import type { Handler } from './command.ts';

/** In place of an attempt's and a host's id: nobody's files are touched, and nobody's state folder is made for the first job. */
const NOBODY = '0000000000000000';

const NO_CACHE: PriceCache = { read: () => Promise.resolve(undefined), write: () => Promise.resolve() };

/** What a job of this runner looks like to ECI; its image is never pulled. */
const SAMPLE_JOB: Job = {
  id: 1,
  name: 'dry-run',
  projectId: 1,
  projectPath: 'example/dry-run',
  pipelineId: 1,
  isProtected: false,
  gitlabHost: '',
  timeoutSeconds: 3600,
  image: 'alpine:3.20',
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

/** For people: what ECI would answer to each attempt of the plan. Nothing is created (ECI: CreateContainerGroup with DryRun). */
export const dryRun: Handler = async ({ env, stdout, clock, signal, callerPid }, source) => {
  const given = expandedSettings(await loadSettings(source, env), SAMPLE_JOB, env);
  const { services } = jobServices(SAMPLE_JOB, given, env);
  const { settings, limits: containerLimits } = applyWishes(given, {}, services);
  const groups = await openCloud(cloudAddress(settings), clock);
  const plan = planAttempts(settings, await presentPrices(settings, { groups, cache: NO_CACHE, clock, signal }));
  const identity = { manager: settings.manager_id, host: NOBODY, caller: await readCaller(callerPid) };
  const facts = {
    job: SAMPLE_JOB,
    settings,
    // The sample's image is nobody's wish.
    images: groupImages(SAMPLE_JOB, { ...settings, helper_image: 'helper:dry-run', allowed_images: [] }, undefined),
    // No image is pulled, so nobody's login is shown to anybody.
    credentials: [],
    pullPolicyOf: (_: string, image: string) => defaultPullPolicy(image),
    identity,
    build: buildContainer(SAMPLE_JOB, settings, false),
    services,
    attempt: NOBODY,
    keys: sentKeys(newGroupKeys()),
    configFiles: await readConfigFiles(settings),
    limits: groupTimeLimits(SAMPLE_JOB.timeoutSeconds, 0, settings, new Date(clock.now())),
    containerLimits,
  };
  const place = async (
    choice: Choice,
    tryNumber: number,
    adjustments = NO_ADJUSTMENTS,
  ): Promise<string | undefined> => {
    try {
      await groups.dryRun(createRequest({ ...facts, choice, tryNumber, adjustments }), signal);
      return undefined;
    } catch (error) {
      if (!(error instanceof EciError)) throw error;
      const answer = interpretError(error);
      // What a job would change and try again.
      const next = adjusted(answer, choice, adjustments, settings);
      return next ? place(choice, tryNumber, next) : `${answer.say} (${error.code})`;
    }
  };
  await stdout.write(`${headline(plan, settings)}\n`);
  let open = 0;
  for (const [index, choice] of plan.choices.entries()) {
    const startedAt = clock.now();
    const refusal = await place(choice, index + 1);
    if (refusal === undefined) open++;
    const answer = refusal ?? 'would be created';
    const line = attemptLine({ choice, answer, milliseconds: clock.now() - startedAt }, plan.choices);
    await stdout.write(`${line}\n`);
  }
  await stdout.write(`${open} of ${plan.choices.length} places would take a job of ${NAME}. Nothing was created.\n`);
  return open > 0 ? 0 : readContract(env).systemFailureExitCode;
};
