import type { Clock } from '../context.ts';
import { EciError } from '../eci/container-groups.ts';
import type { Loss } from '../group/loss.ts';

/** Milliseconds: most stages are over before the first question, and none of them needs the cloud's SDK. */
const FIRST_QUESTION = 20_000;
const INTERVAL = 30_000;
/**
 * Milliseconds, at most, of a pause's random part: those who were told by one answer do not all ask for the next one. The one that asked comes
 * first again, as it has the cloud's SDK in its memory.
 */
const SPREAD = 2000;
/** While the connection is away there is a reason to ask more often. */
const HURRIED_INTERVAL = 3000;
const HURRIED_QUESTIONS = 10;

export interface LossWatch {
  /** Resolves with the reason once the cloud says that the group is lost; otherwise never. */
  readonly lost: Promise<Loss>;
  /** Ask at once, and every few seconds for a while. */
  readonly hurry: () => void;
  /** `ECI reports the group as running`, or why nothing is known of it. */
  readonly lastAnswer: () => string;
  /** When ECI was asked last and said that the group runs, in milliseconds since the epoch. */
  readonly reassuredAt: () => number;
}

/** What ECI says of a group, and when it was asked, in milliseconds since the epoch. */
export interface GroupAnswer {
  readonly askedAt: number;
  /** Why it cannot run the script any more. */
  readonly loss?: Loss;
}

/** @param longest an answer that ECI has given so many milliseconds ago is new enough. */
export type AskForLoss = (signal: AbortSignal, longest: number) => Promise<GroupAnswer>;

/**
 * Asks the cloud about the group while a script runs: few questions, so that many jobs stay within the account's limits.
 * @param random a number from 0 to 1.
 */
export function watchLoss(
  ask: AskForLoss,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
  over: AbortSignal,
): LossWatch {
  let hurried = 0;
  let lastAnswer = 'ECI has not been asked';
  let reassuredAt = -Infinity;
  let wake = new AbortController();
  const watch = async (resolve: (loss: Loss) => void): Promise<void> => {
    let pause = FIRST_QUESTION;
    while (!over.aborted) {
      wake = new AbortController();
      await clock
        .sleep(hurried > 0 ? Math.min(pause, HURRIED_INTERVAL) : pause, AbortSignal.any([over, wake.signal]))
        .catch(() => undefined);
      if (over.aborted) return;
      pause = INTERVAL + random() * SPREAD;
      const longest = hurried > 0 ? HURRIED_INTERVAL : INTERVAL;
      hurried = Math.max(0, hurried - 1);
      // An API that does not answer says nothing about the group.
      try {
        const startedAt = clock.now();
        const { askedAt, loss } = await ask(over, longest);
        if (loss) return resolve(loss);
        lastAnswer = 'ECI reports the group as running';
        reassuredAt = askedAt;
        // What another job was told is a little older already.
        if (askedAt < startedAt) pause += SPREAD - (startedAt - askedAt);
      } catch (error) {
        const why = error instanceof EciError ? error.code : 'no answer';
        lastAnswer = `ECI could not be asked about the group (${why})`;
      }
    }
  };
  return {
    lastAnswer: () => lastAnswer,
    reassuredAt: () => reassuredAt,
    lost: new Promise<Loss>((resolve) => void watch(resolve)),
    hurry: () => {
      // The first call wakes the watch; further ones only keep it busy, so that a flapping connection does not become a flood of calls.
      if (hurried === 0) wake.abort();
      hurried = HURRIED_QUESTIONS;
    },
  };
}
