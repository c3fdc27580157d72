import { ERRORS, isRetryable } from "../../src/shared/errors.ts";
import type { ErrorCode } from "../../src/shared/errors.ts";
import type { Page } from "./api-messages.ts";
import { afterRequestedMs, fullJitterMs } from "./backoff.ts";
import type { Environment } from "./environment.ts";
import { ParleyError } from "./parley-error.ts";
import type { TokenSource } from "./token-source.ts";

export interface RestRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Under `/api/v1`, its parameters already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** Not to be repeated: done twice it is not what it is done once. */
  readonly once?: boolean;
}

const BASE = "/api/v1";
const TIMEOUT_MS = 15_000;
const ATTEMPTS = 4;

const codeOf = (value: unknown, status: number): ErrorCode => {
  if (typeof value === "string" && Object.hasOwn(ERRORS, value)) return value as ErrorCode;
  const rows = Object.entries(ERRORS) as [ErrorCode, { readonly status: number }][];
  return rows.find(([, row]) => row.status === status)?.[0] ?? (status >= 500 ? "internal" : "bad_request");
};

/** The refusal in an answer, whatever answered: Parley's problem document, or a proxy's page. */
export const refusalOf = async (response: Response): Promise<ParleyError> => {
  const problem: { code?: unknown; detail?: unknown; retry_after_ms?: unknown } = await response.json().then(
    (value: unknown) => (typeof value === "object" && value !== null ? value : {}),
    () => ({}),
  );
  const code = codeOf(problem.code, response.status);
  const text = typeof problem.detail === "string" ? problem.detail : ERRORS[code].title;
  return new ParleyError(code, text, typeof problem.retry_after_ms === "number" ? problem.retry_after_ms : undefined);
};

/** Some answers are their status alone. */
const bodyOf = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  return text === "" ? undefined : JSON.parse(text);
};

/** The HTTP half of the contract. Every request may be repeated: reads by nature, writes by their `client_message_id`. */
export class Rest {
  readonly #url: () => string;
  readonly #tokens: TokenSource;
  readonly #environment: Environment;

  constructor(url: () => string, tokens: TokenSource, environment: Environment) {
    this.#url = url;
    this.#tokens = tokens;
    this.#environment = environment;
  }

  /**
   * The body of the answer. Rejects with a `ParleyError`; retries what the contract calls worth it
   * (`rate_limited`, `overloaded`, `internal`) and an unreachable server, a few times.
   */
  async call<T>(request: RestRequest): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#once(request);
      if (!(outcome instanceof ParleyError)) return (await bodyOf(outcome)) as T;
      const expired = outcome.code === "unauthenticated" && attempt === 1;
      if (expired) this.#tokens.forget();
      else if (request.once || attempt >= ATTEMPTS || !isRetryable(outcome.code)) throw outcome;
      else await this.#pause(attempt, outcome.retryAfterMs);
    }
  }

  /** All pages of a list. */
  async all<T>(path: string, noun: string): Promise<readonly T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.call<Page<string, T>>({ method: "GET", path, query: { cursor } });
      items.push(...(page[noun] ?? []));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    return items;
  }

  /** Whether the server takes the token: false only when it said that it does not. */
  async accepts(token: string): Promise<boolean> {
    try {
      const response = await this.#fetch({ method: "GET", path: "/conversations", query: { limit: 1 } }, token);
      await response.body?.cancel();
      return response.status !== 401;
    } catch {
      // Unreachable says nothing about the token.
      return true;
    }
  }

  async #once(request: RestRequest): Promise<Response | ParleyError> {
    const token = await this.#tokens.current();
    try {
      const response = await this.#fetch(request, token);
      return response.ok ? response : await refusalOf(response);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return new ParleyError("overloaded", `unable to reach the server; ${why}`);
    }
  }

  #fetch(request: RestRequest, token: string): Promise<Response> {
    const url = new URL(`${BASE}${request.path}`, this.#url());
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    return this.#environment.fetch(url, {
      method: request.method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }

  #pause(attempt: number, requestedMs: number | undefined): Promise<void> {
    const random = this.#environment.random();
    const delayMs =
      requestedMs === undefined ? fullJitterMs(attempt, random, 200, 5000) : afterRequestedMs(requestedMs, random);
    return new Promise((resolve) => {
      this.#environment.setTimer(resolve, delayMs);
    });
  }
}
