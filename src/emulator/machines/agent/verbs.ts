import { spawn } from 'node:child_process';
import { arch, userInfo } from 'node:os';
import type { ServerChannel } from 'ssh2';
import { sendLog } from './follow.ts';
import { type ExecRequest, parseRequest, PROTOCOL, Refusal, type Request } from './requests.ts';
import { type Run, type ScriptPlace, withPrefix } from './run.ts';
import type { Runs } from './runs.ts';

export interface AgentState {
  readonly container: string;
  readonly runs: Runs;
  readonly place: ScriptPlace;
  readonly startedAt: number;
}

/**
 * Answers one exec request on its channel; see docs/agent-protocol.md, section 2, for what goes where.
 * @param lost aborted when the connection is gone.
 */
export async function answer(
  command: string,
  channel: ServerChannel,
  state: AgentState,
  lost: AbortSignal,
): Promise<void> {
  // ssh2 leaves the channels of a connection that was reset as they are; whoever waits for one would wait for ever.
  lost.addEventListener('abort', () => channel.destroy(), { once: true });
  // A follower that goes away ends its channel with errors that say nothing new.
  channel.on('error', () => undefined);
  channel.stderr.on('error', () => undefined);
  try {
    await carryOut(parseRequest(command), channel, state);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal('failed', String(error));
    say(channel, { event: 'error', error: refusal.word, message: refusal.message });
    close(channel, 255);
  }
}

async function carryOut(request: Request, channel: ServerChannel, state: AgentState): Promise<void> {
  const { runs, container, startedAt } = state;
  switch (request.verb) {
    case 'hello': {
      const uptime = (Date.now() - startedAt) / 1000;
      const hello = {
        protocol: PROTOCOL,
        agent: 'eci-emulator process machine',
        container,
        uid: userInfo().uid,
        arch: ARCH[arch()] ?? arch(),
        uptime,
      };
      channel.write(`${JSON.stringify(hello)}\n`);
      return close(channel, 0);
    }
    case 'run': {
      const known = runs.find(request.id);
      const { run, attached } = known
        ? { run: await known, attached: true }
        : await runs.start(request, await upload(channel, request.length));
      return follow(run, attached, request.offset, channel);
    }
    case 'follow': {
      const run = await runs.find(request.id);
      if (!run) throw new Refusal('no-such-run', `there is no run ${request.id}`);
      return follow(run, true, request.offset, channel);
    }
    case 'kill':
      channel.write(`${JSON.stringify({ running: await runs.kill(request.id, request.signal) })}\n`);
      return close(channel, 0);
    case 'exec':
      return execute(request, channel, state.place);
  }
}

/** Node's names to those of container images. */
const ARCH: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Exactly so many bytes: an end of file that comes earlier is a connection that was lost. */
async function upload(channel: ServerChannel, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  if (length > 0) {
    // Leaving an ordinary loop over the channel would destroy it.
    for await (const chunk of channel.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      received += chunk.length;
      if (received >= length) break;
    }
  }
  if (received < length) throw new Refusal('incomplete-script', `${received} of ${length} bytes came`);
  return Buffer.concat(chunks).subarray(0, length);
}

async function follow(run: Run, attached: boolean, offset: number, channel: ServerChannel): Promise<void> {
  if (offset > run.size) throw new Refusal('bad-offset', `the log has ${run.size} bytes, not ${offset}`);
  say(channel, { event: 'started', attached, size: run.size });
  const end = await sendLog(run, offset, channel);
  if (end === undefined) return;
  say(channel, { event: 'end', ...end, size: run.size });
  if (end.end === 'signalled') {
    channel.exit(end.signal, false, '');
    channel.end();
  } else close(channel, end.end === 'exited' ? end.code : 255);
}

async function execute(
  { argv, timeout, path_prefix }: ExecRequest,
  channel: ServerChannel,
  place: ScriptPlace,
): Promise<void> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    cwd: place.workingDirectory,
    env: withPrefix(place.environment, path_prefix && place.resolve(path_prefix)),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended in between.
    }
  };
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, timeout * 1000);
  channel.once('close', kill);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  const status = await new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('error', (error) => {
      channel.stderr.write(`${program}: ${error.message}\n`);
      resolve(127);
    });
    child.once('close', (code, signal) => resolve(code ?? signal ?? 255));
  });
  clearTimeout(timer);
  if (late) return close(channel, 124);
  if (typeof status === 'number') return close(channel, status);
  channel.exit(status.replace(/^SIG/, ''), false, '');
  channel.end();
}

function say(channel: ServerChannel, event: object): void {
  if (channel.writable) channel.stderr.write(`${JSON.stringify(event)}\n`);
}

function close(channel: ServerChannel, status: number): void {
  channel.exit(status);
  channel.end();
}
