import { randomBytes } from 'node:crypto';
import type { Build } from './build.ts';
import { enterBuildDir, exports, notice } from './script-exports.ts';
import { shellWord } from './shell-quote.ts';

/** get_sources for `GIT_STRATEGY` none, clone and fetch: our own few git commands, with the runner's lines around them. */
export function getSources(build: Build): string[] {
  const { git_info, allow_git_fetch } = build.payload;
  const chosen = build.variables().value('GIT_STRATEGY');
  const folder = shellWord(build.buildDir);
  const skipped = notice('Skipping Git submodules setup');
  if (chosen === 'none') {
    return [
      ...exports(build),
      notice('Skipping Git repository setup'),
      `mkdir -p ${folder}`,
      notice('Skipping Git checkout'),
      skipped,
    ];
  }
  const fetches = chosen === 'fetch' || (chosen !== 'clone' && allow_git_fetch);
  const { depth, sha, ref, refspecs, repo_url } = git_info;
  const url = shellWord(repo_url);
  const words = ['git', '-c', 'http.userAgent=gitlab-runner', 'fetch', 'origin', '--no-recurse-submodules', '--prune'];
  const fetch = [...words, '--quiet', ...(depth > 0 ? ['--depth', String(depth)] : []), ...refspecs];
  return [
    ...exports(build),
    'export GIT_TERMINAL_PROMPT=0',
    ...(fetches ? [] : [`rm -r -f ${folder}`]),
    // The id of the runner's own request for the job.
    notice(`Gitaly correlation ID: ${randomBytes(16).toString('hex')}`),
    notice(depth > 0 ? `Fetching changes with git depth set to ${depth}...` : 'Fetching changes...'),
    `rm -f ${shellWord(`${build.buildDir}/.git/index.lock`)} ${shellWord(`${build.buildDir}/.git/shallow.lock`)}`,
    `git -c init.defaultBranch=none init ${folder}`,
    enterBuildDir(build),
    `if git remote add origin ${url} 2>/dev/null; then`,
    `  ${notice('Created fresh repository.')}`,
    'else',
    `  git remote set-url origin ${url}`,
    'fi',
    fetch.map(shellWord).join(' '),
    notice(`Checking out ${sha.slice(0, 8)} as detached HEAD (ref is ${ref})...`),
    `git checkout -f -q ${shellWord(sha)}`,
    'git clean -ffdx',
    skipped,
  ];
}

/** Runs before the second attempt of get_sources. It has no exports. */
export const clearWorktree = (build: Build): string[] => [
  `if [ -d ${shellWord(`${build.buildDir}/.git`)} ]; then`,
  `  ${enterBuildDir(build)}`,
  '  git rm -rf --ignore-unmatch .',
  '  git clean -ffdx',
  'fi',
];

export function cleanupFileVariables(build: Build): string[] {
  const files = [...build.variables()].filter(({ file }) => file).map(({ key }) => `${build.tempProjectDir}/${key}`);
  const leftovers = [
    `${build.tempProjectDir}/gitlab_runner_env`,
    ...files,
    `${build.buildDir}/.git/index.lock`,
    `${build.buildDir}/.git/config`,
  ];
  return [...exports(build, 'paths'), ...leftovers.map((file) => `rm -f ${shellWord(file)}`)];
}
