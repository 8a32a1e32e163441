import { formatDuration } from './duration.ts';
import { Executor, type ExecutorParts } from './executor.ts';
import { buildErrorIn } from './failure.ts';
import { jobEnd } from './job-end.ts';
import type { StopContext } from './stop-context.ts';
import { settlesWithin } from './within.ts';

const ATTEMPTS = 3;

/**
 * Up to three attempts, each from the very beginning and with a cleanup behind it when it fails. A build failure ends them, a cancel too;
 * the text and the pause also follow the last one (runner: `Build.retryCreateExecutor`).
 * @returns the executor of the attempt that succeeded.
 */
export async function prepareAttempts(context: StopContext, parts: ExecutorParts): Promise<Executor> {
  const { build, log } = parts;
  const { preparationRetryIntervalMs } = build.settings;
  let failure: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const executor = new Executor(parts, attempt);
    try {
      await executor.prepare(context);
      return executor;
    } catch (error) {
      failure = error;
      await executor.cleanup();
      if (buildErrorIn(error)) break;
      if (!context.error) {
        log.errorln(`Preparation failed: ${(error as Error).message}`);
        log.infoln(`Will be retried in ${formatDuration(preparationRetryIntervalMs)} ...`);
        await settlesWithin(context.stopped, preparationRetryIntervalMs);
      }
      if (context.error) throw jobEnd(context.cause, build.timeoutMs).error;
    }
  }
  throw failure;
}
