import type { Build } from './build.ts';
import { shellWord } from './shell-quote.ts';

/**
 * What nearly every body begins with: all variables, file variables written to the folder beside the checkout and exported as paths, and
 * the lines that earlier stages left in the GITLAB_ENV file.
 * @param files cleanup only needs the paths, the other stages the contents.
 */
export function exports(build: Build, files: 'write' | 'paths' = 'write'): string[] {
  const folder = shellWord(build.tempProjectDir);
  const lines: string[] = [];
  for (const { key, value, file } of build.variables()) {
    if (!file) {
      lines.push(`export ${key}=${shellWord(value)}`);
      continue;
    }
    const path = shellWord(`${build.tempProjectDir}/${key}`);
    if (files === 'write') lines.push(`mkdir -p ${folder}`, `printf '%s' ${shellWord(value)} > ${path}`);
    lines.push(`export ${key}=${path}`);
  }
  const gitlabEnv = shellWord(`${build.tempProjectDir}/gitlab_runner_env`);
  return [
    ...lines,
    `export GITLAB_ENV=${gitlabEnv}`,
    `mkdir -p ${folder}`,
    `touch ${gitlabEnv}`,
    `while read -r line; do export "$line"; done < ${gitlabEnv}`,
  ];
}

export const enterBuildDir = (build: Build): string => `cd ${shellWord(build.buildDir)}`;

/** A line that the script prints in the runner's bold green. */
export const notice = (text: string): string => `echo ${shellWord(`\x1b[32;1m${text}\x1b[0;m`)}`;
