/** An error of the API: what stands in its envelope (Alibaba Cloud: RPC style errors). */
export class ApiError extends Error {
  readonly httpStatus: number;
  readonly code: string;

  constructor(httpStatus: number, code: string, message: string) {
    super(message);
    this.httpStatus = httpStatus;
    this.code = code;
  }
}

export const invalid = (name: string, why: string): ApiError =>
  new ApiError(400, `InvalidParameter.${name}`, `The parameter ${name} is not valid: ${why}.`);
export const missing = (name: string): ApiError =>
  new ApiError(400, `MissingParameter.${name}`, `The parameter ${name} is required.`);
