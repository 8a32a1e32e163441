import { write } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from './cli.ts';
import type { Clock, Context, Output } from './context.ts';
import { DriverError } from './driver-error.ts';

/** Milliseconds. */
const CALLER_WATCH_INTERVAL = 1000;

/** The process edge: arguments, environment, signals, streams, exit code. Nothing else of the driver touches `process`. */

/** Only what the runner can have sent: its own code for "system failure", else the one that it has had so far. */
const SYSTEM_FAILURE = Number(process.env.SYSTEM_FAILURE_EXIT_CODE ?? 2) || 2;

const clock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    try {
      await sleep(milliseconds, undefined, signal ? { signal } : {});
    } catch {
      signal?.throwIfAborted();
    }
  },
};

/**
 * Asynchronous writes, one in flight. `process.stdout` would write synchronously to a pipe: a reader that stalls would stop keepalives,
 * signals and the watch over the group.
 */
function output(fd: number): Output {
  let last: Promise<void> = Promise.resolve();
  let closed = false;
  const writeAll = async (bytes: Uint8Array): Promise<void> => {
    let offset = 0;
    while (offset < bytes.byteLength && !closed) {
      try {
        offset += await writeSome(fd, bytes.subarray(offset));
      } catch (error) {
        // A pipe that somebody made non-blocking is full: the reader needs time. Every other error means that nobody reads any more.
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') await clock.sleep(5);
        else closed = true;
      }
    }
  };
  return {
    write: (bytes) => (last = last.then(() => writeAll(typeof bytes === 'string' ? Buffer.from(bytes) : bytes))),
    get closed() {
      return closed;
    },
  };
}

const writeSome = (fd: number, bytes: Uint8Array): Promise<number> =>
  new Promise((resolve, reject) => write(fd, bytes, (error, written) => (error ? reject(error) : resolve(written))));

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort(new Error(signal)));

/** A runner that exits or is killed sends nothing to what it has started, and nobody calls cleanup then: the parent has to be watched. */
const callerPid = process.ppid;
const callerIsGone = (): boolean => process.ppid !== callerPid;
const watch = setInterval(() => {
  if (!callerIsGone()) return;
  clearInterval(watch);
  stop.abort(new Error('GitLab Runner has ended'));
}, CALLER_WATCH_INTERVAL);
watch.unref();
// EPIPE comes back as an error of the write.
process.on('SIGPIPE', () => undefined);

const context: Context = {
  env: process.env,
  stdout: output(1),
  stderr: output(2),
  signal: stop.signal,
  clock,
  hostName: hostname(),
  callerPid,
  callerIsGone,
};

/** What no command caught, from a callback of a library for one. Node would exit with 1, the runner's "the script failed". */
function fatal(thrown: unknown): void {
  const what = thrown instanceof DriverError ? thrown.message : thrown instanceof Error ? thrown.name : typeof thrown;
  void context.stderr
    .write(`gitlab-eci-executor failed through a bug (${what}).\n`)
    .then(() => process.exit(SYSTEM_FAILURE));
}
process.on('uncaughtException', fatal);
process.on('unhandledRejection', fatal);

void runProgram(process.argv.slice(2), context).then((code) => process.exit(code), fatal);
