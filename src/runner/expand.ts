import type { Environment } from '../context.ts';

/** What stands behind a `$`: `${name}`, an opening brace without an end, a special name of one character, or a name. */
const REFERENCE = /\$(?:\{([^}]*)\}|(\{)|([*#$@!?\-0-9])|([A-Za-z0-9_]+))/g;

/** Names that are no variable and stand for nothing. */
const SPECIAL = /^[*#@!?\-0-9]$/;

/** What a name in a text stands for; undefined is nothing. */
type Lookup = (name: string) => string | undefined;

/**
 * A text of the job with its variables filled in, as the runner does it (runner: `Variables.ExpandValue`, that is Go's `os.Expand`): `$NAME`
 * and `${NAME}`, `$$` for one `$`; a name that is not there is nothing, and so are `${}` and a brace without an end. One pass: what comes in
 * is not looked at again.
 */
export function expand(text: string, lookup: Lookup): string {
  return text.replaceAll(REFERENCE, (_, braced?: string, brace?: string, special?: string, plain?: string) => {
    if (brace !== undefined) return '';
    const name = braced ?? special ?? plain ?? '';
    if (name === '$') return '$';
    return SPECIAL.test(name) ? '' : (lookup(name) ?? '');
  });
}

/**
 * The same from what the runner passes to its drivers.
 * @param env the runner's: it passes each variable of the job, itself expanded, as `CUSTOM_ENV_<name>`. One of type file is its content there,
 * where Go has its path; `services/public-variables.ts` knows which are files.
 */
export const expandVariables = (text: string, env: Environment): string =>
  expand(text, (name) => env[`CUSTOM_ENV_${name}`]);
/** The names that {@link expandVariables} looks up in a text. */
export const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(REFERENCE)]
    .map(([, braced, brace, special, plain]) => (brace === undefined ? (braced ?? special ?? plain ?? '') : ''))
    .filter((name) => name !== '$');
