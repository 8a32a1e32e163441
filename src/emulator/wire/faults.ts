import * as z from 'zod';
import type { CloudClock } from '../clock.ts';
import { ApiError } from './api-error.ts';

/** One thing that goes wrong with the next calls of an action. */
export const faultSchema = z.strictObject({
  action: z.string(),
  fault: z.enum(['lose-answer', 'reset', 'http-502-html', 'internal-error', 'throttle', 'delay', 'empty-answer']),
  times: z.number().int().min(1).default(1),
  /** For `delay`. */
  seconds: z.number().min(0).default(1),
});

export type Fault = z.output<typeof faultSchema>;

/** What is left of a call after its fault: go on, or answer with something that is no answer. */
export type FaultOutcome = 'none' | 'lose-answer' | 'reset' | 'http-502-html' | 'empty-answer';

/** Faults that wait for their calls. */
export class Faults {
  private readonly clock: CloudClock;
  private waiting: Fault[] = [];

  constructor(clock: CloudClock) {
    this.clock = clock;
  }

  add(fault: Fault): void {
    this.waiting.push(fault);
  }

  /** Takes the next fault of an action. @throws ApiError for the faults that the API itself reports. */
  async meet(action: string): Promise<FaultOutcome> {
    const fault = this.waiting.find((each) => each.action === action || each.action === '*');
    if (!fault) return 'none';
    const left = { ...fault, times: fault.times - 1 };
    this.waiting = this.waiting.flatMap((each) => (each !== fault ? [each] : left.times > 0 ? [left] : []));
    switch (fault.fault) {
      case 'delay':
        await this.clock.sleep(fault.seconds * 1000);
        return 'none';
      case 'internal-error':
        throw new ApiError(500, 'InternalError', 'The request processing has failed due to some unknown error.');
      case 'throttle':
        throw new ApiError(400, 'Throttling.User', 'Request was denied due to user flow control.');
      default:
        return fault.fault;
    }
  }
}
