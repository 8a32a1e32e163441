import { createServer, type Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Connection } from 'ssh2';
import type { AgentQuirks } from '../../machine.ts';
import { AnswerChannel } from './answer-channel.ts';
import { ClientKey } from './client-key.ts';
import { Runs } from './runs.ts';
import type { ScriptPlace } from './script-place.ts';
import { foreignHostKey } from './foreign-host-key.ts';
import type { Network } from './network.ts';
import { PROTOCOL } from './requests.ts';
import { timerFor } from './seconds.ts';
import { type AgentState, answer } from './verbs.ts';
import { within } from './within.ts';

interface AgentOptions {
  readonly container: string;
  readonly address: string;
  readonly port: number;
  /** OpenSSH private key. */
  readonly hostKey: string;
  /** One line of an authorized_keys file. */
  readonly authorizedKey: string;
  readonly place: ScriptPlace;
  readonly quirks: AgentQuirks;
  readonly network: Network;
  /** Seconds. */
  readonly maxLifetime: number;
  readonly abandonAfter: number;
}

/** Milliseconds in which followers may take the rest of the logs when the container stops. */
const FAREWELL = 2000;
/** Statuses of a container: it has ended by itself, or by KILL. */
const COMPLETED = 0;
const KILLED = 137;

/** What the agent is in a real container, played inside the emulator: an SSH server that speaks docs/agent-protocol.md. */
export class AgentServer {
  /** Resolves with the container's exit code. */
  readonly ended: Promise<number>;
  private readonly options: AgentOptions;
  private readonly state: AgentState;
  private readonly clientKey: ClientKey;
  private readonly listener: NetServer;
  private readonly server: InstanceType<typeof ssh2.Server>;
  private readonly connections = new Set<Duplex>();
  private readonly lifetime: NodeJS.Timeout;
  private abandoned: NodeJS.Timeout | undefined;
  private loggedIn = 0;
  private stopping: Promise<void> | undefined;
  private killedWith: number | undefined;
  private markEnded: (code: number) => void = () => undefined;

  private constructor(options: AgentOptions) {
    const { container, place } = options;
    this.options = options;
    this.clientKey = new ClientKey(options.authorizedKey);
    this.ended = new Promise((resolve) => (this.markEnded = resolve));
    this.state = {
      container,
      place,
      protocol: options.quirks.protocolVersion ?? PROTOCOL,
      runs: new Runs(place),
      startedAt: Date.now(),
      followers: new Set(),
    };
    const hostKey = options.quirks.foreignHostKey ? foreignHostKey() : options.hostKey;
    this.server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => this.greet(client));
    // ssh2 writes a packet in several small pieces, which Nagle's algorithm would hold back.
    this.listener = createServer({ noDelay: true }, (socket) => {
      const line = options.network.connect(socket);
      if (!line) return;
      this.connections.add(line);
      line.once('close', () => this.connections.delete(line));
      line.on('error', () => undefined);
      // It asks for nothing that a Duplex does not have.
      this.server.injectSocket(line as Socket);
    });
    this.lifetime = setTimeout(() => void this.stop(), timerFor(options.maxLifetime));
    this.expectLogin();
  }

  static async listen(options: AgentOptions): Promise<AgentServer> {
    const agent = new AgentServer(options);
    if (options.quirks.deaf) return agent;
    await new Promise<void>((resolve, reject) => {
      agent.listener.once('error', reject);
      agent.listener.listen(options.port, options.address, resolve);
    }).catch((error: unknown) => {
      agent.clearTimers();
      options.place.groups.end();
      throw error;
    });
    return agent;
  }

  /** TERM: section 7 of the protocol. Resolves when everything has ended. */
  stop(): Promise<void> {
    this.stopping ??= this.carryOutStop();
    return this.stopping;
  }

  /** KILL. @param code what the container's exit code is to be. */
  async kill(code = KILLED): Promise<void> {
    this.killedWith ??= code;
    this.hangUp();
    this.options.place.groups.kill();
    await this.stop();
  }

  /** KILL to the scripts alone. @returns how many were hit. */
  killScripts(): number {
    return this.options.place.groups.killRunning();
  }

  private async carryOutStop(): Promise<void> {
    const { runs, followers, place } = this.state;
    this.clearTimers();
    await runs.interruptAll();
    await within(FAREWELL, Promise.all(followers));
    this.hangUp();
    // A deaf one has never listened.
    if (this.listener.listening) await new Promise((resolve) => this.listener.close(resolve));
    place.groups.end();
    runs.close();
    this.markEnded(this.killedWith ?? COMPLETED);
  }

  private hangUp(): void {
    for (const line of this.connections) line.destroy();
  }

  private greet(client: Connection): void {
    client.on('authentication', (context) =>
      this.clientKey.accepts(context) ? context.accept() : context.reject(['publickey']),
    );
    client.on('error', () => undefined);
    client.once('ready', () => {
      this.loggedIn++;
      clearTimeout(this.abandoned);
      client.once('close', () => {
        this.loggedIn--;
        if (this.loggedIn === 0) this.expectLogin();
      });
      client.on('session', (accept) => {
        // Whatever a session asks for besides, nobody listens to, and ssh2 refuses it.
        accept().on('exec', (acceptExec, _reject, { command }) => {
          void answer(command, new AnswerChannel(acceptExec()), this.state);
        });
      });
    });
  }

  private expectLogin(): void {
    clearTimeout(this.abandoned);
    if (this.stopping) return;
    this.abandoned = setTimeout(() => void this.stop(), timerFor(this.options.abandonAfter));
  }

  private clearTimers(): void {
    clearTimeout(this.lifetime);
    clearTimeout(this.abandoned);
  }
}
