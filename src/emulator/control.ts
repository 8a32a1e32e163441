import * as z from 'zod';
import { PLATFORM_ENDS, type PlatformEnd } from './cloud/platform-end.ts';
import type { Emulator } from './emulated-cloud.ts';
import { AccountChange, StockSchema } from './scenario.ts';
import { faultSchema } from './wire/faults.ts';
import { parseJson } from '../json.ts';

/** An answer of the control API: a status and a JSON body. */
interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

interface ControlCall {
  readonly method: 'GET' | 'POST';
  /** Behind `/-/`; ID stands for a group. */
  readonly path: string;
  readonly what: string;
  readonly body: z.ZodType;
  /** @returns the answer, or undefined when there is no such thing as the call is about. */
  carryOut(emulator: Emulator, body: unknown, id: string): unknown;
}

function call<Body extends z.ZodType>(
  method: ControlCall['method'],
  path: string,
  what: string,
  body: Body,
  carryOut: (emulator: Emulator, body: z.output<Body>, id: string) => unknown,
): ControlCall {
  return {
    method,
    path,
    what,
    body,
    carryOut: (emulator, given, id) => carryOut(emulator, given as z.output<Body>, id),
  };
}

const nothing = z.strictObject({});
const seconds = z.number();
const done = (worked: boolean): unknown => (worked ? {} : undefined);

/** The control API, outside the cloud's own `/`: what happened, and what shall go wrong. */
export const CONTROL_CALLS: readonly ControlCall[] = [
  call('GET', 'report', 'calls, groups, cost', nothing, (emulator) => emulator.report()),
  call('GET', 'requests', 'every call of the API with its parameters', nothing, (emulator) => emulator.requests()),
  call('POST', 'faults', 'lets the next calls of an action go wrong', faultSchema, (emulator, fault) => {
    emulator.fault(fault);
    return {};
  }),
  call('POST', 'faults/clear', 'no call goes wrong any more', nothing, (emulator) => {
    emulator.clearFaults();
    return {};
  }),
  call('POST', 'stock', 'a stock rule that counts more than all before it', StockSchema, (emulator, rule) => {
    emulator.setStock(rule);
    return {};
  }),
  call('POST', 'account', 'changes quota, arrears, denied actions', AccountChange, (emulator, rules) => {
    emulator.changeAccount(rules);
    return {};
  }),
  call(
    'POST',
    'security-token',
    'the token that requests must carry from now on; others have expired',
    z.strictObject({ token: z.string().min(1) }),
    (emulator, { token }) => {
      emulator.replaceSecurityToken(token);
      return {};
    },
  ),
  call('GET', 'clock', "the cloud's time", nothing, (emulator) => ({ now: new Date(emulator.now()).toISOString() })),
  call(
    'POST',
    'clock/advance',
    "lets so many seconds of the cloud's time pass; answers when all that was due has happened",
    z.strictObject({ seconds: seconds.min(0) }),
    async (emulator, body) => {
      await emulator.advance(body.seconds);
      return { now: new Date(emulator.now()).toISOString() };
    },
  ),
  call(
    'POST',
    'clock/offset',
    'how many seconds the API is ahead of its clients, for signatures',
    z.strictObject({ seconds }),
    (emulator, body) => {
      emulator.skewClock(body.seconds);
      return {};
    },
  ),
  call(
    'POST',
    'groups/ID/reclaim',
    'spot reclaim: the warning at once, the end after the notice',
    z.strictObject({ notice_seconds: z.number().min(0).default(180) }),
    (emulator, { notice_seconds }, id) => done(emulator.reclaim(id, notice_seconds)),
  ),
  call('POST', 'groups/ID/remove', 'gone, as if deleted in the console', nothing, (emulator, _body, id) =>
    done(emulator.removeGroup(id)),
  ),
  call(
    'POST',
    'groups/ID/platform-ends',
    'its host fails, or the account owes money',
    z.strictObject({ why: z.enum(Object.keys(PLATFORM_ENDS) as PlatformEnd[]) }),
    (emulator, { why }, id) => done(emulator.platformEnds(id, why)),
  ),
  call(
    'POST',
    'groups/ID/oom',
    'out of memory: the whole container, or the scripts in it',
    z.strictObject({ container: z.string(), scope: z.enum(['container', 'script']).default('container') }),
    (emulator, { container, scope }, id) => done(emulator.oom(id, container, scope)),
  ),
  call(
    'POST',
    'groups/ID/exit',
    "a container's first process ends",
    z.strictObject({ container: z.string(), code: z.number().int().min(0).max(255) }),
    (emulator, { container, code }, id) => done(emulator.endContainer(id, container, code)),
  ),
  call(
    'POST',
    'groups/ID/connections',
    "drops, stalls, delays, resets or forgets the connections of a group's agents, or lets them go on",
    z.strictObject({
      mode: z.enum(['normal', 'drop', 'stall', 'delay', 'reset', 'half-open']),
      seconds: seconds.min(0).default(1),
    }),
    (emulator, condition, id) => done(emulator.connections(id, condition)),
  ),
];

/** Answers one call of the control API. */
export async function control(method: string, path: string, body: Buffer, emulator: Emulator): Promise<ControlAnswer> {
  const [, id = ''] = /^\/-\/groups\/([^/]+)\//.exec(path) ?? [];
  const known = CONTROL_CALLS.find(
    (each) => each.method === method && `/-/${each.path.replace('ID', () => id)}` === path,
  );
  if (!known) return { status: 404, body: { error: `${method} ${path} is not known` } };
  const given = known.body.safeParse(body.length === 0 ? {} : parseJson(body));
  if (!given.success) return { status: 400, body: { error: z.prettifyError(given.error) } };
  const result = await known.carryOut(emulator, given.data, id);
  return result === undefined
    ? { status: 404, body: { error: `there is no such group, or it is not in a state for this: ${id}` } }
    : { status: 200, body: result };
}
