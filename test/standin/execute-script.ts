import { executeStage, prepareStages, type StageParts } from './stages.ts';
import { userScripts } from './user-scripts.ts';
import type { StopContext } from './stop-context.ts';

/**
 * The whole run phase in the runner's order (runner: `Build.executeScript`). Results are saved after a failure too, and file variables
 * removed; a context that has ended makes every stage that is left fail before it starts.
 * @throws the job's failure: of the script if there is one, else of what saves its results.
 */
export async function executeScript(
  context: StopContext,
  prepareContext: StopContext,
  parts: StageParts,
  setCancel: (cancel: () => void) => void,
): Promise<void> {
  let failure = await prepareStages(context, prepareContext, parts);
  failure ??= await userScripts(context, parts, setCancel);

  const failed = failure !== undefined;
  const archive = failed ? 'archive_cache_on_failure' : 'archive_cache';
  const upload = failed ? 'upload_artifacts_on_failure' : 'upload_artifacts_on_success';
  for (const stage of [archive, upload]) {
    const error = await failureOfStage(context, stage, parts);
    failure ??= error;
  }
  // Its failure is a line in the runner's own log, nothing more.
  await failureOfStage(context, 'cleanup_file_variables', parts);
  if (failure) throw failure;
}

async function failureOfStage(context: StopContext, stage: string, parts: StageParts): Promise<Error | undefined> {
  try {
    await executeStage(context, stage, parts);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
