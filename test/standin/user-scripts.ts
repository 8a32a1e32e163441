import { parseDuration } from './duration.ts';
import { JobCanceled, ScriptTimeout } from './failure.ts';
import { jobEnd } from './job-end.ts';
import { executeStage, type StageParts } from './stages.ts';
import { Canceled, type StopContext } from './stop-context.ts';

const AFTER_SCRIPT_TIMEOUT_MS = 300_000;

/**
 * The user's steps and after_script. From here on a cancel stops only the steps (runner: `Build.executeUserScripts`).
 * @returns the job's failure.
 */
export async function userScripts(
  context: StopContext,
  parts: StageParts,
  setCancel: (cancel: () => void) => void,
): Promise<Error | undefined> {
  const { build, log } = parts;
  const scriptTimeout = stageTimeout(context, parts, 'RUNNER_SCRIPT_TIMEOUT');
  const afterScriptTimeout = stageTimeout(context, parts, 'RUNNER_AFTER_SCRIPT_TIMEOUT') ?? AFTER_SCRIPT_TIMEOUT_MS;
  const scriptContext = context.child(scriptTimeout === undefined ? undefined : { milliseconds: scriptTimeout });
  setCancel(() => scriptContext.cancel());

  let failure = await steps(scriptContext, parts);
  if (!context.error && scriptContext.error instanceof Canceled) {
    failure = new JobCanceled();
    log.warningln('script canceled externally (UI, API)');
  } else if (!context.timedOut && scriptContext.timedOut) {
    failure = new ScriptTimeout();
  }

  build.variables().overwrite('CI_JOB_STATUS', jobEnd(failure, build.timeoutMs).status);
  const afterContext = context.child({ milliseconds: afterScriptTimeout });
  try {
    await executeStage(afterContext, 'after_script', parts);
  } catch (error) {
    // The end of the job's own time is told elsewhere.
    if (!context.timedOut) {
      if (ignoresAfterScript(parts)) {
        log.warningln(`after_script failed, but job will continue unaffected: ${(error as Error).message}`);
      } else {
        failure ??= error as Error;
      }
    }
  } finally {
    afterContext.cancel();
    scriptContext.cancel();
  }
  return failure;
}

/** The first step that fails is the last one. */
async function steps(context: StopContext, parts: StageParts): Promise<Error | undefined> {
  for (const { name } of parts.build.payload.steps) {
    if (name === 'after_script') continue;
    try {
      await executeStage(context, `step_${name.toLowerCase()}`, parts);
    } catch (error) {
      return error as Error;
    }
  }
  return undefined;
}

/** A time that the job's author chose; one that makes no sense is ignored with a warning. */
function stageTimeout(context: StopContext, { build, log }: StageParts, variable: string): number | undefined {
  const text = build.variables().value(variable);
  if (text.trim() === '') return undefined;
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) {
    log.warningln(`Ignoring malformed ${variable} timeout: ${text}`);
  } else if (milliseconds < 0) {
    log.warningln(`Ignoring relative ${variable} timeout: ${text}`);
  } else if (milliseconds > context.remainingMilliseconds) {
    log.warningln(`${variable} timeout: ${text} is longer than job timeout. Setting to job timeout`);
  } else if (milliseconds > 0) {
    return milliseconds;
  }
  return undefined;
}

const ignoresAfterScript = ({ build }: StageParts): boolean =>
  !/^(false|f|0)$/i.test(build.variables().value('AFTER_SCRIPT_IGNORE_ERRORS'));
