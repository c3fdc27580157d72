import type { ErrorCode } from "./errors.ts";

/** An expected refusal: the code of the contract, a sentence, and what a retry needs to know. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Milliseconds to wait before the same request is worth repeating. */
  readonly retry_after_ms?: number;
  /** With `stale_epoch`: the epoch that is current. */
  readonly epoch?: number;
}

export type Ok<T> = { readonly ok: true; readonly value: T };
export type Err = { readonly ok: false; readonly refusal: Refusal };
/** Refusals are values, exceptions are bugs or infrastructure. Plain data, so that it crosses RPC. */
export type Result<T> = Ok<T> | Err;

export const refuse = (code: ErrorCode, message: string, more?: Omit<Refusal, "code" | "message">): Err => ({
  ok: false,
  refusal: { code, message, ...more },
});
