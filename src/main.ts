/** The process edge: arguments, environment, signals, streams, exit code. Nothing else of the driver touches `process`. */

import { write } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from './cli.ts';
import type { Clock, Context, Output } from './context.ts';
import { DriverError } from './driver-error.ts';
import { readContract } from './runner/contract.ts';

/** Milliseconds. */
const CALLER_WATCH_INTERVAL = 1000;
/** Milliseconds for the last bytes to find a reader. */
const EXIT_PATIENCE = 1000;

const { systemFailureExitCode, configCaller } = readContract(process.env);
// Node would end with 0, "success", when it has nothing left to wait for, and with 1, "the script failed", after an exception.
process.exitCode = systemFailureExitCode;
process.on('uncaughtException', fatal);
process.on('unhandledRejection', fatal);

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
 * signals and the watch.
 */
function output(fd: number): Output & { readonly written: () => Promise<void> } {
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
    written: () => last,
    get closed() {
      return closed;
    },
  };
}

const writeSome = (fd: number, bytes: Uint8Array): Promise<number> =>
  new Promise((resolve, reject) => write(fd, bytes, (error, written) => (error ? reject(error) : resolve(written))));

const stdout = output(1);
const stderr = output(2);

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort(new Error(signal)));

/** A runner that exits or is killed sends nothing to what it has started, and nobody calls cleanup then: the parent has to be watched. */
const callerPid = process.ppid;
/** It had ended before Node could look: init has taken us over, and config was called by somebody else. */
const cameTooLate = callerPid === 1 && configCaller !== undefined && configCaller !== 1;
const callerIsGone = (): boolean => cameTooLate || process.ppid !== callerPid;
const watch = setInterval(() => {
  if (!callerIsGone()) return;
  clearInterval(watch);
  stop.abort(new Error('GitLab Runner has ended'));
}, CALLER_WATCH_INTERVAL);
watch.unref();

const context: Context = {
  env: process.env,
  stdout,
  stderr,
  stdin: () => process.stdin,
  programFile: process.argv[1] ?? '',
  signal: stop.signal,
  clock,
  hostName: hostname(),
  callerPid,
  callerIsGone,
};

/** What no command caught, from a callback of a library for one. */
function fatal(thrown: unknown): void {
  const what = thrown instanceof DriverError ? thrown.message : thrown instanceof Error ? thrown.name : typeof thrown;
  void stderr.write(`gitlab-eci-executor failed through a bug (${what}).\n`);
  void exit(systemFailureExitCode);
}

/** `process.exit` waits for a write that is under way, for ever when nobody reads. To the runner, a killed driver is a system failure. */
async function exit(code: number): Promise<void> {
  const written = Promise.all([stdout.written(), stderr.written()]).then(() => true);
  if (await Promise.race([written, clock.sleep(EXIT_PATIENCE).then(() => false)])) process.exit(code);
  process.kill(process.pid, 'SIGKILL');
}

void runProgram(process.argv.slice(2), context).then(exit, fatal);
