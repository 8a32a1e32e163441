import { execFileSync } from 'node:child_process';

/** Why the tests around this call cannot run here, if one of the programs is missing. */
export function missingPrograms(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT';
    }
  });
  return missing.length === 0 ? undefined : `needs ${missing.join(' and ')}`;
}
