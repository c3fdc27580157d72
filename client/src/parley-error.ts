import type { ErrorCode } from "../../src/shared/errors.ts";
import type { ParleyErrorLike } from "./api.ts";

/** A refusal of the contract, or (`overloaded`) a server that could not be reached. */
export class ParleyError extends Error implements ParleyErrorLike {
  readonly code: ErrorCode;
  /** Milliseconds to wait before the same request is worth repeating. */
  readonly retryAfterMs?: number;

  constructor(code: ErrorCode, message: string, retryAfterMs?: number) {
    super(message);
    this.name = "ParleyError";
    this.code = code;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}
