import { DriverError, type Fault } from '../driver-error.ts';
import type { Answer } from './answers/answer.ts';
import { interpretError } from './answers/interpret.ts';
import type { EciError } from './container-groups.ts';

/** An API error that ended a command, in the words of the one table. */
export function eciFailure(error: EciError): DriverError {
  const answer = interpretError(error);
  return new DriverError(faultOf(answer), `ECI: ${answer.say}. ${error.message}`, {
    ...(answer.hint === undefined ? {} : { hint: answer.hint }),
    cause: error,
  });
}

/** Of an answer to a call: there is no container whose owner could be meant. */
export const faultOf = ({ fault }: Answer): Fault => (fault === 'owner' ? 'operator' : fault);
