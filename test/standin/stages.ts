import { setTimeout as sleep } from 'node:timers/promises';
import type { Build } from './build.ts';
import { formatDuration } from './duration.ts';
import type { Executor } from './executor.ts';
import { StageLimitExceeded } from './failure.ts';
import type { JobLog } from './job-log.ts';
import { stageTitle } from './stage-titles.ts';
import type { StopContext } from './stop-context.ts';

/** What the stages of one job have in common. */
export interface StageParts {
  readonly build: Build;
  readonly executor: Executor;
  readonly log: JobLog;
  /** A stage's script; empty when the job gives it nothing to do. */
  readonly script: (stage: string) => string;
}

/** Runs one stage of the run phase; without anything to do the driver is not called. */
export async function executeStage(context: StopContext, stage: string, parts: StageParts): Promise<void> {
  if (context.error) throw context.error;
  const { executor, log } = parts;
  try {
    const script = parts.script(stage);
    if (script === '') return;
    await log.section(stage, async () => {
      log.title(stageTitle(stage));
      await executor.run(context, stage, script);
    });
  } finally {
    if (context.timedOut) {
      log.warningln(
        `${stage} could not run to completion because the timeout was exceeded. For more control over job and script timeouts see: ` +
          'https://docs.gitlab.com/ci/runners/configure_runners/#set-script-and-after_script-timeouts',
      );
    }
  }
}

/**
 * prepare_script and the stages that fetch what the job needs. The first one's failure ends the job at once, the others' lets the stages
 * that save results follow (runner: `Build.executePrepareScripts`).
 * @returns the failure after which the job goes on without its user's script.
 */
export async function prepareStages(
  context: StopContext,
  prepareContext: StopContext,
  parts: StageParts,
): Promise<Error | undefined> {
  try {
    await executeStage(prepareContext, 'prepare_script', parts);
  } catch (error) {
    if (prepareContext.cause instanceof StageLimitExceeded) throw prepareContext.cause;
    const hint = 'Check https://docs.gitlab.com/runner/shells/#shell-profile-loading for more information';
    throw new Error(`prepare environment: ${(error as Error).message}. ${hint}`, { cause: error });
  }
  try {
    await getSources(context, parts);
    await withAttempts(parts, 'RESTORE_CACHE_ATTEMPTS', () => executeStage(context, 'restore_cache', parts));
    await withAttempts(parts, 'ARTIFACT_DOWNLOAD_ATTEMPTS', () => executeStage(context, 'download_artifacts', parts));
    return undefined;
  } catch (error) {
    if (error instanceof StageLimitExceeded) throw error;
    return error as Error;
  }
}

async function getSources(context: StopContext, parts: StageParts): Promise<void> {
  const { settings, timeoutMs } = parts.build;
  const milliseconds = Math.min(settings.getSourcesTimeoutMs ?? timeoutMs, timeoutMs);
  const cause = new StageLimitExceeded('get sources', formatDuration(milliseconds));
  const limited = context.child({ milliseconds, cause });
  try {
    await withAttempts(parts, 'GET_SOURCES_ATTEMPTS', async (attempt) => {
      // Once only: what a broken checkout left is out of the way then.
      if (attempt === 2) await executeStage(limited, 'clear_worktree', parts);
      await executeStage(limited, 'get_sources', parts);
    });
  } catch (error) {
    throw limited.cause === cause ? cause : error;
  } finally {
    limited.cancel();
  }
}

/** Repeats after any failure, build failures included, and sits out its pauses even when the job has been stopped. */
async function withAttempts(
  { build, log }: StageParts,
  variable: string,
  run: (attempt: number) => Promise<void>,
): Promise<void> {
  const attempts = build.attempts(variable);
  let pause = build.settings.stageRetryPauseMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(attempt);
    } catch (error) {
      if (attempt >= attempts) throw error;
      log.warningln('Retrying...');
      await sleep(pause);
      pause *= 2;
    }
  }
}
