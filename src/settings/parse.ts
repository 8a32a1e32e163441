import { parse as parseToml, TomlError } from 'smol-toml';
import * as z from 'zod/mini';
import { type Problem, problemsOf } from './problems.ts';
import { type Settings, SettingsSchema } from './schema.ts';

type Table = Record<string, unknown>;

/**
 * The settings file's text to checked settings, or to every problem in it.
 * @param profile a table below `[profiles]` that is laid over the file's own settings, tables merged key by key, lists replaced.
 */
export function parseSettings(
  text: string,
  profile?: string,
): { settings: Settings } | { problems: readonly Problem[] } {
  let file: Table;
  try {
    file = parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { problems: [{ path: `line ${error.line}, column ${error.column}`, text: firstLine(error.message) }] };
  }
  const { profiles, ...base } = file;
  if (profiles !== undefined && !isTable(profiles)) {
    return { problems: [{ path: 'profiles', text: 'profiles are tables: [profiles.NAME]' }] };
  }
  const problems: Problem[] = [];
  const settings = check(base, '', problems);
  // Every profile is checked, not only the one in use: the job that names it would otherwise be the first to find the mistake.
  const checked = Object.entries(profiles ?? {}).map(([name, overlay]) => {
    const merged = isTable(overlay) ? merge(base, overlay) : overlay;
    return [name, check(merged, `profiles.${name}`, problems)] as const;
  });
  if (profile !== undefined && !checked.some(([name]) => name === profile)) {
    const names = checked.map(([name]) => name).join(', ') || 'none';
    problems.push({ path: `profiles.${profile}`, text: `there is no such profile; the file has: ${names}` });
  }
  const chosen = profile === undefined ? settings : checked.find(([name]) => name === profile)?.[1];
  return chosen && problems.length === 0 ? { settings: chosen } : { problems };
}

/** What is wrong with settings that a job has changed: the rules of the file count for them, too. */
export function problemsAfterChange(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  check(settings, '', problems);
  return problems;
}

function check(value: unknown, prefix: string, problems: Problem[]): Settings | undefined {
  const result = SettingsSchema.safeParse(value);
  if (result.success) return result.data;
  for (const found of problemsOf(result.error.issues, value, knownKeys)) {
    // What the file has wrong already is not said again for each profile.
    if (prefix !== '' && problems.some((known) => known.path === found.path && known.text === found.text)) continue;
    problems.push(prefix === '' ? found : { ...found, path: found.path === '' ? prefix : `${prefix}.${found.path}` });
  }
  return undefined;
}

/** The keys of the schema's object at a path; lists are looked through. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: unknown = SettingsSchema;
  for (const key of path) {
    const object = unwrap(schema);
    schema =
      typeof key === 'number' ? object : object instanceof z.ZodMiniObject ? object.shape[String(key)] : undefined;
  }
  const object = unwrap(schema);
  const keys = object instanceof z.ZodMiniObject ? Object.keys(object.shape) : [];
  return path.length === 0 ? [...keys, 'profiles'] : keys;
}

/** Through defaults, options and lists to the schema that has the keys. */
function unwrap(schema: unknown): unknown {
  if (
    schema instanceof z.ZodMiniDefault ||
    schema instanceof z.ZodMiniPrefault ||
    schema instanceof z.ZodMiniOptional
  ) {
    return unwrap(schema.def.innerType);
  }
  return schema instanceof z.ZodMiniArray ? unwrap(schema.def.element) : schema;
}

function merge(below: Table, above: Table): Table {
  const merged: Table = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const under = below[key];
    merged[key] = isTable(value) && isTable(under) ? merge(under, value) : value;
  }
  return merged;
}

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** The first line says what; the rest is a drawing of the source line, which could hold a secret. */
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text;
