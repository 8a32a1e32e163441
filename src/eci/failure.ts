import { DriverError } from '../driver-error.ts';
import { interpret } from './answers.ts';
import type { EciError } from './container-groups.ts';

/** An API error that ended a command, in the words of the one table. */
export function eciFailure(error: EciError): DriverError {
  const answer = interpret(error.code, error.message, error.httpStatus);
  return new DriverError(answer.fault, `ECI: ${answer.say}. ${error.message}`, {
    ...(answer.hint === undefined ? {} : { hint: answer.hint }),
    cause: error,
  });
}
