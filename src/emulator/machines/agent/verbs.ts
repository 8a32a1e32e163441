import { arch } from 'node:os';
import type { AnswerChannel } from './answer-channel.ts';
import { execute } from './exec.ts';
import { follow } from './follow.ts';
import { parseRequest, Refusal, type Request, type RunRequest } from './requests.ts';
import type { Run } from './run.ts';
import type { Runs } from './runs.ts';
import type { ScriptPlace } from './script-place.ts';

/** What the answers of one agent have in common. */
export interface AgentState {
  readonly container: string;
  /** The version of the protocol that it speaks. */
  readonly protocol: number;
  readonly runs: Runs;
  readonly place: ScriptPlace;
  readonly startedAt: number;
  /** Those whom the agent waits for when it stops. */
  readonly followers: Set<Promise<void>>;
}

/** Answers one exec request on its channel; see docs/agent-protocol.md, section 2, for what goes where. */
export async function answer(command: string, channel: AnswerChannel, state: AgentState): Promise<void> {
  try {
    const request = parseRequest(command, state.protocol);
    if (request.verb === 'run') return await run(request, channel, state);
    void channel.input(0);
    await carryOut(request, channel, state);
  } catch (error) {
    await refuse(channel, error);
  }
}

async function refuse(channel: AnswerChannel, error: unknown): Promise<void> {
  const { word, message } = error instanceof Refusal ? error : new Refusal('failed', String(error));
  await channel.event({ event: 'error', error: word, message });
  channel.end(255);
}

async function carryOut(request: Exclude<Request, { verb: 'run' }>, channel: AnswerChannel, state: AgentState) {
  switch (request.verb) {
    case 'hello':
      return tell(channel, {
        protocol: state.protocol,
        agent: 'eci-emulator process machine',
        container: state.container,
        uid: process.getuid?.() ?? 0,
        arch: ARCH[arch()] ?? arch(),
        uptime: (Date.now() - state.startedAt) / 1000,
      });
    case 'follow': {
      const run = await state.runs.find(request.id);
      if (!run) throw new Refusal('no-such-run', `there is no run ${request.id}`);
      return send(run, true, request.offset, channel, state);
    }
    case 'kill':
      return tell(channel, { running: await state.runs.kill(request.id, request.signal) });
    case 'exec':
      return execute(request, channel, state.place);
  }
}

/** Node's names to those of container images. */
const ARCH: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

async function tell(channel: AnswerChannel, answer: object): Promise<void> {
  await channel.send(`${JSON.stringify(answer)}\n`);
  channel.end(0);
}

async function run(request: RunRequest, channel: AnswerChannel, state: AgentState): Promise<void> {
  const { runs } = state;
  const known = runs.find(request.id);
  const script = channel.input(known ? 0 : request.length);
  const { run, attached } = known
    ? { run: await known, attached: true }
    : await runs.start(request, whole(await script, request.length));
  return send(run, attached, request.offset, channel, state);
}

/** An end of file that comes too early is a connection that was lost: half a script must not run. */
function whole(script: Buffer, length: number): Buffer {
  if (script.length < length) throw new Refusal('incomplete-script', `${script.length} of ${length} bytes came`);
  return script;
}

async function send(run: Run, attached: boolean, offset: number, channel: AnswerChannel, state: AgentState) {
  const following = follow(run, attached, offset, channel).catch((error: unknown) => refuse(channel, error));
  state.followers.add(following);
  await following;
  state.followers.delete(following);
}
