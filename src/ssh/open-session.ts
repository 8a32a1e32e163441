import type { ClientChannel } from 'ssh2';
import * as z from 'zod/mini';
import { AGENT_PROTOCOL } from '../agent-protocol.ts';
import { DriverError } from '../driver-error.ts';
import {
  type AgentSession,
  type ChannelEnd,
  type ChannelSink,
  ConnectionFailed,
  type ExecResult,
  type Hello,
  type OpenSession,
} from './agent-session.ts';
import { connect, type ExecChannel, type SshConnection } from './connect.ts';
import { BoundedOutput } from './bounded-output.ts';
import { parseJson } from '../json.ts';

const size = z.int();
const Event = z.union([
  z.object({ event: z.literal('started') }),
  z.object({ event: z.literal('end'), end: z.literal('exited'), code: z.int(), size }),
  z.object({
    event: z.literal('end'),
    end: z.literal('signalled'),
    signal: z.string(),
    size,
    oom: z.optional(z.boolean()),
  }),
  z.object({ event: z.literal('end'), end: z.literal('interrupted'), size }),
  z.object({ event: z.literal('error'), error: z.string(), message: z.string() }),
]);

const KillAnswer = z.object({ running: z.boolean() });

const HelloAnswer = z.object({ protocol: z.int(), agent: z.string(), container: z.string() });

export const openSession: OpenSession = async (address, signal) => sessionOver(await connect(address, signal));

function sessionOver(connection: SshConnection): AgentSession {
  const request = (verb: string, body: object): Promise<ExecChannel> =>
    connection.exec(`${verb} ${JSON.stringify({ protocol: AGENT_PROTOCOL, ...body })}`);

  return {
    async hello() {
      const { output, errors } = await collect(await request('hello', {}));
      return parseHello(output, errors);
    },

    async run({ id, offset, shells, umask, pathPrefix, killAfter }, script, sink) {
      const { stream } = await request('run', {
        id,
        length: script.byteLength,
        offset,
        shells,
        kill_after: killAfter,
        ...(umask === undefined ? {} : { umask }),
        ...(pathPrefix === undefined ? {} : { path_prefix: pathPrefix }),
      });
      stream.end(script);
      return receive(stream, sink);
    },

    async follow(id, offset, sink) {
      const { stream } = await request('follow', { id, offset });
      stream.end();
      return receive(stream, sink);
    },

    async kill(id, signal) {
      const { output } = await collect(await request('kill', { id, signal }));
      if (!KillAnswer.safeParse(parseJson(output)).success) throw new ConnectionFailed('the agent did not answer');
    },

    async exec(argv, { timeout, pathPrefix }) {
      const body = { argv, timeout, ...(pathPrefix === undefined ? {} : { path_prefix: pathPrefix }) };
      const { status, output, errors } = await collect(await request('exec', body));
      return { status, output: output + errors } satisfies ExecResult;
    },

    close: () => connection.close(),
  };
}

/** Bytes go to the sink untouched; the agent's messages come on the other stream, where no script can write. */
async function receive(channel: ClientChannel, sink: ChannelSink): Promise<ChannelEnd> {
  let end: ChannelEnd = { kind: 'cut' };
  const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()));
  const messages = lines(channel.stderr, (line) => {
    const event = parseEvent(line);
    if (event === undefined) return;
    if (event.event === 'started') sink.started();
    else end = toEnd(event);
  });
  try {
    for await (const chunk of channel as AsyncIterable<Buffer>) await sink.bytes(chunk);
  } catch (error) {
    // A stream that closed before its end is a cut connection; everything else is a fault of ours.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
  await Promise.all([messages, closed]);
  return end;
}

function toEnd(event: Exclude<z.infer<typeof Event>, { event: 'started' }>): ChannelEnd {
  if (event.event === 'error') return { kind: 'refused', error: event.error, message: event.message };
  switch (event.end) {
    case 'exited':
      return { kind: 'exited', code: event.code, size: event.size };
    case 'signalled':
      return { kind: 'signalled', signal: event.signal, oom: event.oom ?? false, size: event.size };
    case 'interrupted':
      return { kind: 'interrupted', size: event.size };
  }
}

const parseEvent = (line: string): z.infer<typeof Event> | undefined => Event.safeParse(parseJson(line)).data;

/** Characters. The agent's messages are a line of JSON each, and no path or message of the system is longer than some KiB. */
const LONGEST_LINE = 256 * 1024;

/** Calls back for each line, and for none that is longer than any message; resolves at the end of the stream, however it came. */
function lines(stream: NodeJS.ReadableStream, each: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let rest = '';
    let isTooLong = false;
    stream.on('data', (chunk: Buffer) => {
      for (const [index, part] of chunk.toString('utf8').split('\n').entries()) {
        if (index > 0) {
          if (!isTooLong) each(rest);
          rest = '';
          isTooLong = false;
        }
        isTooLong ||= rest.length + part.length > LONGEST_LINE;
        rest = isTooLong ? '' : rest + part;
      }
    });
    for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve());
  });
}

async function collect({
  stream,
  status,
}: ExecChannel): Promise<{ status: number | undefined; output: string; errors: string }> {
  const keep = (from: NodeJS.ReadableStream): BoundedOutput => {
    const kept = new BoundedOutput();
    from.on('data', (chunk: Buffer) => kept.add(chunk));
    return kept;
  };
  const output = keep(stream);
  const errors = keep(stream.stderr);
  stream.end();
  await new Promise<void>((resolve) => stream.once('close', () => resolve()));
  return {
    status: status(),
    output: output.text(),
    errors: errors.text(),
  };
}

function parseHello(output: string, errors: string): Hello {
  const answer = HelloAnswer.safeParse(parseJson(output));
  if (answer.success && answer.data.protocol === AGENT_PROTOCOL) return answer.data;
  const refused = errors
    .split('\n')
    .map(parseEvent)
    .find((event) => event?.event === 'error');
  if (!answer.success && refused === undefined) throw new ConnectionFailed('the agent did not answer');
  const spoken = answer.success ? `version ${answer.data.protocol}` : refused?.event === 'error' ? refused.message : '';
  throw new DriverError(
    'operator',
    `The agent in the container and this driver do not speak the same protocol version (driver: ${AGENT_PROTOCOL}; agent: ${spoken}).`,
    {
      hint: 'Set agent_image to the image that was released with this driver.',
    },
  );
}
