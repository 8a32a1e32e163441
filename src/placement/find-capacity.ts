import { DriverError } from '../driver-error.ts';
import { type Answer, interpret } from '../eci/answers.ts';
import { type ContainerGroup, EciError } from '../eci/container-groups.ts';
import { removeGroup } from '../group/remove-groups.ts';
import { duration } from '../report/lines.ts';
import type { Settings } from '../settings/schema.ts';
import { createGroup } from './create-group.ts';
import { type Choice, isExcluded } from './plan.ts';
import type { PlacementPorts } from './ports.ts';
import { waitUntilScheduled } from './scheduling.ts';
import { attemptLine, headline, summary, type Tried } from './story.ts';

/** A group that holds resources and has an address. */
export interface Placed {
  readonly group: ContainerGroup;
  readonly choice: Choice;
  /** When the create call had its answer, in milliseconds since the epoch. */
  readonly createdAt: number;
}

type Outcome = { readonly placed: Placed } | { readonly answer: Answer };

/** Seconds between two rounds through a plan in which nothing was to be had: poll_interval at first, growing to this. */
const LONGEST_PAUSE = 30;

/**
 * Makes the plan's attempts in order, round after round until `poll_timeout`, and tells the job log about each.
 * @throws DriverError that names every attempt, or what makes further ones useless.
 */
export async function findCapacity(
  plan: readonly Choice[],
  settings: Settings,
  ports: PlacementPorts,
): Promise<Placed> {
  const { clock, log, signal } = ports;
  const deadline = clock.now() + settings.poll_timeout * 1000;
  const tried: Tried[] = [];
  await log.line(headline(plan, settings));
  for (let pause = settings.poll_interval; ; pause = Math.min(LONGEST_PAUSE, pause * 1.5)) {
    const placed = await oneRound(plan, settings, deadline, ports, tried);
    if (placed) return placed;
    const left = deadline - clock.now();
    if (left <= 0) throw noCapacity(tried, settings);
    const wait = Math.min(left, pause * 1000);
    await log.line(`No capacity at the moment. Trying again in ${duration(wait)}, for at most ${duration(left)} more.`);
    await clock.sleep(wait, signal);
  }
}

async function oneRound(
  plan: readonly Choice[],
  settings: Settings,
  deadline: number,
  ports: PlacementPorts,
  tried: Tried[],
): Promise<Placed | undefined> {
  const exclusions = { vswitches: new Set<string>(), instances: new Set<string>() };
  for (const [index, choice] of plan.entries()) {
    ports.signal.throwIfAborted();
    // Each pause is followed by one attempt at least, also the last one, which ends at the deadline.
    if (index > 0 && ports.clock.now() >= deadline) return undefined;
    if (isExcluded(choice, exclusions)) continue;
    const outcome = await attempt(choice, plan, settings, ports, tried);
    if ('placed' in outcome) return outcome.placed;
    switch (outcome.answer.means) {
      case 'next':
        break;
      case 'next-zone':
        exclusions.vswitches.add(choice.vswitch.id);
        break;
      case 'next-spec':
        exclusions.instances.add(choice.instance.label);
        break;
      case 'wait':
      case 'repeat':
        // The account's or the API's trouble, not this zone's: the other attempts would meet it as well.
        return undefined;
      case 'give-up':
        throw gaveUp(choice, outcome.answer, tried);
    }
  }
  return undefined;
}

async function attempt(
  choice: Choice,
  plan: readonly Choice[],
  settings: Settings,
  ports: PlacementPorts,
  tried: Tried[],
): Promise<Outcome> {
  const { clock, log, record, groups } = ports;
  const startedAt = clock.now();
  const tell = async (answer: string, milliseconds = clock.now() - startedAt): Promise<void> => {
    tried.push({ choice, answer, milliseconds });
    await log.line(attemptLine({ choice, answer, milliseconds }, plan));
  };

  const tryNumber = await record.creating((number) => `${ports.attempt}-${number}`);
  let id: string;
  try {
    id = await createGroup(ports.request(choice, tryNumber), tryNumber, ports);
  } catch (error) {
    if (!(error instanceof EciError)) throw error;
    // Otherwise the entry stays open, and cleanup looks for the group by its tags.
    if (!error.ambiguous) await record.refused(tryNumber);
    const answer = interpret(error.code, error.message, error.httpStatus);
    await tell(`${answer.say} (${error.code})`);
    // The table's word is short; where nothing else helps, people need the API's sentence.
    return { answer: answer.means === 'give-up' ? { ...answer, say: `${answer.say}: ${error.message}` } : answer };
  }
  const createdAt = clock.now();
  await record.created(tryNumber, id);
  const scheduled = await waitUntilScheduled(id, createdAt, settings, ports);
  if (scheduled.kind === 'address') {
    await tell(`${id} created`, createdAt - startedAt);
    return { placed: { group: scheduled.group, choice, createdAt } };
  }
  // Deleted before the next create: a group that is scheduled after all would run beside the one that we wait for.
  const patience = AbortSignal.any([ports.signal, AbortSignal.timeout(settings.scheduling_timeout * 1000)]);
  await removeGroup(id, groups, clock, patience);
  await record.deleted(tryNumber);
  await tell(scheduled.say);
  return { answer: scheduled.answer };
}

function noCapacity(tried: readonly Tried[], settings: Settings): DriverError {
  return new DriverError(
    'platform',
    `No capacity was found within ${duration(settings.poll_timeout * 1000)}. What was tried:\n${summary(tried)}`,
    {
      hint: 'Add [[vswitch]] tables in other zones or more instance_types, raise spot.price_limit, or allow spot.on_demand_fallback.',
    },
  );
}

function gaveUp(choice: Choice, answer: Answer, tried: readonly Tried[]): DriverError {
  const where = `${choice.instance.label} in ${choice.vswitch.zone}`;
  const before = tried.length > 1 ? `\nWhat was tried:\n${summary(tried)}` : '';
  return new DriverError(answer.fault, `No container group could be created for ${where}: ${answer.say}.${before}`, {
    hint: answer.hint ?? 'Look the code up in the ECI documentation, or correct the settings it names.',
  });
}
