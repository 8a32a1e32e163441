import { interpretError } from '../eci/answers/interpret.ts';
import { EciError } from '../eci/container-groups.ts';
import { createRequest } from '../group/create-request.ts';
import { adjusted, NO_ADJUSTMENTS } from '../placement/adjustments.ts';
import { nothingAffordable } from '../placement/nothing-affordable.ts';
import { type Choice, planAttempts } from '../placement/plan.ts';
import { presentPrices } from '../placement/prices.ts';
import { attemptLine, headline } from '../placement/story.ts';
import { readContract } from '../runner/contract.ts';
import { loadSettings } from '../settings/load.ts';
import { newGroupKeys, sentKeys } from '../ssh/group-keys.ts';
import type { PriceCache } from '../state/price-cache.ts';
import { NAME } from '../version.ts';
import { cloudAddress, openCloud } from './cloud.ts';
import type { Handler } from './command.ts';
import { nobodysGroup } from './nobodys-group.ts';
import { planSampleJob } from './sample-job.ts';

const NO_CACHE: PriceCache = {
  read: () => Promise.resolve(undefined),
  claim: () => Promise.resolve(true),
  write: () => Promise.resolve(),
};

/** For people: what ECI would answer to each attempt of the plan. Nothing is created (ECI: CreateContainerGroup with DryRun). */
export const dryRun: Handler = async (context, source) => {
  const { env, stdout, clock, signal } = context;
  const { job, plan } = await planSampleJob(await loadSettings(source, env), signal);
  const { settings } = plan;
  const groups = await openCloud(cloudAddress(settings), clock, undefined);
  const prices = await presentPrices(settings, { groups, cache: NO_CACHE, clock, signal });
  const attempts = planAttempts(settings, prices);
  const facts = { ...(await nobodysGroup(job, plan, context)), keys: sentKeys(newGroupKeys()) };
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
  await stdout.write(`${headline(attempts, settings)}\n`);
  if (attempts.choices.length === 0) throw nothingAffordable(attempts, settings, plan.unwished, prices);
  let open = 0;
  for (const [index, choice] of attempts.choices.entries()) {
    const startedAt = clock.now();
    const refusal = await place(choice, index + 1);
    if (refusal === undefined) open++;
    const answer = refusal ?? 'would be created';
    const line = attemptLine({ choice, answer, milliseconds: clock.now() - startedAt }, attempts.choices);
    await stdout.write(`${line}\n`);
  }
  await stdout.write(
    `${open} of ${attempts.choices.length} places would take a job of ${NAME}. Nothing was created.\n`,
  );
  return open > 0 ? 0 : readContract(env).systemFailureExitCode;
};
