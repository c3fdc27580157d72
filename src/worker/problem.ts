import { toProblem } from "../shared/errors.ts";
import type { Refusal, Result } from "../shared/result.ts";

/** A refusal as an HTTP answer: RFC 9457, with `Retry-After` in whole seconds where there is a wait. */
export const problem = (refusal: Refusal): Response => {
  const body = toProblem(refusal);
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (refusal.retry_after_ms !== undefined)
    headers.set("retry-after", String(Math.ceil(refusal.retry_after_ms / 1000)));
  if (refusal.code === "unauthenticated") headers.set("www-authenticate", "Bearer");
  return new Response(JSON.stringify(body), { status: body.status, headers });
};

/** JSON text as an answer. */
export const json = (text: string, status = 200): Response =>
  new Response(text, { status, headers: { "content-type": "application/json", "cache-control": "no-store" } });

/** What an object answered: JSON text, or a refusal. */
export const answer = (result: Result<string>): Response => (result.ok ? json(result.value) : problem(result.refusal));
