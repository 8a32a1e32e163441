import type { Clock } from '../context.ts';
import { EciError } from '../eci/container-groups.ts';
import type { Loss } from '../group/loss.ts';

/** Milliseconds: most stages are over before the first question, and none of them needs the cloud's SDK. */
const FIRST_QUESTION = 20_000;
const INTERVAL = 30_000;
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
  /** How often ECI has answered that the group runs. */
  readonly reassured: () => number;
}

/** Asks the cloud about the group while a script runs: few questions, so that many jobs stay within the account's limits. */
export function watchLoss(
  ask: (signal: AbortSignal) => Promise<Loss | undefined>,
  clock: Clock,
  over: AbortSignal,
): LossWatch {
  let hurried = 0;
  let lastAnswer = 'ECI has not been asked';
  let reassured = 0;
  let wake = new AbortController();
  const watch = async (resolve: (loss: Loss) => void): Promise<void> => {
    let pause = FIRST_QUESTION;
    while (!over.aborted) {
      wake = new AbortController();
      await clock
        .sleep(hurried > 0 ? Math.min(pause, HURRIED_INTERVAL) : pause, AbortSignal.any([over, wake.signal]))
        .catch(() => undefined);
      if (over.aborted) return;
      pause = INTERVAL;
      hurried = Math.max(0, hurried - 1);
      // An API that does not answer says nothing about the group.
      try {
        const loss = await ask(over);
        if (loss) return resolve(loss);
        lastAnswer = 'ECI reports the group as running';
        reassured++;
      } catch (error) {
        const why = error instanceof EciError ? error.code : 'no answer';
        lastAnswer = `ECI could not be asked about the group (${why})`;
      }
    }
  };
  return {
    lastAnswer: () => lastAnswer,
    reassured: () => reassured,
    lost: new Promise<Loss>((resolve) => void watch(resolve)),
    hurry: () => {
      // The first call wakes the watch; further ones only keep it busy, so that a flapping connection does not become a flood of calls.
      if (hurried === 0) wake.abort();
      hurried = HURRIED_QUESTIONS;
    },
  };
}
