import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { resetSocket } from '../../src/emulator/machines/agent/reset-socket.ts';
import { seededNumbers } from './seeded-numbers.ts';

/** A network between two programs that can go wrong on demand. */
export interface CuttingProxy {
  readonly host: string;
  readonly port: number;
  /** How many connections it has cut so far, by itself or when told to. */
  readonly cuts: number;
  /** How many connections are open now. */
  readonly connections: number;
  /** Resets all connections, on both sides. New ones are welcome. */
  cut(): void;
  /** Lets nothing through any more, in either direction, and leaves everybody connected. */
  stall(): void;
  /** The same for those that are connected now; new ones go through. */
  stallPresent(): void;
  /** The same in one direction: what the driver asks, or what it is answered. */
  stallPresentOneWay(which: Direction): void;
  /** Resets the other side of those that are connected now, and lets the driver believe that it is still connected. */
  halfClose(): void;
  resume(): void;
  close(): Promise<void>;
}

export type Direction = 'questions' | 'answers';

interface CuttingProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** Any address of 127.0.0.0/8. */
  readonly host?: string;
  readonly port?: number;
  readonly automatic?: AutomaticCuts;
}

/** Cuts of its own: each connection is cut after so many bytes, both directions counted. */
export interface AutomaticCuts {
  /** Equal seeds give equal numbers of bytes. */
  readonly seed: number;
  readonly minimumBytes: number;
  readonly maximumBytes: number;
  /** Afterwards connections are left alone. */
  readonly cuts: number;
}

export async function startCuttingProxy(options: CuttingProxyOptions): Promise<CuttingProxy> {
  const { target, host = '127.0.0.1', port = 0, automatic } = options;
  const links = new Set<Link>();
  const random = seededNumbers(automatic?.seed ?? 0);
  let [cuts, stalled, cutsLeft] = [0, false, automatic?.cuts ?? 0];
  const cutLink = (link: Link): void => {
    if (!links.delete(link)) return;
    cuts++;
    link.reset();
  };
  const budget = (): number => {
    if (!automatic) return Infinity;
    const { minimumBytes, maximumBytes } = automatic;
    return minimumBytes + Math.floor(random() * (maximumBytes - minimumBytes + 1));
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const remote = connect({ ...target, noDelay: true, allowHalfOpen: true });
    const link: Link = new Link(client, remote, budget(), {
      mayCut: () => cutsLeft-- > 0,
      cut: () => cutLink(link),
      closed: () => links.delete(link),
    });
    links.add(link);
    if (stalled) link.stall();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    host,
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return cuts;
    },
    get connections() {
      return links.size;
    },
    cut: () => [...links].forEach(cutLink),
    stall: () => {
      stalled = true;
      links.forEach((link) => link.stall());
    },
    stallPresent: () => links.forEach((link) => link.stall()),
    stallPresentOneWay: (which) => links.forEach((link) => link.stallOneWay(which)),
    halfClose: () => links.forEach((link) => link.halfClose()),
    resume: () => {
      stalled = false;
      links.forEach((link) => link.resume());
    },
    close: async () => {
      links.forEach((link) => link.reset());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface LinkEvents {
  /** The budget is used up. A yes is a promise to cut. */
  readonly mayCut: () => boolean;
  /** Now: the last byte of the budget has gone through. */
  readonly cut: () => void;
  readonly closed: () => void;
}

/** One connection through the proxy: a socket on either side. */
class Link {
  readonly #sockets: readonly [Socket, Socket];
  readonly #events: LinkEvents;
  #left: number;
  #stalled = new Set<Direction>();
  #cutting = false;
  #halfClosed = false;

  constructor(client: Socket, remote: Socket, budget: number, events: LinkEvents) {
    this.#sockets = [client, remote];
    this.#left = budget;
    this.#events = events;
    this.#forward(client, remote, 'questions');
    this.#forward(remote, client, 'answers');
  }

  stall(): void {
    this.stallOneWay('questions');
    this.stallOneWay('answers');
  }

  stallOneWay(which: Direction): void {
    this.#stalled.add(which);
    const [client, remote] = this.#sockets;
    (which === 'questions' ? client : remote).pause();
  }

  resume(): void {
    this.#stalled.clear();
    this.#sockets.forEach((socket) => socket.resume());
  }

  halfClose(): void {
    this.#halfClosed = true;
    this.stall();
    this.#sockets[1].resetAndDestroy();
  }

  reset(): void {
    this.#sockets.forEach(resetSocket);
  }

  #forward(from: Socket, to: Socket, which: Direction): void {
    from.on('data', (chunk: Buffer) => {
      if (this.#cutting) return;
      this.#cutting = chunk.byteLength >= this.#left && this.#events.mayCut();
      if (this.#cutting) {
        to.write(chunk.subarray(0, this.#left), () => this.#events.cut());
        return;
      }
      // A budget for which no cut is left is none.
      this.#left = chunk.byteLength >= this.#left ? Infinity : this.#left - chunk.byteLength;
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (!this.#stalled.has(which)) from.resume();
    });
    from.on('end', () => to.end());
    // One side's trouble is the other's.
    from.on('error', () => this.reset());
    from.on('close', () => {
      if (this.#halfClosed && which === 'answers') return;
      if (from.errored) resetSocket(to);
      this.#events.closed();
    });
  }
}
