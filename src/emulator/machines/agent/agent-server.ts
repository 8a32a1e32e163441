import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { Runs } from './runs.ts';
import type { ScriptPlace } from './run.ts';
import { answer } from './verbs.ts';

export interface AgentOptions {
  readonly container: string;
  readonly address: string;
  readonly port: number;
  /** OpenSSH private key. */
  readonly hostKey: string;
  /** One line of an authorized_keys file. */
  readonly authorizedKey: string;
  readonly place: ScriptPlace;
  /** Seconds. */
  readonly maxLifetime: number;
  readonly abandonAfter: number;
}

/** Milliseconds in which followers may take the rest of the logs when the container stops. */
const FAREWELL = 2000;

/** What the agent is in a real container, played inside the emulator: an SSH server that speaks docs/agent-protocol.md. */
export class AgentServer {
  /** Resolves when the agent has ended. */
  readonly ended: Promise<void>;
  private readonly options: AgentOptions;
  private readonly runs: Runs;
  private readonly listener: NetServer;
  private readonly server: InstanceType<typeof ssh2.Server>;
  private readonly sockets = new Set<Socket>();
  private readonly answering = new Set<Promise<void>>();
  private readonly lifetime: NodeJS.Timeout;
  private abandoned: NodeJS.Timeout | undefined;
  private loggedIn = 0;
  private stopping: Promise<void> | undefined;
  private markEnded: () => void = () => undefined;

  private constructor(options: AgentOptions) {
    this.options = options;
    this.runs = new Runs(options.place);
    this.ended = new Promise((resolve) => (this.markEnded = resolve));
    const state = { container: options.container, runs: this.runs, place: options.place, startedAt: Date.now() };
    this.server = new ssh2.Server({ hostKeys: [options.hostKey] }, (client) => this.greet(client, state));
    // ssh2 writes a packet in several small pieces, which Nagle's algorithm would hold back.
    this.listener = createServer({ noDelay: true }, (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
      this.server.injectSocket(socket);
    });
    this.lifetime = setTimeout(() => void this.stop(), options.maxLifetime * 1000);
    this.expectLogin();
  }

  static async listen(options: AgentOptions): Promise<AgentServer> {
    const agent = new AgentServer(options);
    await new Promise<void>((resolve, reject) => {
      agent.listener.once('error', reject);
      agent.listener.listen(options.port, options.address, resolve);
    }).catch((error: unknown) => {
      agent.clearTimers();
      throw error;
    });
    return agent;
  }

  /** TERM: section 7 of the protocol. Resolves when everything has ended. */
  stop(): Promise<void> {
    this.stopping ??= (async () => {
      this.clearTimers();
      await this.runs.interruptAll();
      await Promise.race([Promise.all(this.answering), new Promise((resolve) => setTimeout(resolve, FAREWELL))]);
      for (const socket of this.sockets) socket.destroy();
      await new Promise((resolve) => this.listener.close(resolve));
      this.markEnded();
    })();
    return this.stopping;
  }

  /** KILL. */
  async kill(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await this.runs.killAll();
    await this.stop();
  }

  private greet(client: Connection, state: Parameters<typeof answer>[2]): void {
    client.on('authentication', (context) =>
      this.accepts(context) ? context.accept() : context.reject(['publickey']),
    );
    client.on('error', () => undefined);
    client.once('ready', () => {
      const lost = new AbortController();
      this.loggedIn++;
      clearTimeout(this.abandoned);
      client.once('close', () => {
        lost.abort();
        this.loggedIn--;
        if (this.loggedIn === 0) this.expectLogin();
      });
      client.on('session', (accept) => {
        const session = accept();
        session.on('exec', (acceptExec, _reject, { command }) => {
          const work = answer(command, acceptExec(), state, lost.signal).finally(() => this.answering.delete(work));
          this.answering.add(work);
        });
      });
    });
  }

  private accepts(context: AuthContext): boolean {
    if (context.method !== 'publickey') return false;
    const expected = ssh2.utils.parseKey(this.options.authorizedKey);
    if (expected instanceof Error) return false;
    const [offered, known] = [context.key.data, expected.getPublicSSH()];
    if (offered.length !== known.length || !timingSafeEqual(offered, known)) return false;
    // The first request asks whether the key would do; only the second one is signed.
    if (context.signature === undefined) return true;
    return expected.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo) === true;
  }

  private expectLogin(): void {
    if (this.stopping) return;
    clearTimeout(this.abandoned);
    this.abandoned = setTimeout(() => void this.stop(), this.options.abandonAfter * 1000);
  }

  private clearTimers(): void {
    clearTimeout(this.lifetime);
    clearTimeout(this.abandoned);
  }
}
