import * as z from 'zod';
import type { CloudClock } from '../clock.ts';
import { ApiError } from './api-error.ts';

/** One thing that goes wrong with the next calls of an action; `*` is any action. */
export const faultSchema = z.strictObject({
  action: z.string().min(1),
  fault: z.enum([
    /** The work is done, the connection ends without an answer. */
    'lose-answer',
    /** The connection ends before the work. */
    'reset',
    /** The work is done, something on the way answers with a page of its own. */
    'http-502-html',
    /** The work is done, the answer says nothing about it. */
    'empty-answer',
    'internal-error',
    'throttle',
    /** Any other error of the API: `code`, `message`, `http_status`. */
    'refuse',
    /** The work is done, and the client waits for an answer until it goes away. */
    'stall',
    /** The call waits for `seconds` before its work. */
    'delay',
  ]),
  times: z.number().int().min(1).default(1),
  /** So many calls of the action pass before. */
  skip: z.number().int().min(0).default(0),
  code: z.string().min(1).default('InternalError'),
  message: z.string().default('The request is refused.'),
  http_status: z.number().int().min(400).max(599).default(400),
  seconds: z.number().min(0).default(1),
});

export type Fault = z.input<typeof faultSchema>;

/** What becomes of a call after its fault: goes on, or its answer is not what it should be. */
export type FaultOutcome = 'none' | 'lose-answer' | 'reset' | 'http-502-html' | 'empty-answer' | 'stall';

/** Faults that wait for their calls. */
export class Faults {
  private readonly clock: CloudClock;
  private readonly closed: AbortSignal;
  private readonly throttlingStatus: number;
  private waiting: z.output<typeof faultSchema>[] = [];

  /** @param closed ends delays when the emulator stops. */
  constructor(clock: CloudClock, closed: AbortSignal, throttlingStatus: number) {
    this.clock = clock;
    this.closed = closed;
    this.throttlingStatus = throttlingStatus;
  }

  add(fault: Fault): void {
    this.waiting.push(faultSchema.parse(fault));
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.waiting = [];
  }

  /** Takes the next fault of an action. @throws ApiError for the faults that the API itself reports. */
  async meet(action: string): Promise<FaultOutcome> {
    const fault = this.waiting.find((each) => each.action === action || each.action === '*');
    if (!fault) return 'none';
    const passes = fault.skip > 0;
    const left = passes ? { ...fault, skip: fault.skip - 1 } : { ...fault, times: fault.times - 1 };
    this.waiting = this.waiting.flatMap((each) => (each !== fault ? [each] : left.times > 0 ? [left] : []));
    if (passes) return 'none';
    switch (fault.fault) {
      case 'delay':
        await this.clock.sleep(fault.seconds * 1000, this.closed);
        return 'none';
      case 'internal-error':
        throw new ApiError(500, 'InternalError', 'The request processing has failed due to some unknown error.');
      case 'throttle':
        throw new ApiError(this.throttlingStatus, 'Throttling.User', 'Request was denied due to user flow control.');
      case 'refuse':
        throw new ApiError(fault.http_status, fault.code, fault.message);
      default:
        return fault.fault;
    }
  }
}
