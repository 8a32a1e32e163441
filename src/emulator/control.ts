import * as z from 'zod';
import type { Emulator } from './emulator.ts';
import { faultSchema } from './wire/faults.ts';

/** An answer of the control API: a status and a JSON body. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

const reclaimBody = z.strictObject({ notice_seconds: z.number().min(0).default(180) });

/**
 * The control API, outside the cloud's own `/`: what happened, and what shall go wrong.
 *
 * | call | what |
 * | --- | --- |
 * | `GET /-/report` | calls, groups, cost |
 * | `GET /-/requests` | every call with its parameters |
 * | `POST /-/faults` | see `wire/faults.ts` |
 * | `POST /-/groups/ID/reclaim` | spot reclaim after `notice_seconds` |
 * | `POST /-/groups/ID/remove` | gone, as if deleted in the console |
 */
export function control(method: string, path: string, body: Buffer, emulator: Emulator): ControlAnswer {
  const answer = (result: unknown): ControlAnswer => ({ status: 200, body: result });
  if (method === 'GET' && path === '/-/report') return answer(emulator.report());
  if (method === 'GET' && path === '/-/requests') return answer(emulator.requests());
  if (method === 'POST' && path === '/-/faults') {
    const fault = faultSchema.safeParse(parseJson(body));
    if (!fault.success) return { status: 400, body: { error: z.prettifyError(fault.error) } };
    emulator.fault(fault.data);
    return answer({});
  }
  const group = /^\/-\/groups\/([^/]+)\/(reclaim|remove)$/.exec(path);
  if (method === 'POST' && group) {
    const [, id = '', what] = group;
    const notice = reclaimBody.safeParse(parseJson(body));
    if (!notice.success) return { status: 400, body: { error: z.prettifyError(notice.error) } };
    if (what === 'remove') {
      return emulator.removeGroup(id) ? answer({}) : { status: 404, body: { error: `there is no group ${id}` } };
    }
    return emulator.reclaim(id, notice.data.notice_seconds)
      ? answer({})
      : { status: 404, body: { error: `there is no spot group ${id} that holds resources` } };
  }
  return { status: 404, body: { error: `${method} ${path} is not known` } };
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
