import type { Fault } from '../../../src/emulator/wire/faults.ts';
import type { FaultRow } from '../row.ts';

const ACTIONS = ['CreateContainerGroup', 'DescribeContainerGroups', 'DeleteContainerGroup'] as const;

/** Which call of the job it hits. */
const actionOf = (draw: number): (typeof ACTIONS)[number] =>
  ACTIONS[Math.floor(draw * ACTIONS.length)] ?? 'DescribeContainerGroups';

/** Code, in the emulator's record, of a call whose answer was a fault. A delayed call has an answer like any other. */
const CODES: Readonly<Partial<Record<Fault['fault'], string>>> = {
  'internal-error': 'InternalError',
  refuse: 'ServiceUnavailable',
  throttle: 'Throttling.User',
  'http-502-html': 'http-502-html',
  stall: 'stall',
  'lose-answer': 'lose-answer',
  reset: 'reset',
};

/** Faults hit the calls of an action one after the other: one that had none of the others for its answer is the delayed call, or comes behind it. */
const hasMet = (fault: Fault['fault'], code: string): boolean =>
  fault === 'delay' ? !Object.values(CODES).includes(code) : code === CODES[fault];

/** So many calls of one action go wrong, one after the other. */
const row = (fault: string, what: string, how: Omit<Fault, 'action'>): FaultRow => ({
  fault,
  what,
  when: 'before',
  then: 'goes on',
  subject: 'API',
  needs: ['cleanup', 'answers'],
  inject: ({ emulator }, draw) => {
    emulator.fault({ ...how, action: actionOf(draw) });
    return true;
  },
  tookHold: ({ calls }, draw) =>
    calls().some(({ action, code }) => action === actionOf(draw) && hasMet(how.fault, code)),
});

/** Single calls of the ECI API: of one that creates a group, looks at it or deletes it. */
export const API: readonly FaultRow[] = [
  row('API: 500', 'an internal error', { fault: 'internal-error' }),
  row('API: 503', 'the service is unavailable', {
    fault: 'refuse',
    code: CODES.refuse,
    message: 'The service is unavailable.',
    http_status: 503,
  }),
  row('API: throttled', 'Throttling.User, twice', { fault: 'throttle', times: 2 }),
  row('API: a page', 'the work is done, and something in between answers with HTML', { fault: 'http-502-html' }),
  {
    ...row('API: hang', 'the work is done, and no answer ever comes', { fault: 'stall' }),
    spoils: 'quick deletions',
  },
  row('API: answer lost', 'the work is done, and the connection ends', { fault: 'lose-answer' }),
  row('API: reset', 'the connection ends before the work', { fault: 'reset' }),
  row('API: slow', 'the call waits for two seconds', { fault: 'delay', seconds: 2 }),
];
