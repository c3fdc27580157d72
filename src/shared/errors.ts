import type { Refusal } from "./result.ts";

interface ErrorRow {
  readonly status: number;
  /** Whether the same request, with the same `client_message_id`, is worth repeating. */
  readonly retry: boolean;
  readonly title: string;
}

/** The error table of the contract (docs/protocol.md §5): one row per code, for HTTP and WebSocket alike. */
export const ERRORS = {
  bad_request: { status: 400, retry: false, title: "The request is malformed" },
  unauthenticated: { status: 401, retry: false, title: "No valid token" },
  forbidden: { status: 403, retry: false, title: "Not allowed" },
  not_found: { status: 404, retry: false, title: "Not found" },
  conflict: { status: 409, retry: false, title: "In conflict with what is there" },
  too_large: { status: 413, retry: false, title: "Too large" },
  limit_exceeded: { status: 422, retry: false, title: "A limit is exceeded" },
  rate_limited: { status: 429, retry: true, title: "Too fast" },
  stale_epoch: { status: 409, retry: false, title: "The epoch has moved on" },
  unsupported: { status: 501, retry: false, title: "Not supported by this server" },
  overloaded: { status: 503, retry: true, title: "Busy; try again" },
  internal: { status: 500, retry: true, title: "Something went wrong on our side" },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

export const isRetryable = (code: ErrorCode): boolean => ERRORS[code].retry;

/** A refusal as `application/problem+json` (RFC 9457). */
export interface Problem extends Refusal {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

export const toProblem = (refusal: Refusal): Problem => {
  const row = ERRORS[refusal.code];
  return {
    type: "about:blank",
    title: row.title,
    status: row.status,
    detail: refusal.message,
    ...refusal,
  };
};
