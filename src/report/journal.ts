import { connect } from 'node:net';
import { NAME } from '../version.ts';
import type { LogLevel } from './driver-log.ts';

/** Where systemd's journal takes streams of lines (systemd: `sd_journal_stream_fd(3)`). */
const SOCKET = '/run/systemd/journal/stdout';

/** Syslog's priorities. */
const PRIORITY: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

export interface Journal {
  readonly send: (level: LogLevel, line: string) => Promise<void>;
  readonly close: () => void;
}

/**
 * Opens a stream to the journal, as `systemd-cat` does: a header (identifier, unit, priority, whether lines carry a priority of their own,
 * three kinds of forwarding), then lines.
 * @throws the system's error when there is no journal.
 */
export async function openJournal(socketPath = SOCKET): Promise<Journal> {
  const socket = connect({ path: socketPath });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  // A journal that goes away later is told by the write.
  socket.on('error', () => undefined);
  // The log never keeps the process.
  socket.unref();
  const send = (text: string): Promise<void> =>
    new Promise((resolve, reject) => socket.write(text, (error) => (error ? reject(error) : resolve())));
  await send(`${NAME}\n\n${PRIORITY.info}\n1\n0\n0\n0\n`);
  return { send: (level, line) => send(`<${PRIORITY[level]}>${line}`), close: () => void socket.destroy() };
}
