/**
 * Who can act on a failure. It decides what the runner is told:
 * - `user`: the job's author; a build failure, not repeated;
 * - `operator`: whoever runs the manager (settings, credentials, network); a system failure;
 * - `platform`: the cloud (stock, quota, throttling, a reclaimed machine); a system failure.
 */
export type Fault = 'user' | 'operator' | 'platform';

/**
 * A failure that was foreseen. The message says what happened and where, the hint says what to do, details come after both; all are shown in
 * the job log, so none may hold a secret. Everything else that is thrown is a bug and is told apart by not being one of these.
 */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly fault: Fault;
  readonly hint: string | undefined;
  /** Lines for whoever wants to know more: a list of problems, of places. */
  readonly details: string | undefined;

  constructor(
    fault: Fault,
    message: string,
    options: { hint?: string; details?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.fault = fault;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** The same failure, told otherwise: as somebody else's, or in texts that are changed. */
export function retold(
  failure: DriverError,
  { fault = failure.fault, text = (each) => each }: { fault?: Fault; text?: (each: string) => string },
): DriverError {
  const { message, hint, details, cause } = failure;
  return new DriverError(fault, text(message), {
    ...(hint === undefined ? {} : { hint: text(hint) }),
    details: details === undefined ? undefined : text(details),
    cause,
  });
}
