import * as z from 'zod';
import { parseJson } from '../../../json.ts';

/** The verbs of the agent protocol and what comes with each. */
const id = z.string().regex(/^(?!\.)[A-Za-z0-9._-]{1,64}$/);
const count = z.number().int().min(0);
const seconds = z.number().min(0);
/** What the kernel takes as a word of a command or a path. */
const word = z.string().regex(/^[^\0]*$/);

export const PROTOCOL = 1;

const schemas = {
  hello: z.object({}),
  run: z.object({
    id,
    length: count,
    offset: count.default(0),
    shells: z.array(word).min(1),
    umask: z
      .string()
      .regex(/^[0-7]{1,4}$/)
      .optional(),
    path_prefix: word.optional(),
    kill_after: seconds.default(10),
  }),
  follow: z.object({ id, offset: count }),
  kill: z.object({ id, signal: z.enum(['TERM', 'KILL', 'INT', 'HUP']) }),
  exec: z.object({
    argv: z.array(word).min(1),
    timeout: seconds.default(30),
    path_prefix: word.optional(),
  }),
};

export type RunRequest = z.output<typeof schemas.run>;
export type ExecRequest = z.output<typeof schemas.exec>;

export type Request = {
  [V in keyof typeof schemas]: { readonly verb: V } & z.output<(typeof schemas)[V]>;
}[keyof typeof schemas];

/** What the agent answers instead of doing something: the protocol's word and a sentence. */
export class Refusal extends Error {
  readonly word: string;

  constructor(word: string, message: string) {
    super(message);
    this.word = word;
  }
}

/** @throws Refusal */
export function parseRequest(command: string, spoken = PROTOCOL): Request {
  const blank = command.indexOf(' ');
  const verb = blank < 0 ? command : command.slice(0, blank);
  if (!Object.hasOwn(schemas, verb))
    throw new Refusal('unknown-verb', `the verb ${JSON.stringify(verb.slice(0, 40))} is not known`);
  const body = parseJson(blank < 0 ? '' : command.slice(blank + 1));
  const protocol = z.object({ protocol: z.number() }).safeParse(body);
  if (!protocol.success)
    throw new Refusal('bad-request', 'a JSON object with the member protocol has to follow the verb');
  if (protocol.data.protocol !== spoken) throw new Refusal('bad-protocol', `this agent speaks version ${spoken}`);
  const parsed = schemas[verb as keyof typeof schemas].safeParse(body);
  if (!parsed.success) throw new Refusal('bad-request', z.prettifyError(parsed.error));
  return { verb, ...parsed.data } as Request;
}
