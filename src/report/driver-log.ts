import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

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

/** What stands on each entry, and what may stand on none: values that the job's author has masked. */
export interface LogBase {
  readonly fields: Fields;
  readonly secrets: readonly string[];
}

/** The driver's own log, for the operator: one entry per decision, as JSON on a line of its own. */
export interface DriverLog {
  /**
   * Best effort: a log that cannot be written never changes the outcome of a job.
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
  const [sink, { fields: common, secrets }] = await Promise.all([openSink(file), base()]);
  let line = '';
  const logger = pino(
    // Levels have been looked at before pino was loaded.
    { level: 'trace', base: common, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (text: string) => void (line = text) },
  );
  return (of: LogLevel, message: string, fields: Fields): Promise<void> => {
    logger[of](fields, message);
    return sink(of, masked(line, secrets));
  };
}

/** GitLab Runner's own mask, as it stands in a job's log. Secrets are looked for as JSON writes them. */
const masked = (line: string, secrets: readonly string[]): string =>
  secrets.reduce((text, secret) => text.replaceAll(JSON.stringify(secret).slice(1, -1), '[MASKED]'), line);

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
