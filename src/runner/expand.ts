import type { Environment } from '../context.ts';

/** What stands behind a `$`: `${name}`, an opening brace without an end, a special name of one character, or a name. */
const REFERENCE = /\$(?:\{([^}]*)\}|(\{)|([*#$@!?\-0-9])|([A-Za-z0-9_]+))/g;

/**
 * A text of the job with its variables filled in, as the runner does it for its own executors (runner: `Variables.ExpandValue`, that is Go's
 * `os.Expand`): `$NAME` and `${NAME}`, `$$` for one `$`; a name that is not there is nothing, and so are `${}` and a brace without an end.
 * @param env the runner's: it passes each variable of the job, itself expanded, as `CUSTOM_ENV_<name>`; one of type file is its path.
 */
export function expandVariables(text: string, env: Environment): string {
  return text.replaceAll(REFERENCE, (_, braced?: string, brace?: string, special?: string, plain?: string) => {
    if (brace !== undefined) return '';
    const name = braced ?? special ?? plain ?? '';
    return name === '$' ? '$' : (env[`CUSTOM_ENV_${name}`] ?? '');
  });
}

/** The names that {@link expandVariables} looks up in a text. */
export const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(REFERENCE)]
    .map(([, braced, brace, special, plain]) => (brace === undefined ? (braced ?? special ?? plain ?? '') : ''))
    .filter((name) => name !== '$');
