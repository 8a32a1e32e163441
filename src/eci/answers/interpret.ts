import type { EciError } from '../container-groups.ts';
import type { Answer, AnswerRow } from './answer.ts';
import { ROWS, STILL_AT_WORK } from './rows.ts';

/** What no row knows. Its own sentence has to do. */
const REFUSED: Answer = { class: 'bad request', means: 'give-up', say: 'refused', fault: 'operator' };

/**
 * @param code an error code, an event's reason or a container's reason.
 * @param text its message.
 * @param httpStatus of the answer, 0 for an event or a container.
 */
export function interpret(code: string, text: string, httpStatus = 0): Answer {
  return ROWS.find((row) => fits(row, code, text, httpStatus)) ?? REFUSED;
}

export const interpretError = (error: EciError): Answer => interpret(error.code, error.message, error.httpStatus);

export const isUnknown = (answer: Answer): boolean => answer === REFUSED;

function fits(row: AnswerRow, code: string, text: string, httpStatus: number): boolean {
  if (row.codes && !row.codes.some((pattern) => matches(pattern, code))) return false;
  if (row.text && !row.text.test(text)) return false;
  if (row.httpStatus !== undefined && row.httpStatus !== httpStatus) return false;
  return row.httpStatusFrom === undefined || httpStatus >= row.httpStatusFrom || httpStatus === 429;
}

function matches(pattern: string, code: string): boolean {
  if (pattern.endsWith('*')) return code.startsWith(pattern.slice(0, -1));
  return pattern.startsWith('*') ? code.endsWith(pattern.slice(1)) : code === pattern;
}

/** An earlier call with the same token has not ended: it may yet do its work. */
export const meansStillAtWork = (error: EciError): boolean => STILL_AT_WORK.includes(error.code);

/** The group that the call was about does not exist (any more). */
export const meansGone = (error: EciError): boolean => interpretError(error).class === 'gone';
