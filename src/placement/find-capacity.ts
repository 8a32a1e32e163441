import { DriverError } from '../driver-error.ts';
import type { Answer } from '../eci/answers/answer.ts';
import { isUnknown } from '../eci/answers/interpret.ts';
import { faultOf } from '../eci/failure.ts';
import { duration, plural } from '../report/lines.ts';
import type { Settings } from '../settings/schema.ts';
import type { Knock } from '../state/zone-memory.ts';
import { adjusted, type Adjustments, NO_ADJUSTMENTS } from './adjustments.ts';
import { makeAttempt, type Placed } from './make-attempt.ts';
import { type Choice, doorOf, type Plan } from './plan.ts';
import type { PlacementPorts } from './ports.ts';
import { attemptFields, attemptLine, closedLine, headline, placeText, summary, type Tried } from './story.ts';

/** Milliseconds between two lines that say what is waited for. */
const HEARTBEAT = 30_000;

/** Seconds between two rounds through a plan in which nothing was to be had: poll_interval at first, growing to this. */
const LONGEST_PAUSE = 30;

/**
 * Milliseconds for which a job waits at the longest for what another one is just asking, and between two looks whether that one has its answer.
 * Half of it, at the least: by then one of those who wait has asked in the place of one that died.
 */
const FOREIGN_ANSWER = 10_000;
const LOOK_AGAIN = 200;

const specOf = ({ instance, policy }: Choice): string => `${instance.label} ${policy}`;

/** What could find more, of what these settings do not do yet. */
function morePlaces({ spot, max_price }: Settings): string {
  const isSpot = spot.strategy !== 'NoSpot';
  const ways = [
    'add [[vswitch]] tables in other zones or more instance_types',
    ...(spot.strategy === 'SpotWithPriceLimit' ? ['raise spot.price_limit'] : []),
    ...(max_price === undefined ? [] : ['raise max_price']),
    ...(isSpot && !spot.on_demand_fallback ? ['allow spot.on_demand_fallback'] : []),
  ];
  const [first = '', ...others] = ways;
  const last = others.pop();
  return `${[first, ...others].join(', ')}${last === undefined ? '' : `, or ${last}`}.`.replace(/^a/, 'A');
}

/**
 * Makes the plan's attempts, of which there is at least one, in order, round after round until `poll_timeout`, and tells the job log about each. Doors that this host's jobs
 * found closed lately are left out; a job whose time is over tries the one that was closed longest.
 * @throws DriverError that names every attempt, or what makes further ones useless.
 */
export function findCapacity(plan: Plan, settings: Settings, ports: PlacementPorts): Promise<Placed> {
  return new CapacitySearch(plan, settings, ports).run();
}

/** What a round without success waits for. */
type Waiting = 'capacity' | 'quota' | 'an answer of ECI';

interface ClosedDoor {
  readonly choice: Choice;
  readonly say: string;
  readonly since: number;
  readonly until: number;
}

class CapacitySearch {
  private readonly choices: readonly Choice[];
  private readonly plan: Plan;
  private readonly settings: Settings;
  private readonly ports: PlacementPorts;
  private readonly deadline: number;
  private readonly tried: Tried[] = [];
  /** Types that ECI cannot use at all with a price policy, with its answer. */
  private readonly useless = new Map<string, Answer>();
  private adjustments: Adjustments = NO_ADJUSTMENTS;
  private closed: ClosedDoor[] = [];
  private closedTold = false;
  /** By place: the last answer in the log. */
  private readonly told = new Map<string, string>();
  /** Attempts since the last line whose answer was the one that the log shows. */
  private asBefore = 0;
  private lastLineAt = -Infinity;

  constructor(plan: Plan, settings: Settings, ports: PlacementPorts) {
    this.plan = plan;
    this.choices = plan.choices;
    this.settings = settings;
    this.ports = ports;
    this.deadline = ports.clock.now() + settings.poll_timeout * 1000;
  }

  async run(): Promise<Placed> {
    return this.ports.log.section('eci_capacity', headline(this.plan, this.settings), () => this.rounds());
  }

  private async rounds(): Promise<Placed> {
    const { clock, signal } = this.ports;
    for (let pause = this.settings.poll_interval; ; pause = Math.min(LONGEST_PAUSE, pause * 1.5)) {
      const waiting = await this.round();
      if (typeof waiting === 'object') return waiting;
      await this.tellClosed();
      const left = this.deadline - clock.now();
      if (left <= 0) return this.lastChance();
      const wait = Math.min(left, this.about(pause * 1000));
      await this.tellWaiting(waiting, left);
      await clock.sleep(wait, signal);
    }
  }

  /** Once through the plan. */
  private async round(): Promise<Placed | Waiting> {
    const { clock, signal } = this.ports;
    const closedZones = new Set<string>();
    this.closed = [];
    for (const [index, choice] of this.choices.entries()) {
      signal.throwIfAborted();
      // Whoever is past his time makes the first attempt that he may make, and no other. Without any time it is one round.
      if (index > 0 && this.settings.poll_timeout > 0 && clock.now() >= this.deadline) return 'capacity';
      if (closedZones.has(choice.vswitch.id) || this.useless.has(specOf(choice))) continue;
      const knock = await this.knock(choice);
      if (knock.kind === 'closed') {
        this.closed.push({ choice, ...knock.closed });
        continue;
      }
      await this.tellClosed();
      const outcome = await this.attempt(choice);
      if (!('answer' in outcome)) return outcome;
      const { means } = outcome.answer;
      if (means === 'next-zone') closedZones.add(choice.vswitch.id);
      if (means === 'wait') return 'quota';
      // The API's trouble, not this zone's: the other attempts would meet it as well.
      if (means === 'repeat') return 'an answer of ECI';
    }
    const [useless] = this.useless.values();
    if (useless && this.choices.every((each) => this.useless.has(specOf(each)))) {
      throw this.gaveUp(this.choices[0], useless);
    }
    return 'capacity';
  }

  /** Jobs that start at the same moment would wake up at the same moments. */
  private about(milliseconds: number): number {
    return milliseconds * (0.5 + this.ports.random() / 2);
  }

  /** Many jobs that come to a door nobody knows send one of them: his answer is there as soon as theirs would be. */
  private async knock(choice: Choice): Promise<Knock> {
    const { clock, signal, memory } = this.ports;
    const patience = clock.now() + this.about(FOREIGN_ANSWER);
    for (;;) {
      const knock = await memory.knock(doorOf(choice, this.settings), clock.now());
      if (knock.kind !== 'asked' || clock.now() >= patience) return knock;
      await clock.sleep(this.about(LOOK_AGAIN), signal);
    }
  }

  /** One door, with what is left out or changed when ECI asks for it. What was learned goes into the memory of the host. */
  private async attempt(choice: Choice): Promise<Placed | { readonly answer: Answer }> {
    const { memory, decisions } = this.ports;
    const door = doorOf(choice, this.settings);
    let learned = false;
    try {
      for (;;) {
        const outcome = await makeAttempt(choice, this.adjustments, this.settings, this.ports);
        this.tried.push(outcome.tried);
        await this.tell(outcome.tried);
        await decisions.write('info', 'attempt', attemptFields(outcome.tried));
        if ('placed' in outcome) {
          learned = true;
          return outcome.placed;
        }
        const { answer } = outcome;
        if (await this.adjust(choice, answer)) continue;
        // What says nothing about the place itself is nobody else's business.
        if (answer.means === 'next' && answer.class !== 'stock') return { answer };
        if (answer.means === 'next') await this.remember([choice], answer);
        else if (answer.means === 'next-zone') await this.remember(this.inZoneOf(choice), answer);
        else if (answer.means === 'next-spec' || answer.means === 'other-spot-duration') {
          this.useless.set(specOf(choice), answer);
        } else if (answer.means !== 'wait' && answer.means !== 'repeat') throw this.gaveUp(choice, answer);
        return { answer };
      }
    } finally {
      await memory.release(door, learned, this.ports.clock.now());
    }
  }

  /** @returns whether the same attempt is to be made again, otherwise than before. */
  private async adjust(choice: Choice, answer: Answer): Promise<boolean> {
    const { settings } = this;
    const { label } = choice.instance;
    const next = adjusted(answer, choice, this.adjustments, settings);
    if (!next) return false;
    const before = this.adjustments.spotDurations[label] ?? settings.spot.duration;
    this.adjustments = next;
    const line =
      answer.means === 'without-image-cache'
        ? `The image cache ${settings.image_cache_id} cannot be used: going on without it.`
        : `ECI does not take a spot duration of ${before} h for ${label}: going on with ${next.spotDurations[label]} h.`;
    await this.ports.log.line(`  ${line}`);
    await this.ports.decisions.write('info', line);
    return true;
  }

  private async remember(choices: readonly Choice[], { say }: Answer): Promise<void> {
    const now = this.ports.clock.now();
    await Promise.all(choices.map((each) => this.ports.memory.close(doorOf(each, this.settings), say, now)));
  }

  private readonly inZoneOf = ({ vswitch }: Choice): readonly Choice[] =>
    this.choices.filter((each) => each.vswitch.id === vswitch.id);

  /** A line for each attempt that brought something new: a round after the other of the same refusals is counted. */
  private async tell(tried: Tried): Promise<void> {
    const place = placeText(tried.choice);
    if (this.told.get(place) === tried.answer) {
      this.asBefore++;
      return;
    }
    this.told.set(place, tried.answer);
    await this.ports.log.line(attemptLine(tried, this.choices));
  }

  /** Once a search: which doors were left out. */
  private async tellClosed(): Promise<void> {
    if (this.closedTold || this.closed.length === 0) return;
    this.closedTold = true;
    await this.ports.log.line(closedLine(this.closed, this.ports.clock.now()));
    await this.ports.decisions.write('info', 'left out', { places: this.closed.map((each) => placeText(each.choice)) });
  }

  private async tellWaiting(waiting: Waiting, left: number): Promise<void> {
    const { clock, log, decisions } = this.ports;
    const now = clock.now();
    if (now - this.lastLineAt < HEARTBEAT) return;
    this.lastLineAt = now;
    const next = Math.min(...this.closed.map((each) => each.until));
    const doors =
      waiting === 'capacity' && this.closed.length > 0 && next > now
        ? ` The next closed door is tried again in ${duration(next - now)}.`
        : '';
    const refused = this.asBefore > 0 ? ` ${plural(this.asBefore, 'attempt')} refused as before.` : '';
    this.asBefore = 0;
    await log.line(`Waiting for ${waiting}, for at most ${duration(left)} more.${refused}${doors}`);
    await decisions.write('info', 'waiting', { for: waiting, atMostSeconds: Math.round(left / 1000) });
  }

  /** The memory has kept this job waiting: the door that was closed longest is tried before it ends. */
  private async lastChance(): Promise<Placed> {
    const [longest] = [...this.closed].sort((a, b) => a.since - b.since);
    if (longest) {
      const outcome = await this.attempt(longest.choice);
      if (!('answer' in outcome)) return outcome;
    }
    throw this.noCapacity();
  }

  private noCapacity(): DriverError {
    const last = this.tried.at(-1);
    // Not the places were closed: a quota or the API itself was, and its own sentence says which.
    const { poll_timeout } = this.settings;
    const within = poll_timeout === 0 ? ' in one round' : ` within ${duration(poll_timeout * 1000)}`;
    const general = last?.means === 'wait' || last?.means === 'repeat';
    return new DriverError('platform', `No capacity was found${within}${general ? `: ${last.message}` : '.'}`, {
      hint: (general ? last.hint : undefined) ?? morePlaces(this.settings),
      details: summary(this.tried, this.closed),
    });
  }

  private gaveUp(choice: Choice | undefined, answer: Answer): DriverError {
    const where = choice ? ` for ${placeText(choice)}` : '';
    const message = this.tried.at(-1)?.message;
    // Without the job's own wishes the settings would be at fault, and every other job would fail as well.
    // A code that nobody knows is nobody's wish: it must not make a red job.
    const wished =
      this.ports.hasWishes && !isUnknown(answer) && ['bad request', 'spec', 'option'].includes(answer.class);
    return new DriverError(
      wished ? 'user' : faultOf(answer),
      `No container group could be created${where}: ${answer.say}${message ? `: ${message}` : ''}.`,
      {
        hint: wished
          ? 'The job asks for something of its own by variables: check them (see the lines above).'
          : (answer.hint ?? 'Look the code up in the ECI documentation, or correct the settings it names.'),
      },
    );
  }
}
