/** What config's stdout may say. A key that is absent or null changes nothing. */
export interface ConfigOutput {
  readonly driver?: { readonly name?: string; readonly version?: string };
  readonly hostname?: string;
  readonly builds_dir?: string;
  readonly cache_dir?: string;
  readonly builds_dir_is_shared?: boolean;
  readonly job_env?: Readonly<Record<string, string>>;
  readonly shell?: string;
}

/**
 * Reads it as Go's decoder does: nothing at all or exactly one JSON value, key names in any letter case, unknown keys ignored, a wrong type
 * an error (runner: `executors/custom/api/config.go`).
 */
export function parseConfigOutput(stdout: Buffer): ConfigOutput {
  if (stdout.byteLength === 0) return {};
  try {
    const members = objectMembers(JSON.parse(stdout.toString('utf8')), 'the document');
    const driver = objectMembers(members.get('driver'), 'driver');
    const jobEnv = members.get('job_env');
    return withoutAbsent({
      driver: withoutAbsent({ name: typed(driver, 'name', 'string'), version: typed(driver, 'version', 'string') }),
      hostname: typed(members, 'hostname', 'string'),
      builds_dir: typed(members, 'builds_dir', 'string'),
      cache_dir: typed(members, 'cache_dir', 'string'),
      builds_dir_is_shared: typed(members, 'builds_dir_is_shared', 'boolean'),
      job_env: jobEnv === undefined || jobEnv === null ? undefined : stringMembers(jobEnv),
      shell: typed(members, 'shell', 'string'),
    });
  } catch (error) {
    throw new Error(`error while parsing JSON output: ${(error as Error).message}`, { cause: error });
  }
}

/** Members by lower-case name, the last of equal names counting; none for null. */
function objectMembers(value: unknown, what: string): ReadonlyMap<string, unknown> {
  if (value === undefined || value === null) return new Map();
  return new Map(Object.entries(asObject(value, what)).map(([key, member]) => [key.toLowerCase(), member]));
}

function asObject(value: unknown, what: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not an object`);
  return value;
}

interface TypeOf {
  string: string;
  boolean: boolean;
}

function typed<T extends keyof TypeOf>(
  members: ReadonlyMap<string, unknown>,
  key: string,
  type: T,
): TypeOf[T] | undefined {
  const value = members.get(key);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== type) throw new Error(`${key} is not a ${type}`);
  return value as TypeOf[T];
}

/** A null within the map is an empty string to Go. */
function stringMembers(value: unknown): Record<string, string> {
  const entries: [string, unknown][] = Object.entries(asObject(value, 'job_env'));
  return Object.fromEntries(
    entries.map(([key, member]) => {
      if (member !== null && typeof member !== 'string') throw new Error(`job_env.${key} is not a string`);
      return [key, member ?? ''];
    }),
  );
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutAbsent<T extends object>(members: T): Present<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
}
