import type { WireParameters } from '../eci/container-groups.ts';
import { createRequest } from '../group/create-request.ts';
import { NO_ADJUSTMENTS } from '../placement/adjustments.ts';
import { nothingAffordable } from '../placement/nothing-affordable.ts';
import { type Choice, type Plan, planAttempts } from '../placement/plan.ts';
import { rememberedPrices } from '../placement/prices.ts';
import { warning } from '../report/lines.ts';
import { withoutSecrets } from '../report/secret-free.ts';
import { responseEnvironment } from '../runner/response-environment.ts';
import { loadSettings } from '../settings/load.ts';
import { priceCache } from '../state/price-cache.ts';
import type { Handler } from './command.ts';
import { type ExplainedPlan, explanation } from './explanation.ts';
import { planJob, readJob } from './job-plan.ts';
import { nobodysGroup } from './nobodys-group.ts';

/** In place of what each attempt of a job makes anew. */
const NO_KEYS = { clientPublic: '', hostPrivate: { helper: '', build: '' } };

/**
 * For people: the group that a job would get. Nothing is created, and ECI is not even asked: prices are those that this host was told last.
 * @throws DriverError as `prepare` does for a job that is refused, or that no place is cheap enough for.
 */
export const explain: Handler = async (context, source, [file = ''], options) => {
  const { env, stdout, stderr, signal } = context;
  const bare = await readJob(file, env);
  const known = { ...env, ...responseEnvironment(bare) };
  const job = await readJob(file, known);
  const runnerVersion = options.runnerVersion?.toString() ?? env.CUSTOM_ENV_CI_RUNNER_VERSION ?? '0.0.0';
  const plan = await planJob(job, await loadSettings(source, env), known, { runnerVersion, signal });
  const { settings } = plan;
  const prices = await rememberedPrices(settings, priceCache(settings.state_dir, settings.region));
  const attempts = asFarAsKnown(planAttempts(settings, prices));
  const facts = await nobodysGroup(job, plan, context);
  const request = (choice: Choice): WireParameters =>
    createRequest({ ...facts, choice, tryNumber: 1, keys: NO_KEYS, adjustments: NO_ADJUSTMENTS });
  const [first] = attempts.choices;
  if (options.json !== true) {
    // What is refused for its price would have the same containers.
    const choice = first ?? attempts.tooExpensive[0];
    await stdout.write(withoutSecrets(explanation(job, plan, attempts, choice && request(choice)), job.secrets));
  }
  if (first === undefined) throw nothingAffordable(attempts, settings, plan.unwished, prices);
  if (options.json === true) {
    await stdout.write(`${withoutSecrets(withoutHiddenValues(request(first)), job.secrets, 2)}\n`);
    if (attempts.undecided.includes(first)) await stderr.write(warning(UNDECIDED));
  }
  return 0;
};

const UNDECIDED =
  'This host does not know the price of this call. A job makes it only when ECI tells a price that max_price allows.';

/** Without asking ECI, nothing is refused for a price that nobody knows. */
function asFarAsKnown(plan: Plan): ExplainedPlan {
  const undecided = plan.tooExpensive.filter(({ price }) => price === undefined);
  return {
    ...plan,
    choices: [...plan.choices, ...undecided],
    tooExpensive: plan.tooExpensive.filter((each) => !undecided.includes(each)),
    undecided,
  };
}

/** What ECI is asked to hide, and what init containers get: such values may be secret without being masked. */
function withoutHiddenValues(call: WireParameters): WireParameters {
  const hidden = (containers: WireParameters[string]): readonly WireParameters[] =>
    ((containers ?? []) as readonly (WireParameters & Partial<Hiding>)[]).map(({ EnvironmentVar, ...container }) => ({
      ...container,
      ...(EnvironmentVar && {
        EnvironmentVar: EnvironmentVar.map((each) => ('Value' in each ? { ...each, Value: '…' } : each)),
      }),
    }));
  return { ...call, InitContainer: hidden(call.InitContainer), Container: hidden(call.Container) };
}

interface Hiding {
  readonly EnvironmentVar: readonly { readonly Key: string; readonly Value?: string }[];
}
