import { describe, expect, it } from "vitest";
import { ERROR_CODES, ERRORS, isRetryable, toProblem } from "../../src/shared/errors.ts";
import { EVENTS } from "../../src/shared/protocol/events.ts";
import { refuse } from "../../src/shared/result.ts";

/** The contract's own words: docs/protocol.md §5. */
const CODES = [
  "bad_request",
  "unauthenticated",
  "forbidden",
  "not_found",
  "conflict",
  "too_large",
  "limit_exceeded",
  "rate_limited",
  "stale_epoch",
  "unsupported",
  "overloaded",
  "internal",
];

describe("errors", () => {
  it("[ERR-2] are these, and no others", () => expect(ERROR_CODES).toEqual(CODES));

  it("[ERR-3] three are worth a retry", () => {
    expect(ERROR_CODES.filter(isRetryable).toSorted()).toEqual(["internal", "overloaded", "rate_limited"]);
  });

  it.each(ERROR_CODES)("[ERR-1] %s becomes a problem and a frame", (code) => {
    const { refusal } = refuse(code, "unable to do it; it is not so", { retry_after_ms: 5 });
    const problem = toProblem(refusal);
    expect(problem).toEqual({
      type: "about:blank",
      title: ERRORS[code].title,
      status: ERRORS[code].status,
      detail: refusal.message,
      code,
      message: refusal.message,
      retry_after_ms: 5,
    });
    expect(problem.status).toBeGreaterThanOrEqual(400);
    expect(problem.status).toBeLessThan(600);
    expect(problem.title).not.toBe("");
    expect(EVENTS.error.safeParse({ type: "error", ...refusal }).success).toBe(true);
  });

  it("only what is said is carried", () => {
    expect(refuse("conflict", "unable to")).toEqual({ ok: false, refusal: { code: "conflict", message: "unable to" } });
    expect(Object.keys(toProblem(refuse("conflict", "unable to").refusal))).not.toContain("retry_after_ms");
  });
});
