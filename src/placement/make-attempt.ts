import type { Answer } from '../eci/answers/answer.ts';
import { interpretError } from '../eci/answers/interpret.ts';
import { type ContainerGroup, EciError, NothingMade } from '../eci/container-groups.ts';
import type { Settings } from '../settings/schema.ts';
import { abandonGroup } from './abandon-group.ts';
import type { Adjustments } from './adjustments.ts';
import { createGroup } from './create-group.ts';
import { type Choice, doorOf } from './plan.ts';
import type { PlacementPorts } from './ports.ts';
import { waitUntilScheduled } from './scheduling.ts';
import type { Tried } from './story.ts';

/** A group that holds resources and has an address. */
export interface Placed {
  readonly group: ContainerGroup;
  readonly choice: Choice;
  /** When the create call had its answer, in milliseconds since the epoch. */
  readonly createdAt: number;
}

/** An attempt, told: either it placed a group, or an answer says what comes next. */
type AttemptOutcome =
  { readonly tried: Tried; readonly placed: Placed } | { readonly tried: Tried; readonly answer: Answer };

/** One create call and, when it was taken, the wait for an address. A group that came to nothing is deleted before this returns. */
export async function makeAttempt(
  choice: Choice,
  adjustments: Adjustments,
  settings: Settings,
  ports: PlacementPorts,
): Promise<AttemptOutcome> {
  const { clock, record } = ports;
  const startedAt = clock.now();
  const tried = (said: string, answer?: Answer, message?: string, until = clock.now()): Tried => ({
    choice,
    answer: said,
    milliseconds: until - startedAt,
    ...(answer === undefined
      ? {}
      : { means: answer.means, ...(answer.hint === undefined ? {} : { hint: answer.hint }) }),
    ...(message === undefined ? {} : { message }),
  });

  const tryNumber = await record.creating((number) => `${ports.attempt}-${number}`);
  let id: string;
  try {
    id = await createGroup(ports.request(choice, tryNumber, adjustments), tryNumber, ports);
  } catch (error) {
    if (error instanceof NothingMade) {
      await record.refused(tryNumber);
      throw error.cause;
    }
    if (!(error instanceof EciError)) throw error;
    // Otherwise the entry stays open, and cleanup looks for the group by its tags.
    if (!error.ambiguous) await record.refused(tryNumber);
    const answer = interpretError(error);
    return { tried: tried(`${answer.say} (${error.code})`, answer, error.message), answer };
  }
  const createdAt = clock.now();
  await record.created(tryNumber, id);
  await ports.memory.taken(doorOf(choice, settings), createdAt);
  const scheduled = await waitUntilScheduled(id, createdAt, settings, ports);
  if (scheduled.kind === 'address') {
    const placed = { group: scheduled.group, choice, createdAt };
    return { tried: tried(`${id} created`, undefined, undefined, createdAt), placed };
  }
  await abandonGroup(id, tryNumber, settings, ports);
  const { answer } = scheduled;
  return { tried: tried(scheduled.say, answer, scheduled.message), answer };
}
