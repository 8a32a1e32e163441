import type { Clock } from '../context.ts';
import type { Answer } from '../eci/answers/answer.ts';
import { interpret, isUnknown } from '../eci/answers/interpret.ts';
import type { ContainerGroup, ContainerGroups } from '../eci/container-groups.ts';
import { addressOf } from '../group/address.ts';
import { look } from '../group/look.ts';
import { Polling } from '../group/poll.ts';
import type { Settings } from '../settings/schema.ts';

type Scheduled =
  | { readonly kind: 'address'; readonly group: ContainerGroup }
  /** `say` is for the attempt's line, `answer` decides what comes next, `message` is the cloud's own sentence. */
  | { readonly kind: 'refused'; readonly say: string; readonly answer: Answer; readonly message?: string };

interface SchedulingPorts {
  readonly groups: ContainerGroups;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const notScheduled: Answer = { class: 'stock', means: 'next', say: 'not scheduled', fault: 'platform' };
/** Says nothing about the place. */
const lostSight: Answer = { class: 'transient', means: 'next', say: 'not scheduled', fault: 'platform' };

/** Milliseconds within which a new group is listed. */
const LISTING_TIME = 10_000;

/** Waits until a new group has an address (from then on it holds resources and is billed) or ECI gives up, or `scheduling_timeout`. */
export async function waitUntilScheduled(
  id: string,
  createdAt: number,
  settings: Settings,
  ports: SchedulingPorts,
): Promise<Scheduled> {
  const { groups, clock, signal } = ports;
  const deadline = createdAt + settings.scheduling_timeout * 1000;
  const polling = new Polling(settings.poll_interval, clock, signal);
  let seen = false;
  while (clock.now() < deadline) {
    await polling.pause(deadline);
    const seenNow = await look(groups, id, signal);
    if (seenNow === 'unknown') continue;
    const { group } = seenNow;
    if (group && addressOf(group, settings.connect)) return { kind: 'address', group };
    if (group?.status === 'ScheduleFailed' || group?.status === 'Failed' || group?.status === 'Expired')
      return refusal(group);
    // A new group may take a moment to be listed; one that was listed and is not any more has been deleted.
    if (!group && (seen || clock.now() - createdAt > LISTING_TIME))
      return { kind: 'refused', say: `${id} was deleted by something else`, answer: lostSight };
    seen ||= group !== undefined;
  }
  return { kind: 'refused', say: `${id} got no resources in time`, answer: seen ? notScheduled : lostSight };
}

/** The reason stands in the group's events; the last warning that the table knows counts. */
function refusal(group: ContainerGroup): Scheduled {
  const warnings = group.events.filter((event) => event.type === 'Warning').reverse();
  const answers = warnings.map((event) => ({ event, answer: interpret(event.reason, event.message) }));
  const { event, answer } = answers.find((each) => !isUnknown(each.answer)) ?? answers[0] ?? { answer: notScheduled };
  return {
    kind: 'refused',
    say: `${isUnknown(answer) ? notScheduled.say : answer.say} after create (${event?.reason || event?.message || group.status})`,
    answer: afterwards(answer),
    ...(event === undefined ? {} : { message: event.message }),
  };
}

/** A group that failed is gone: "the same request again" is the next attempt. A reason that no row knows is not worth giving up for. */
const afterwards = (answer: Answer): Answer =>
  isUnknown(answer) || answer.means === 'repeat' || answer.means === 'repeat-once'
    ? { ...answer, class: 'transient', means: 'next' }
    : answer;
