import { appendFile, rename, stat } from 'node:fs/promises';

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

/** The driver's own log, for the operator: one entry per decision, as JSON on a line of its own. Never given a secret, a script or a job's variable. */
export interface DriverLog {
  /**
   * Best effort: a log that cannot be written never changes the outcome of a job.
   * @returns whether the entry was written.
   */
  write(level: LogLevel, message: string, fields?: Fields): Promise<boolean>;
}

/** @param base what stands on each entry; asked for once, and not before there is an entry to write. pino is not loaded earlier either. */
export function driverLog({ file, level }: DriverLogSettings, base: () => Promise<Fields>): DriverLog {
  let opened: Promise<(level: LogLevel, message: string, fields: Fields) => Promise<void>> | undefined;
  return {
    write: async (of, message, fields = {}) => {
      if (LOG_LEVELS.indexOf(of) < LOG_LEVELS.indexOf(level)) return false;
      try {
        opened ??= open(file, level, base);
        await (
          await opened
        )(of, message, fields);
        return true;
      } catch {
        return false;
      }
    },
  };
}

async function open(file: string, level: LogLevel, base: () => Promise<Fields>) {
  const { pino } = await import('./vendor.ts');
  const sink = await openSink(file);
  let line = '';
  const logger = pino(
    { level, base: await base(), timestamp: pino.stdTimeFunctions.isoTime },
    { write: (text: string) => void (line = text) },
  );
  return (of: LogLevel, message: string, fields: Fields): Promise<void> => {
    logger[of](fields, message);
    return sink(of, line);
  };
}

type Sink = (level: LogLevel, line: string) => Promise<void>;

async function openSink(file: string): Promise<Sink> {
  if (file === JOURNALD) {
    const { openJournal } = await import('./journal.ts');
    return (await openJournal()).send;
  }
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
  if (size > LIMIT) await rename(file, `${file}.1`);
}
