import type * as z from "zod/mini";
import { API_BASE, ROUTES } from "../../src/shared/protocol/http.ts";
import type { Route, RouteName } from "../../src/shared/protocol/http.ts";
import { conform, conformProblem } from "./validate.ts";
import type { Problem } from "./validate.ts";

type BodyOf<A> = A extends z.ZodMiniType ? z.output<A> : undefined;
type AnswersOf<N extends RouteName> = (typeof ROUTES)[N]["answers"];
/** What a successful call of route `N` answers. */
export type AnswerOf<N extends RouteName> = BodyOf<AnswersOf<N>[keyof AnswersOf<N>]>;

export interface CallInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Anything but a string is written as JSON; a string goes out as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A refusal where success was expected. */
export class Refused extends Error {
  readonly problem: Problem;
  constructor(call: string, problem: Problem) {
    super(`${call} was refused: ${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }
}

const fill = (path: string, params: CallInput["params"]): string =>
  path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(params?.[name] ?? `{${name}}`));

const search = (query: CallInput["query"]): string => {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
};

/** The REST side of the contract, every answer of which is held to its schema. */
export class Rest {
  readonly base: string;
  readonly #token: string | undefined;

  constructor(base: string, token?: string) {
    this.base = base;
    this.#token = token;
  }

  /** Any request, below the server's root; only what is not 2xx is checked. */
  async raw(method: string, path: string, input: CallInput = {}): Promise<RawAnswer> {
    const body = typeof input.body === "string" || input.body === undefined ? input.body : JSON.stringify(input.body);
    const answer = await fetch(`${this.base}${path}${search(input.query)}`, {
      method,
      redirect: "manual",
      headers: {
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...input.headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    if (answer.status >= 400) conformProblem(answer.status, answer.headers.get("content-type"), text);
    return { status: answer.status, headers: answer.headers, text };
  }

  /** A call of the contract: its status, and its body or the problem. */
  async call<N extends RouteName>(
    name: N,
    input: CallInput = {},
  ): Promise<{ status: number; body?: AnswerOf<N>; problem?: Problem }> {
    const route: Route = ROUTES[name];
    const { status, headers, text } = await this.raw(
      route.method,
      `${API_BASE}${fill(route.path, input.params)}`,
      input,
    );
    if (status >= 400) return { status, problem: conformProblem(status, headers.get("content-type"), text) };
    const schema = route.answers[status];
    if (schema === undefined) throw new Error(`${name} answered ${status}, which it never should: ${text}`);
    if (schema === null) {
      if (text !== "") throw new Error(`${name} answered ${status} with a body: ${text}`);
      return { status };
    }
    if (!headers.get("content-type")?.startsWith("application/json")) throw new Error(`${name} did not answer JSON`);
    return { status, body: conform(schema, JSON.parse(text) as unknown, `answer of ${name}`) as AnswerOf<N> };
  }

  /** A call that has to succeed. */
  async ok<N extends RouteName>(name: N, input: CallInput = {}): Promise<AnswerOf<N>> {
    const { body, problem } = await this.call(name, input);
    if (problem !== undefined) throw new Refused(name, problem);
    return body as AnswerOf<N>;
  }

  /** A call that has to be refused. */
  async refused(name: RouteName, input: CallInput = {}): Promise<Problem> {
    const { status, body, problem } = await this.call(name, input);
    if (problem === undefined) throw new Error(`${name} answered ${status}: ${JSON.stringify(body)}`);
    return problem;
  }
}
