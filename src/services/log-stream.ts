import type { Clock } from '../context.ts';
import { grey } from '../report/lines.ts';
import type { WholeLines } from '../report/whole-lines.ts';
import { timeLimit } from '../time-limit.ts';
import { LOG_START, type LogPosition, newLines } from './log-position.ts';

/** Milliseconds. Every question is a call for each service, of which an account has 500 a minute (ECI: DescribeContainerLog). */
const FIRST_QUESTION = 3000;
const INTERVAL = 10_000;
/** For the last question, when the script has ended. */
const PATIENCE = 5000;

interface LoggedService {
  readonly container: string;
  readonly label: string;
}

export type LogPositions = Readonly<Record<string, LogPosition>>;

interface LogStreamPorts {
  /** The tail of a container's log. May reject: then there is nothing new. */
  readonly ask: (container: string, signal: AbortSignal) => Promise<string>;
  readonly output: WholeLines;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** From the stage before, and for the next one. */
  readonly load: () => Promise<LogPositions>;
  readonly save: (positions: LogPositions) => Promise<void>;
}

/**
 * Shows the logs of services among the lines of a script while that runs, as the runner does with CI_DEBUG_SERVICES: as well as it can be done
 * with a log that has to be asked for.
 * @returns to be called when the script has ended: shows the rest, in a few seconds.
 */
export function streamServiceLogs(services: readonly LoggedService[], ports: LogStreamPorts): () => Promise<void> {
  const { output, clock, signal } = ports;
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  let positions: LogPositions | undefined;

  const lines = async (isLast: boolean, stop: AbortSignal): Promise<string> => {
    const known = (positions ??= await ports.load());
    const parts = await Promise.all(
      services.map(async ({ container, label }) => {
        const text = await ports.ask(container, stop).catch(() => undefined);
        if (text === undefined) return '';
        const { fresh, position } = newLines(wholeLinesOf(text, isLast), known[container] ?? LOG_START);
        positions = { ...positions, [container]: position };
        return fresh.map((line) => `${grey(`[service:${label}] ${line}`)}\n`).join('');
      }),
    );
    return parts.join('');
  };
  const follow = async (): Promise<void> => {
    for (let pause = FIRST_QUESTION; !until.aborted && !output.closed; pause = INTERVAL) {
      await clock.sleep(pause, until).catch(() => undefined);
      if (until.aborted) return;
      const text = await lines(false, until);
      // The script may have ended meanwhile, in the middle of a line that nothing ends any more.
      if (text !== '') await (until.aborted ? output.writeBelow(text) : output.writeBetween(text));
    }
  };
  const following = follow();
  return async () => {
    over.abort();
    await output.flush();
    await following;
    // A job that is cancelled waits for nothing.
    if (signal.aborted || output.closed) return;
    const limit = timeLimit(PATIENCE, clock, signal);
    const text = await lines(true, limit.signal).finally(limit.over);
    if (text !== '') await output.writeBelow(text);
    if (positions) await ports.save(positions);
  };
}

/** A last line without its end may be half a line: it is left for later, as long as there is a later. */
function wholeLinesOf(text: string, isLast: boolean): readonly string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' || !isLast ? lines.slice(0, -1) : lines;
}
