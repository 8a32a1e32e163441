import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { LineCondition } from '../../machine.ts';
import { resetSocket } from './reset-socket.ts';

/** What lies between the agents of one group and their clients. Its delays are of real time, as the clients' patience is. */
export class Network {
  private condition: LineCondition = { mode: 'normal', seconds: 0 };
  private readonly lines = new Set<Line>();
  private readonly waiting = new Set<() => void>();

  /** From now on, for the connections that exist and for those that come. */
  set(condition: LineCondition): void {
    const { mode } = condition;
    const isOnce = mode === 'reset' || mode === 'half-open';
    this.condition = isOnce ? { mode: 'normal', seconds: 0 } : condition;
    for (const line of this.lines) {
      if (mode === 'drop') line.destroy();
      if (mode === 'reset') line.reset();
      if (mode === 'half-open') line.forget();
    }
    for (const wake of this.waiting) wake();
  }

  /** @returns the agent's end of a connection; undefined when it is dropped. */
  connect(socket: Socket): Duplex | undefined {
    if (this.condition.mode === 'drop') {
      socket.destroy();
      return undefined;
    }
    const line = new Line(socket, this);
    this.lines.add(line);
    line.once('close', () => this.lines.delete(line));
    return line;
  }

  get isClear(): boolean {
    return this.condition.mode === 'normal';
  }

  /** Resolves when bytes that were sent at that time (of `performance.now`) may arrive. */
  async transit(sentAt: number): Promise<void> {
    for (;;) {
      const { mode, seconds } = this.condition;
      if (mode === 'normal' || mode === 'drop') return;
      const left = mode === 'stall' ? undefined : sentAt + seconds * 1000 - performance.now();
      if (left !== undefined && left <= 0) return;
      await this.changed(left);
    }
  }

  /** Resolves when the condition has changed, or after so many milliseconds. */
  private changed(limit: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = limit === undefined ? undefined : setTimeout(wake, limit);
      this.waiting.add(wake);
    });
  }
}

/** A connection as the agent sees it: bytes, ends and closes come and go in their order, as the network lets them pass. */
class Line extends Duplex {
  private readonly socket: Socket;
  private readonly inward: OneWay;
  private readonly outward: OneWay;

  constructor(socket: Socket, network: Network) {
    super({ allowHalfOpen: false });
    this.socket = socket;
    this.inward = new OneWay(network);
    this.outward = new OneWay(network);
    socket.on('data', (chunk: Buffer) =>
      this.inward.pass(() => {
        if (!this.push(chunk)) socket.pause();
      }),
    );
    socket.once('end', () => this.inward.pass(() => this.push(null)));
    socket.once('close', () => this.inward.pass(() => this.destroy()));
    socket.on('error', () => undefined);
  }

  /** For both ends; what is still under way is lost. */
  reset(): void {
    resetSocket(this.socket);
    this.destroy();
  }

  /** Neither end hears anything of the other any more. */
  forget(): void {
    this.inward.forget();
    this.outward.forget();
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.outward.pass(() => this.socket.write(chunk, done));
  }

  override _final(done: () => void): void {
    this.outward.pass(() => this.socket.end(done));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }
}

/** One direction of a connection. */
class OneWay {
  private readonly network: Network;
  private last: Promise<void> | undefined;
  private forgotten = false;

  constructor(network: Network) {
    this.network = network;
  }

  /** From now on nothing arrives. */
  forget(): void {
    this.forgotten = true;
  }

  /** In order, and without any detour while nothing is wrong. */
  pass(arrive: () => void): void {
    if (this.forgotten) return;
    if (this.last === undefined && this.network.isClear) return arrive();
    const sentAt = performance.now();
    const passing = (this.last ?? Promise.resolve())
      .then(() => this.network.transit(sentAt))
      .then(() => {
        if (this.last === passing) this.last = undefined;
        if (!this.forgotten) arrive();
      });
    this.last = passing;
  }
}
