/** An error of the API: what stands in its envelope (Alibaba Cloud: RPC style errors). */
export class ApiError extends Error {
  readonly httpStatus: number;
  readonly code: string;
  /** Fields beside the usual ones, such as AccessDeniedDetail. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(httpStatus: number, code: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.more = more;
    this.httpStatus = httpStatus;
    this.code = code;
  }
}

export const invalid = (name: string, why: string): ApiError =>
  new ApiError(400, `InvalidParameter.${name}`, `The parameter ${name} is not valid: ${why}.`);
export const missing = (name: string): ApiError =>
  new ApiError(400, `MissingParameter.${name}`, `The parameter ${name} is required.`);
