import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { eventually } from '../conformance/eventually.ts';
import { keyPair } from '../conformance/key-pair.ts';
import type { AgentTarget, ContainerEnd, Lifetimes } from '../conformance/target.ts';
import { freeAddress, PORT } from '../emulator-machines/machine-group.ts';
import { type AgentFolders, type Box, boxed } from './box.ts';

/** Seconds that are longer than any test. */
const LONG = 600;
/** The platform's patience, in milliseconds. */
const GRACE = 15_000;

export interface AgentStart extends Lifetimes {
  readonly container?: string;
  /** Without one the agent is an ordinary process. */
  readonly box?: Box;
  /** Of the agent, for tests that run as root. */
  readonly uid?: number;
  /** More of the container's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningAgent extends Required<AgentTarget> {
  /** Of the agent itself. */
  readonly pid: number;
  readonly folders: AgentFolders;
  /** What it has written to its own log. */
  log(): string;
  /** Sends it a signal. Resolves when it has ended. */
  signal(name: NodeJS.Signals): Promise<ContainerEnd>;
}

/** The agent on a loopback address, brought up as the cloud does it: install, then serve. */
export async function startAgent(program: string, start: AgentStart = {}): Promise<RunningAgent> {
  const { maxLifetime = LONG, abandonAfter = LONG, container = 'build', box, uid, env = {} } = start;
  const root = await mkdtemp(join(tmpdir(), 'agent-container-'));
  const folders = { agent: join(root, 'agent'), keys: join(root, 'keys'), run: join(root, 'run') };
  const [host, client, other] = [keyPair(), keyPair(), keyPair()];
  const source = join(root, 'keys-source');
  await Promise.all([source, folders.run].map((folder) => mkdir(folder)));
  await writeFile(join(source, 'host_key'), host.private, { mode: 0o600 });
  await writeFile(join(source, 'authorized_keys'), `${client.public}\n`);
  // An emptyDir is everybody's.
  await Promise.all([root, folders.run].map((folder) => chmod(folder, 0o777)));
  await promisify(execFile)(program, ['install', '--dest', folders.agent, '--keys', `${source}:${folders.keys}`]);
  const address = freeAddress();
  const flags = Object.entries({
    container,
    port: String(PORT),
    keys: folders.keys,
    run: folders.run,
    'max-lifetime': String(maxLifetime),
    'abandon-after': String(abandonAfter),
  }).flatMap(([flag, value]) => [`--${flag}`, value]);
  const words = [join(folders.agent, 'eci-agent'), 'serve', ...flags];
  const [command = '', ...args] = box ? boxed(words, box, folders) : words;
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ECI_AGENT_LISTEN: address, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(box ? (['pipe'] as const) : [])],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const exit = once(child, 'exit').then(([code]) => ({ code: code as number }));
  const [log, info] = [collect(child.stdout, child.stderr), collect(child.stdio[3])];
  const signal = (name: NodeJS.Signals): Promise<ContainerEnd> => {
    if (child.exitCode === null && child.signalCode === null) process.kill(pidOf(child, box, info()), name);
    return exit;
  };
  const close = async (): Promise<void> => {
    const late = setTimeout(() => void signal('SIGKILL'), GRACE);
    await signal('SIGTERM');
    clearTimeout(late);
    await rm(root, { recursive: true, force: true });
  };
  let hasEnded = false;
  void exit.then(() => (hasEnded = true));
  await eventually('the agent', () => hasEnded || log().includes('serves'));
  if (hasEnded) {
    await rm(root, { recursive: true, force: true });
    throw new Error(`the agent did not come up: ${log()}`);
  }
  return {
    address,
    port: PORT,
    hostKey: host.public,
    clientKey: client.private,
    otherKey: other.private,
    container,
    hasProc: box?.proc ?? true,
    pid: pidOf(child, box, info()),
    folders,
    log,
    signal,
    stop: () => signal('SIGTERM'),
    ended: () => exit,
    close,
  };
}

/** @returns what has come until the call. */
function collect(...streams: readonly unknown[]): () => string {
  let text = '';
  for (const stream of streams) {
    if (stream instanceof Readable) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return () => text;
}

/** bwrap stays outside as the agent's parent, and tells the agent's pid. */
function pidOf(child: ChildProcess, box: Box | undefined, info: string): number {
  const pid = box ? (JSON.parse(info) as { 'child-pid': number })['child-pid'] : child.pid;
  if (pid === undefined) throw new Error('the agent has no process');
  return pid;
}
