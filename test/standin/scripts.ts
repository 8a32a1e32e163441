import type { Build } from './build.ts';
import { cleanupFileVariables, clearWorktree, getSources } from './git-scripts.ts';
import type { JobPayload, SaveWhen } from './payload.ts';
import { enterBuildDir, exports, notice } from './script-exports.ts';
import { shellWord, wrapBody } from './shell-quote.ts';

/**
 * @param bodies in place of the generated ones, by stage.
 * @returns the script of a stage; empty when the job has nothing for it, and the runner then skips the stage.
 */
export function stageScript(
  build: Build,
  shell: string,
  stage: string,
  bodies: Readonly<Record<string, string>> = {},
): string {
  const given = bodies[stage];
  if (given !== undefined) return given === '' ? '' : wrapBody(given, shell);
  const lines = body(build, stage);
  return lines.length === 0 ? '' : wrapBody(`${lines.join('\n')}\n`, shell);
}

function body(build: Build, stage: string): string[] {
  const { payload } = build;
  const inBuildDir = (lines: string[]): string[] =>
    lines.length === 0 ? [] : [...exports(build), enterBuildDir(build), ...lines];
  switch (stage) {
    case 'prepare_script':
      return prepareScript(build);
    case 'get_sources':
      return getSources(build);
    case 'clear_worktree':
      return clearWorktree(build);
    case 'restore_cache':
      return inBuildDir(payload.cache.map(({ key }) => notice(`Checking cache for ${key}...`)));
    case 'download_artifacts':
      return inBuildDir(downloads(payload));
    case 'after_script':
      return inBuildDir(afterScript(payload));
    case 'archive_cache':
    case 'archive_cache_on_failure':
      return inBuildDir(archives(payload, stage === 'archive_cache' ? 'on_success' : 'on_failure'));
    case 'upload_artifacts_on_success':
    case 'upload_artifacts_on_failure':
      return inBuildDir(uploads(payload, stage === 'upload_artifacts_on_success' ? 'on_success' : 'on_failure'));
    case 'cleanup_file_variables':
      return cleanupFileVariables(build);
    default:
      return inBuildDir(userStep(payload, stage));
  }
}

/** The only body that knows what config called the host. */
function prepareScript({ hostname, tempProjectDir }: Build): string[] {
  const via = hostname === '' ? '' : ` via ${hostname}`;
  const leftover = shellWord(`${tempProjectDir}/gitlab_runner_env`);
  return [`echo "Running on $(hostname)"${shellWord(`${via}...`)}`, `rm -f ${leftover}`];
}

function userStep({ steps }: JobPayload, stage: string): string[] {
  const step = steps.find(({ name }) => `step_${name.toLowerCase()}` === stage);
  return (step?.script ?? []).flatMap(echoed);
}

function afterScript({ steps }: JobPayload): string[] {
  const lines = steps.find(({ name }) => name === 'after_script')?.script ?? [];
  return lines.length === 0 ? [] : [notice('Running after script...'), ...lines.flatMap(echoed)];
}

/** A command behind its own text in green; of several lines only the first is shown. */
function echoed(line: string): string[] {
  const command = line.trim();
  if (command === '') return ['echo'];
  const [first = '', ...more] = command.split('\n');
  return [notice(more.length === 0 ? `$ ${first}` : `$ ${first} # collapsed multi-line command`), command];
}

const downloads = ({ dependencies }: JobPayload): string[] =>
  dependencies
    .filter(({ artifacts_file }) => artifacts_file.filename !== '')
    .map(({ id, name }) => notice(`Downloading artifacts for ${name} (${id})...`));

const archives = ({ cache }: JobPayload, when: SaveWhen): string[] =>
  cache
    .filter((each) => matches(each.when, when) && each.policy !== 'pull')
    .map(({ key }) => notice(`Creating cache ${key}...`));

const uploads = ({ artifacts }: JobPayload, when: SaveWhen): string[] =>
  artifacts.filter((each) => matches(each.when, when)).map(() => notice('Uploading artifacts...'));

const matches = (wanted: SaveWhen, when: SaveWhen): boolean =>
  wanted === 'always' || (wanted === '' ? 'on_success' : wanted) === when;
