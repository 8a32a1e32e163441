import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { redact } from './redact.ts';
import { hiding } from './secret-free.ts';
import { errorFields } from './unforeseen.ts';

/** GitLab Runner's words for `log_level`, least important first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** In place of a file. */
export const JOURNALD = 'journald';

export interface DriverLogSettings {
  /** An absolute path, or {@link JOURNALD}. */
  readonly file: string;
  /** What is less important is not written. */
  readonly level: LogLevel;
}

export type Fields = Readonly<Record<string, unknown>>;

/** What stands on each entry, and what may not. */
interface LogBase {
  readonly fields: Fields;
  /** May stand on none: values that the job's author has masked, and secrets of the operator's. */
  readonly secrets: readonly string[];
  /** Values that may be secret: errors that nobody foresaw are told without them. */
  readonly suspects: readonly string[];
}

/** The driver's own log, for the operator: one entry per decision, as JSON on a line of its own. */
export interface DriverLog {
  /**
   * Best effort: a log that cannot be written never changes the outcome of a job. Secrets are taken out of whatever is written here.
   * @param fields what was thrown stands in `err` as it came.
   * @returns whether the entry was written.
   */
  write(level: LogLevel, message: string, fields?: Fields): Promise<boolean>;
}

/** @param base asked for once, and not before there is an entry to write. pino is not loaded earlier either. */
export function driverLog({ file, level }: DriverLogSettings, base: () => Promise<LogBase>): DriverLog {
  let opened: Promise<(level: LogLevel, message: string, fields: Fields) => Promise<void>> | undefined;
  return {
    write: async (of, message, fields = {}) => {
      if (LOG_LEVELS.indexOf(of) < LOG_LEVELS.indexOf(level)) return false;
      try {
        opened ??= open(file, base);
        await (
          await opened
        )(of, message, fields);
        return true;
      } catch {
        // The next entry may have more luck.
        opened = undefined;
        return false;
      }
    },
  };
}

async function open(file: string, base: () => Promise<LogBase>) {
  const { pino } = await import('./vendor.ts');
  const [sink, { fields: common, secrets, suspects }] = await Promise.all([openSink(file), base()]);
  const clean = cleaning(secrets, suspects);
  let line = '';
  const logger = pino(
    // Levels have been looked at before pino was loaded.
    {
      level: 'trace',
      base: clean(common),
      timestamp: pino.stdTimeFunctions.isoTime,
      // pino's own one would take the fields of an error for one that is an Object.
      serializers: { err: (told: unknown) => told },
    },
    { write: (text: string) => void (line = text) },
  );
  return (of: LogLevel, message: string, fields: Fields): Promise<void> => {
    logger[of](clean(fields), clean({ message }).message);
    return sink(of, line);
  };
}

/** @returns what makes fields such as may be written: before pino and JSON put their signs between the characters of a secret. */
function cleaning(secrets: readonly string[], suspects: readonly string[]) {
  const hide = hiding(secrets);
  // Every variable of the job, in every form: for the few entries that need it.
  let hideSuspects: ((text: string) => string) | undefined;
  const shown = (text: string): string => redact(hide(text));
  /** @param value what its `toJSON` has made of an object, which stands in `this` as it came. */
  function clean(this: Fields, key: string, value: unknown): unknown {
    const { [key]: given } = this;
    if (key === 'err' || given instanceof Error) {
      return errorFields(given, (hideSuspects ??= hiding([...secrets, ...suspects])));
    }
    if (typeof value === 'string') return shown(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [shown(name), each as unknown]));
  }
  return <T extends Fields>(fields: T): T => JSON.parse(JSON.stringify(fields, clean)) as T;
}

type Sink = (level: LogLevel, line: string) => Promise<void>;

async function openSink(file: string): Promise<Sink> {
  if (file === JOURNALD) {
    const { openJournal } = await import('./journal.ts');
    return (await openJournal()).send;
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await moveAside(file);
  return (_level, line) => appendFile(file, line, { mode: 0o600 });
}

/** Bytes after which the log is moved aside; one older file is kept. */
const LIMIT = 10 * 1024 * 1024;

async function moveAside(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  // Another process may have been quicker.
  if (size > LIMIT) await rename(file, `${file}.1`).catch(() => undefined);
}
