import leven from 'leven';
import type * as z from 'zod/mini';
import { ofKubernetes } from './kubernetes-names.ts';

/** One thing wrong in the settings file. */
export interface Problem {
  /** Where, in TOML's words: `vswitch[0].zone`. */
  readonly path: string;
  /** The value and what is allowed instead, or the nearest known key. */
  readonly text: string;
}

export const problemLine = (problem: Problem): string => `${problem.path || '(file)'}: ${problem.text}`;

type Issue = z.core.$ZodIssue;

/** Every issue of a failed parse as a problem. `known` are the keys that exist at an object's path. */
export function problemsOf(
  issues: readonly Issue[],
  value: unknown,
  known: (path: readonly PropertyKey[]) => string[],
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: pathText([...issue.path, key]),
        text: ofKubernetes([...issue.path, key]) ?? unknownKey(key, known(issue.path)),
      }));
    }
    // A record reports a bad key through the key schema's own issues.
    if (issue.code === 'invalid_key')
      return issue.issues.map((inner) => ({ path: pathText(issue.path), text: inner.message }));
    return [{ path: pathText(issue.path), text: describe(issue, at(value, issue.path)) }];
  });
}

function describe(issue: Issue, found: unknown): string {
  if (found === undefined) return issue.code === 'custom' ? issue.message : 'this setting is required';
  return `${quote(found, issue.path)} is not valid: ${allowed(issue)}`;
}

function allowed(issue: Issue): string {
  if (issue.code === 'invalid_value')
    return `allowed is ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
  if (issue.code === 'invalid_type') return `allowed is ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
  return issue.message;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a table',
  record: 'a table',
};

/** Settings that may hold secrets: contents of files, environments, arguments, whatever is sent as it stands. */
const SECRET_PATH =
  /^(?:services|init_containers)(?:\.(?:environment|entrypoint|command|args|env)\b|$)|^parameters\b|^volumes\.config_file(?:\.files\b|$)/;

/** Characters of a value that are shown: ids and names fit, and keys and tokens do not. */
const LONGEST_SHOWN = 24;
const BEGINNING = 10;

/** Values are shown as far as nobody keeps secrets there; tables and lists are not, and long texts only in part: a misplaced secret would be. */
function quote(value: unknown, path: readonly PropertyKey[]): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) return 'a table';
  const place = path.filter((key) => typeof key === 'string').join('.');
  if (SECRET_PATH.test(place.replace(/^profiles\.[^.]*\./, ''))) return `this ${typeof value}`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST_SHOWN + 2 ? `${text.slice(0, BEGINNING)}…` : text;
}

/** Characters. A name of ours is never so long, and comparing costs the product of both lengths. */
const LONGEST_COMPARED = 100;

/** Near enough to be a slip of the finger (a third of the word), or a name that was cut short. */
function unknownKey(key: string, known: readonly string[]): string {
  if (key.length > LONGEST_COMPARED) return 'there is no such setting';
  const [nearest] = known
    .map((name) => ({ name, distance: name.startsWith(key) ? 0 : leven(key, name) }))
    .sort((a, b) => a.distance - b.distance);
  return nearest && nearest.distance <= Math.max(2, key.length / 3)
    ? `there is no such setting; did you mean "${nearest.name}"?`
    : 'there is no such setting';
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
