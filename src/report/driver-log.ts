import { rename, stat } from 'node:fs/promises';

/** Bytes after which the log is moved aside; one older file is kept. */
const LIMIT = 10 * 1024 * 1024;

/**
 * Writes one entry to the driver's own log, for the operator: what the job's log must not show, stacks above all. Best effort: a log that
 * cannot be written never changes the outcome of a job. pino is loaded for the entry: most processes write none.
 */
export async function writeDriverLog(
  file: string,
  entry: { message: string; error: unknown; context: Readonly<Record<string, unknown>> },
): Promise<boolean> {
  try {
    await moveAside(file);
    const { pino } = await import('./vendor.ts');
    const destination = pino.destination({ dest: file, append: true, mode: 0o600, sync: true });
    const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
    log.error({ ...entry.context, err: entry.error }, entry.message);
    destination.end();
    return true;
  } catch {
    return false;
  }
}

async function moveAside(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LIMIT) await rename(file, `${file}.1`);
}
