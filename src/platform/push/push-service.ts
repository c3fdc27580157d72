import { LIMITS } from "../../shared/limits.ts";
import { endOf, readStart } from "../answer-start.ts";

/** The way out to push services. */
export interface PushNetwork {
  fetch(url: string, init: RequestInit): Promise<Response>;
}

/** What a push service said. */
export interface ServiceAnswer {
  readonly status: number;
  /** Ms that it asks to be left alone, if it does. */
  readonly retryAfterMs?: number;
  /** The beginning of its body. */
  readonly text: string;
}

/** What a gateway needs of the world. */
export interface ServiceDeps {
  readonly network: PushNetwork;
  /** How long one request may take, its answer included. */
  readonly timeoutMs: number;
  /** Ms since 1970. */
  now(): number;
}

/** RFC 9110 §10.2.3: seconds, or the time of day. What is neither says nothing. */
export const readRetryAfter = (header: string | null, nowMs: number): number | undefined => {
  const text = header?.trim() ?? "";
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LIMITS.pushRetryAfterMaxMs);
};

/**
 * One request, its time and its answer bounded; redirects are not followed. Undefined: nothing came back. Why is not
 * told, since what the platform says of it may name the address.
 */
export const askService = async (
  deps: ServiceDeps,
  url: string,
  request: { readonly headers: Record<string, string>; readonly body: string | Uint8Array },
): Promise<ServiceAnswer | undefined> => {
  const signal = AbortSignal.timeout(deps.timeoutMs);
  const end = endOf(signal);
  try {
    const response = await Promise.race([
      deps.network.fetch(url, { ...request, method: "POST", redirect: "manual", signal }),
      end,
    ]);
    const bytes = response.body ? await readStart(response.body, LIMITS.pushAnswerBytes, end) : new Uint8Array();
    const retryAfterMs = readRetryAfter(response.headers.get("retry-after"), deps.now());
    return {
      status: response.status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      text: new TextDecoder().decode(bytes),
    };
  } catch {
    return undefined;
  }
};

/** Whether something is not larger than that, as JSON in UTF-8. */
export const isWithin = (value: unknown, maxBytes: number): boolean =>
  new TextEncoder().encode(JSON.stringify(value)).byteLength <= maxBytes;

/** What of an answer in JSON can be told further: a field that is one word. A service might quote what it was sent. */
export const wordIn = (value: unknown): string | undefined =>
  typeof value === "string" && /^[A-Za-z_]{1,48}$/.test(value) ? value : undefined;

/** The JSON object that a text is, or an empty one. */
export const readObject = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
};
