import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keyPair } from '../conformance/key-pair.ts';
import type { AgentTarget, Lifetimes } from '../conformance/target.ts';
import { freeAddress, PORT } from '../emulator-machines/machine-group.ts';

/** Seconds that are longer than any test. */
const LONG = 600;
/** The platform's patience, in milliseconds. */
const GRACE = 15_000;

/** The folders of one container, as its volumes would be mounted. */
export interface AgentFolders {
  /** Where `install` has put the program. */
  readonly agent: string;
  readonly keys: string;
  readonly run: string;
}

/** How a test starts the agent: by itself, or inside something that lacks a thing. */
export type Wrap = (command: readonly string[], folders: AgentFolders) => readonly string[];

export interface AgentStart extends Lifetimes {
  readonly wrap?: Wrap;
  /** More of the container's environment, as `NAME=value`. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningAgent extends Required<AgentTarget> {
  readonly process: ChildProcess;
  readonly folders: AgentFolders;
  /** What the agent has written to its own log. */
  log(): string;
}

/** The agent as an ordinary process on a loopback address, brought up as the cloud does it: install, then serve. */
export async function startAgent(program: string, start: AgentStart = {}): Promise<RunningAgent> {
  const { maxLifetime = LONG, abandonAfter = LONG, wrap = (command) => command, env = {} } = start;
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
  const flags = {
    container: 'build',
    port: String(PORT),
    keys: folders.keys,
    run: folders.run,
    'max-lifetime': String(maxLifetime),
    'abandon-after': String(abandonAfter),
  };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const [command = '', ...args] = wrap([join(folders.agent, 'eci-agent'), 'serve', ...words], folders);
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ECI_AGENT_LISTEN: address, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  }
  const exit = once(child, 'exit').then(([code]) => ({ code: code as number }));
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), GRACE);
    await exit;
    clearTimeout(late);
    await rm(root, { recursive: true, force: true });
  };
  await Promise.race([serving(child, () => log), exit]);
  if (!log.includes('serves')) {
    await close();
    throw new Error(`the agent did not come up: ${log}`);
  }
  return {
    address,
    port: PORT,
    hostKey: host.public,
    clientKey: client.private,
    otherKey: other.private,
    container: 'build',
    hasProc: true,
    process: child,
    folders,
    log: () => log,
    stop: () => {
      child.kill('SIGTERM');
      return exit;
    },
    ended: () => exit,
    close,
  };
}

/** Resolves when the agent says that it listens. */
function serving(child: ChildProcess, log: () => string): Promise<void> {
  return new Promise((resolve) => {
    child.stdout?.on('data', () => {
      if (log().includes('serves')) resolve();
    });
  });
}
