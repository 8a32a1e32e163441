import type { Environment } from '../context.ts';

/** What stands behind a `$`: `${name}`, an opening brace without an end, a special name of one character, or a name. */
const REFERENCE = /\$(?:\{([^}]*)\}|(\{)|([*#$@!?\-0-9])|([A-Za-z0-9_]+))/g;

/**
 * A text of the job with its variables filled in, as the runner does it for its own executors (runner: `Variables.ExpandValue`, that is Go's
 * `os.Expand`): `$NAME` and `${NAME}`, `$$` for one `$`; a name that is not there is nothing, and so are `${}` and a brace without an end.
 * @param env the runner's: it passes each variable of the job, itself expanded, as `CUSTOM_ENV_<name>`. One of type file is its content there,
 * where Go has its path: the runner tells nobody which path that is.
 */
export function expandVariables(text: string, env: Environment): string {
  return text.replaceAll(REFERENCE, (_, braced?: string, brace?: string, special?: string, plain?: string) => {
    if (brace !== undefined) return '';
    const name = braced ?? special ?? plain ?? '';
    return name === '$' ? '$' : (env[`CUSTOM_ENV_${name}`] ?? '');
  });
}
