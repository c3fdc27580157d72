import * as z from "zod/mini";
import { ERROR_CODES, ERRORS } from "../../src/shared/errors.ts";
import { EVENTS } from "../../src/shared/protocol/events.ts";
import type { EventType, ServerEvent } from "../../src/shared/protocol/events.ts";

const problem = z.object({
  type: z.string(),
  title: z.string().check(z.minLength(1)),
  status: z.int(),
  detail: z.string().check(z.minLength(1)),
  code: z.enum(ERROR_CODES),
  retry_after_ms: z.optional(z.int().check(z.minimum(0))),
});
/** A refusal over HTTP (RFC 9457) as the contract promises it. */
export type Problem = z.infer<typeof problem>;

const complain = (what: string, value: unknown, error: z.core.$ZodError): Error =>
  new Error(`${what} breaks its schema: ${z.prettifyError(error)}\n${JSON.stringify(value).slice(0, 2000)}`);

/** Throws when `value` is not what the contract says; gives it back untouched when it is. */
export const conform = <S extends z.ZodMiniType>(schema: S, value: unknown, what: string): z.output<S> => {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw complain(what, value, parsed.error);
  return value as z.output<S>;
};

const isEventType = (type: unknown): type is EventType => typeof type === "string" && Object.hasOwn(EVENTS, type);

const checkEntries = (event: Extract<ServerEvent, { type: "entries" }>): void => {
  let last = 0;
  for (const { seq } of event.entries) {
    if (seq <= last) throw new Error(`entries out of order: ${seq} after ${last}`);
    last = seq;
  }
  if (last > event.head_seq) throw new Error(`entry ${last} is beyond head_seq ${event.head_seq}`);
};

/** A frame of the server, held to the schema of its type. */
export const conformEvent = (text: string): ServerEvent => {
  const value: unknown = JSON.parse(text);
  const type: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "type") : undefined;
  if (!isEventType(type)) throw new Error(`a frame of no known type: ${text.slice(0, 500)}`);
  const event = conform(EVENTS[type] as z.ZodMiniType<ServerEvent>, value, `frame ${type}`);
  if (event.type === "entries") checkEntries(event);
  return event;
};

/** An answer that is not 2xx must be a problem whose code and status belong together. */
export const conformProblem = (status: number, contentType: string | null, text: string): Problem => {
  if (!contentType?.startsWith("application/problem+json")) {
    throw new Error(`HTTP ${status} is ${contentType ?? "without a type"}, not a problem: ${text.slice(0, 300)}`);
  }
  const value = conform(problem, JSON.parse(text) as unknown, `problem of HTTP ${status}`);
  if (value.status !== status) throw new Error(`problem says ${value.status}, HTTP says ${status}`);
  if (ERRORS[value.code].status !== status) throw new Error(`${value.code} does not belong to HTTP ${status}`);
  return value;
};
