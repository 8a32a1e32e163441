import { interpretError } from '../eci/answers/interpret.ts';
import { EciError } from '../eci/container-groups.ts';
import { createRequest } from '../group/create-request.ts';
import { groupImages } from '../group/images.ts';
import { groupTimeLimits } from '../group/time-limits.ts';
import { adjusted, NO_ADJUSTMENTS } from '../placement/adjustments.ts';
import { type Choice, planAttempts } from '../placement/plan.ts';
import { presentPrices } from '../placement/prices.ts';
import { attemptLine, headline } from '../placement/story.ts';
import type { Job } from '../runner/job.ts';
import { loadSettings } from '../settings/load.ts';
import { newGroupKeys } from '../ssh/group-keys.ts';
import { readCaller } from '../state/caller.ts';
import { priceCache } from '../state/price-cache.ts';
import { hostId } from '../state/state-folder.ts';
import { NAME } from '../version.ts';
import { cloudAddress, openCloud } from './cloud.ts';
import type { Handler } from './command.ts';

const ATTEMPT = '0000000000000000';

/** What a job of this runner looks like to ECI; its image is never pulled. */
const SAMPLE_JOB: Job = {
  id: 1,
  name: 'dry-run',
  projectId: 1,
  projectPath: '',
  pipelineId: 1,
  gitlabHost: '',
  timeoutSeconds: 3600,
  image: 'alpine:3.20',
  pullPolicies: [],
  needsHelperProgram: false,
  showsSections: false,
};

/** For people: what ECI would answer to each attempt of the plan. Nothing is created (ECI: CreateContainerGroup with DryRun). */
export const dryRun: Handler = async ({ env, stdout, clock, signal, callerPid }, source) => {
  const settings = await loadSettings(source, env);
  const groups = await openCloud(cloudAddress(settings), clock);
  const cache = priceCache(settings.state_dir, settings.region);
  const plan = planAttempts(settings, await presentPrices(settings, { groups, cache, clock, signal }));
  const keys = newGroupKeys();
  const identity = {
    manager: settings.manager_id,
    host: await hostId(settings.state_dir),
    caller: await readCaller(callerPid),
  };
  const facts = {
    job: SAMPLE_JOB,
    settings,
    images: groupImages(SAMPLE_JOB, { ...settings, helper_image: 'helper:dry-run' }, undefined),
    identity,
    attempt: ATTEMPT,
    keys: {
      clientPublic: keys.client.public,
      hostPrivate: { helper: keys.helper.private, build: keys.build.private },
    },
    limits: groupTimeLimits(SAMPLE_JOB.timeoutSeconds, 0, settings, new Date(clock.now())),
    containerLimits: { build: {}, helper: {} },
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
  return open > 0 ? 0 : 2;
};
