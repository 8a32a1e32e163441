import { KILL_AFTER } from '../agent-protocol.ts';
import type { Clock, Output } from '../context.ts';
import {
  type AgentSession,
  type ChannelEnd,
  type ChannelSink,
  ConnectionFailed,
  ForeignHostKey,
} from '../ssh/agent-session.ts';
import { awakeTime } from './awake-time.ts';
import { type AskForLoss, type LossWatch, watchLoss } from './loss-watch.ts';
import type { ScriptEnd } from './script-end.ts';
import { SHELLS } from './shells.ts';
import { terminate } from './terminate.ts';

/** One script and how its container is to run it. */
interface Script {
  /** Unique per call: GitLab Runner repeats stages. */
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly umask?: string;
  readonly pathPrefix?: string;
}

/** The outside of one script run. */
interface ScriptPorts {
  readonly connect: (signal: AbortSignal) => Promise<AgentSession>;
  readonly output: Output;
  readonly clock: Clock;
  /** The runner's wish to stop. */
  readonly signal: AbortSignal;
  /** Asks the cloud whether the group can still run scripts. May reject: then nothing is known. */
  readonly askForLoss: AskForLoss;
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** How long a connection may stay lost, in milliseconds. */
  readonly reconnectTimeout: number;
}

/** Milliseconds. */
const CANCEL_GRACE = KILL_AFTER * 1000 + 5000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/**
 * Runs a script in a container and streams its output, through lost connections, to its end: the exit status was read **and** every byte
 * of the log was written. Prints nothing of its own.
 */
export async function runScript(script: Script, ports: ScriptPorts): Promise<ScriptEnd> {
  // Aborted when nothing more is to be read: the group is lost, or a cancelled script had its time.
  const over = new AbortController();
  const stop = new AbortController();
  const watch = watchLoss(ports.askForLoss, ports, over.signal);
  const follower = new Follower(script, ports, watch, awakeTime(ports.clock, over.signal));
  const cancel = (): void => stop.abort();
  ports.signal.addEventListener('abort', cancel, { once: true });
  if (ports.signal.aborted) cancel();
  try {
    const end = await Promise.race([
      follower.follow(over.signal, cancel),
      watch.lost,
      cancelled(follower, stop.signal, over.signal, ports.clock),
    ]);
    // What a script says after our TERM is not its own result: GitLab's scripts exit 1 on it.
    return stop.signal.aborted && end.kind !== 'group-lost' ? { kind: 'cancelled' } : end;
  } finally {
    over.abort();
    ports.signal.removeEventListener('abort', cancel);
    follower.close();
  }
}

/** TERM to the script's process group, a while for it to end, then the end of our patience. */
async function cancelled(follower: Follower, stop: AbortSignal, over: AbortSignal, clock: Clock): Promise<ScriptEnd> {
  if (!stop.aborted)
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  const patience = new AbortController();
  const until = AbortSignal.any([over, patience.signal]);
  const inTime = (work: Promise<unknown>): Promise<unknown> =>
    Promise.race([work, clock.sleep(CANCEL_GRACE, over).catch(() => undefined)]);
  await inTime(follower.terminate(until));
  patience.abort();
  await inTime(follower.ended);
  return { kind: 'cancelled' };
}

/** Follows one script over as many connections as it takes. */
class Follower {
  private readonly script: Script;
  private readonly ports: ScriptPorts;
  private readonly watch: LossWatch;
  private session: AgentSession | undefined;
  private offset = 0;
  private started = false;
  /** Milliseconds of this process's own time. */
  private readonly awake: () => number;
  private lastReached = 0;
  /** When something else first answered, in milliseconds since the epoch. */
  private foreignSince: number | undefined;
  private markEnded: () => void = () => undefined;
  /** Resolves when the script's end was read. */
  readonly ended = new Promise<void>((resolve) => (this.markEnded = resolve));

  constructor(script: Script, ports: ScriptPorts, watch: LossWatch, awake: () => number) {
    this.script = script;
    this.ports = ports;
    this.watch = watch;
    this.awake = awake;
  }

  /** @param readerGone called when nobody takes the output any more. */
  async follow(over: AbortSignal, readerGone: () => void): Promise<ScriptEnd> {
    let pause = FIRST_PAUSE;
    let reason = 'the connection was closed';
    while (true) {
      const before = this.offset;
      try {
        this.session = await this.connect(over);
        const end = this.judge(await this.receive(this.session, readerGone));
        if (end) {
          this.markEnded();
          // Why the platform stopped the container is the cloud's to say; the watch ends the run as soon as it knows.
          if (end.kind === 'interrupted') await this.waitForReason(over);
          return end;
        }
      } catch (error) {
        over.throwIfAborted();
        if (!(error instanceof ConnectionFailed)) throw error;
        reason = error.message;
        if (error instanceof ForeignHostKey && this.isForeign())
          return { kind: 'lost', sentence: this.lostSentence(reason) };
      }
      this.session?.close();
      this.session = undefined;
      this.watch.hurry();
      if (this.silence() > this.ports.reconnectTimeout) return { kind: 'lost', sentence: this.lostSentence(reason) };
      pause = this.offset > before ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, pause * 2);
      await this.ports.clock.sleep(pause, over);
    }
  }

  terminate(until: AbortSignal): Promise<void> {
    return terminate(this.script.id, this.session, this.ports.connect, this.ports.clock, until);
  }

  close(): void {
    this.session?.close();
  }

  /** A connection that takes its time is a reason to ask the cloud beside it. */
  private async connect(over: AbortSignal): Promise<AgentSession> {
    const connected = new AbortController();
    void this.ports.clock
      .sleep(SLOW_CONNECT, AbortSignal.any([over, connected.signal]))
      .then(this.watch.hurry, () => undefined);
    try {
      return await this.ports.connect(over);
    } finally {
      connected.abort();
    }
  }

  private async receive(session: AgentSession, readerGone: () => void): Promise<ChannelEnd> {
    const { output } = this.ports;
    let reached = false;
    const sink = {
      bytes: async (chunk: Uint8Array): Promise<void> => {
        await output.write(chunk);
        this.offset += chunk.byteLength;
        if (output.closed) readerGone();
      },
      started: (): void => {
        this.started = true;
        reached = true;
      },
    };
    try {
      return await this.open(session, sink);
    } finally {
      // A script that is silent for an hour is no lost connection: what counts is the time since one last reached it.
      if (reached) this.lastReached = this.awake();
    }
  }

  private open(session: AgentSession, sink: ChannelSink): Promise<ChannelEnd> {
    if (this.started) return session.follow(this.script.id, this.offset, sink);
    const { id, umask, pathPrefix, bytes } = this.script;
    const request = {
      id,
      offset: 0,
      shells: SHELLS,
      killAfter: KILL_AFTER,
      ...(umask ? { umask } : {}),
      ...(pathPrefix ? { pathPrefix } : {}),
    };
    return session.run(request, bytes, sink);
  }

  /** @returns undefined when there is more to read, over another connection. */
  private judge(end: ChannelEnd): ScriptEnd | undefined {
    switch (end.kind) {
      case 'exited':
        return this.offset === end.size ? { kind: 'exited', code: end.code } : undefined;
      case 'signalled':
        return this.offset === end.size ? { kind: 'signalled', signal: end.signal, oom: end.oom } : undefined;
      case 'interrupted':
        return { kind: 'interrupted' };
      case 'cut':
        return undefined;
      case 'refused':
        return this.refused(end.error, end.message);
    }
  }

  private refused(error: string, message: string): ScriptEnd | undefined {
    switch (error) {
      case 'incomplete-script':
        return undefined;
      case 'cancelled':
        return { kind: 'cancelled' };
      case 'stopping':
        return { kind: 'interrupted' };
      case 'no-shell':
        return {
          kind: 'no-shell',
          sentence: `The image has no shell: ${message}.`,
        };
      default:
        return { kind: 'refused', sentence: refusal(error, message) };
    }
  }

  /** The address of a group that is gone may have a new owner: only the cloud can say that this one is still there. */
  private isForeign(): boolean {
    this.foreignSince ??= this.ports.clock.now();
    return this.watch.reassuredAt() >= this.foreignSince;
  }

  private waitForReason(over: AbortSignal): Promise<void> {
    this.watch.hurry();
    return this.ports.clock.sleep(REASON_TIMEOUT, over);
  }

  private silence(): number {
    return this.awake() - this.lastReached;
  }

  private lostSentence(reason: string): string {
    const seconds = Math.round(this.silence() / 1000);
    return `The connection to the container was lost at byte ${this.offset} of the log and could not be restored for ${seconds} s (${reason}); ${this.watch.lastAnswer()}. Check the network between the manager and the group; a retry gets a new machine.`;
  }
}

/** The agent needs room for the script and for what it writes. All containers of a group share one disk. */
const refusal = (error: string, message: string): string =>
  /no space left on device/i.test(message)
    ? `The disk of the container group is full, so the script was ended or not even started (${message}). Let the job write less, to files and to its log, or give it a larger disk with eci-extra-ephemeral-storage.`
    : `The agent in the container refused the script (${error}): ${message}.`;

/** Milliseconds that the cloud may take to tell why a container went away. */
const REASON_TIMEOUT = 30_000;
const SLOW_CONNECT = 2000;
