import { type ChildProcess, type SendHandle, spawn } from 'node:child_process';
import { connect, Socket } from 'node:net';
import type { ListenAddress } from '../../listen.ts';
import { HOLDER } from './holder.ts';
import type { Isolation, JoinedNamespaces } from './launch.ts';

/** Real milliseconds; it takes a tenth of a second. */
const LONGEST_START = 20_000;
const LONGEST_END = 2000;

interface NamespaceOptions {
  readonly isolation: Isolation;
  /** A network of the group's own; otherwise its network is the machine's. */
  readonly ownNetwork: boolean;
  /** Addresses of the machine that programs in the group's own network reach under the same address. */
  readonly reachable: readonly ListenAddress[];
  /** Folders that are in memory for this group, outer ones first; their size in bytes, half of the machine's memory if not given. */
  readonly inMemory: readonly { readonly folder: string; readonly mode: number; readonly size?: number }[];
}

type Message =
  | { readonly pid: number }
  | { readonly failure: string }
  | { readonly accepted: number }
  | { readonly connected: number };

/** Namespaces that the containers of one group join, and the ways in and out of them. A process holds them until they are closed. */
export class GroupNamespaces implements JoinedNamespaces {
  readonly ownNetwork: boolean;
  private readonly child: ChildProcess;
  private readonly reachable: readonly ListenAddress[];
  private readonly gone: Promise<void>;
  private readonly outward = new Set<Socket>();
  private readonly asked = new Map<number, (socket: Socket | undefined) => void>();
  private lastAsked = 0;
  private holder = 0;
  private markReady: (failure?: string) => void = () => undefined;

  private constructor(options: NamespaceOptions) {
    this.ownNetwork = options.ownNetwork;
    this.reachable = options.ownNetwork ? options.reachable : [];
    this.child = spawn(
      'bwrap',
      [...bubblewrap(options), process.execPath, '-e', HOLDER, JSON.stringify(this.reachable)],
      {
        // In a session of its own, as the containers.
        detached: true,
        env: { PATH: process.env.PATH },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    this.gone = new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.on('error', () => resolve());
    });
    void this.gone.then(() => this.forget());
    this.child.on('message', (message, handle) => this.hear(message as Message, handle));
  }

  /** @throws Error with a sentence when they cannot be had. */
  static async open(options: NamespaceOptions): Promise<GroupNamespaces> {
    const namespaces = new GroupNamespaces(options);
    try {
      await namespaces.ready();
      return namespaces;
    } catch (error) {
      await namespaces.close();
      throw error;
    }
  }

  get pid(): number {
    return this.holder;
  }

  /** Where this process sees what the containers have at a path. */
  seen(path: string): string {
    return `${this.root}${path}`;
  }

  real(path: string): string {
    return path.startsWith(`${this.root}/`) ? path.slice(this.root.length) : path;
  }

  /** A connection to a program in the group's network. @throws Error when nothing listens there. */
  async connect(host: string, port: number): Promise<Socket> {
    const id = ++this.lastAsked;
    const socket = await new Promise<Socket | undefined>((resolve) => {
      this.asked.set(id, resolve);
      if (!this.child.connected) resolve(undefined);
      else this.child.send({ connect: id, host, port }, (error) => error && resolve(undefined));
    });
    this.asked.delete(id);
    if (!socket) throw new Error(`nothing listens on ${host}:${port} of the group`);
    return socket.setNoDelay(true);
  }

  /** Resolves when nothing holds them any more; containers that still run keep theirs. */
  async close(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    const late = setTimeout(() => this.child.kill('SIGKILL'), LONGEST_END);
    await this.gone;
    clearTimeout(late);
  }

  private get root(): string {
    return `/proc/${this.holder}/root`;
  }

  private async ready(): Promise<void> {
    let complaint = '';
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-1000)));
    const late = setTimeout(() => this.markReady('it takes too long'), LONGEST_START);
    const failure = await new Promise<string | undefined>((resolve) => {
      this.markReady = resolve;
      this.child.once('error', ({ message }) => resolve(message));
      this.child.once('close', () => resolve(complaint.trim() || 'it ends at once'));
    });
    clearTimeout(late);
    if (failure !== undefined) throw new Error(`the group cannot have namespaces of its own: ${failure}`);
  }

  private hear(message: Message, handle: SendHandle): void {
    const socket = handle instanceof Socket ? handle : undefined;
    if ('pid' in message) {
      this.holder = message.pid;
      this.markReady();
    } else if ('failure' in message) this.markReady(message.failure);
    else if ('connected' in message) this.asked.get(message.connected)?.(socket);
    else if (socket) this.letOut(socket, this.reachable[message.accepted]);
  }

  /** A connection of the group's to an address of the machine, with both of its directions and their ends. */
  private letOut(inside: Socket, address: ListenAddress | undefined): void {
    if (!address) return;
    const outside = connect({ ...address, noDelay: true, allowHalfOpen: true });
    inside.setNoDelay(true).allowHalfOpen = true;
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      this.outward.add(one);
      one.once('close', () => this.outward.delete(one));
      one.on('error', () => other.resetAndDestroy());
      one.pipe(other);
    }
  }

  /** Nobody is there any more who could answer or ask. */
  private forget(): void {
    for (const answer of this.asked.values()) answer(undefined);
    for (const socket of this.outward) socket.destroy();
  }
}

/** Everything of the machine's is there; in a user namespace its only user is root. bwrap sets the loopback device of a new network up. */
function bubblewrap({ isolation, ownNetwork, inMemory }: NamespaceOptions): string[] {
  return [
    ...(isolation === 'root' ? [] : ['--unshare-user', '--uid', '0', '--gid', '0', '--cap-add', 'ALL']),
    ...(ownNetwork ? ['--unshare-net'] : []),
    ...['--die-with-parent', '--dev-bind', '/', '/'],
    ...inMemory.flatMap(({ folder, mode, size }) => [
      ...['--perms', mode.toString(8), ...(size === undefined ? [] : ['--size', String(size)])],
      ...['--tmpfs', folder],
    ]),
    '--',
  ];
}
