import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { ApnsPool } from "./apns-pool.ts";
import type { PoolOutcome } from "./apns-pool.ts";
import { LIMITS } from "./limits.ts";
import type { RelayLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import { logLine } from "./log.ts";
import { passageOf } from "./passage.ts";
import type { RelaySettings } from "./settings.ts";

export interface RelayOptions {
  readonly log?: Log;
  readonly limits?: RelayLimits;
  /** Certificates that are trusted beside the usual ones; for tests. */
  readonly ca?: string;
}

/** How the relay words what is not Apple's answer. All but the first are worth another attempt. */
const FAILURES: Record<Exclude<PoolOutcome["is"], "answered">, [status: number, reason: string]> = {
  busy: [503, "RelayBusy"],
  unprocessed: [503, "RelayBusy"],
  unreachable: [502, "RelayUnreachable"],
  lost: [502, "RelayLost"],
  late: [504, "RelayTimeout"],
};

/** Passes on of Apple's answer what a server reads. */
const PASSED_BACK = ["apns-id", "retry-after", "content-type"] as const;

const say = (response: ServerResponse, status: number, reason: string, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify({ reason }));
};

/** A body of at most that many bytes; undefined: it is longer. */
const readBody = async (request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> => {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** An HTTP server that passes requests for Apple's push service on, by HTTP/2. */
export class Relay {
  readonly #settings: RelaySettings;
  readonly #limits: RelayLimits;
  readonly #log: Log;
  readonly #ca: string | undefined;
  readonly #server: Server;
  readonly #pools = new Map<string, ApnsPool>();
  #isStopping = false;

  private constructor(settings: RelaySettings, { log = logLine, limits = LIMITS, ca }: RelayOptions) {
    this.#settings = settings;
    this.#limits = limits;
    this.#log = log;
    this.#ca = ca;
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      // A server that breaks off while it is read is its own business.
      this.#serve(request, response).catch(() => response.destroy());
    };
    this.#server = settings.tls === undefined ? createServer(serve) : createTlsServer(settings.tls, serve);
    this.#server.requestTimeout = limits.requestMs;
    this.#server.headersTimeout = limits.requestMs;
    this.#server.maxConnections = limits.connections;
  }

  /** Resolves when it listens. */
  static async start(settings: RelaySettings, options: RelayOptions = {}): Promise<Relay> {
    const relay = new Relay(settings, options);
    const { port, host, tls } = settings;
    await new Promise<void>((resolve, reject) => {
      relay.#server.once("error", reject);
      relay.#server.listen(port, host, resolve);
    });
    relay.#log({ event: "relay_started", host, port: relay.port, tls: tls !== undefined });
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Lets in nobody else, waits for what is under way, and closes. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    this.#server.closeIdleConnections();
    const force = setTimeout(() => this.#server.closeAllConnections(), 1000);
    await closed;
    clearTimeout(force);
    this.#log({ event: "relay_stopped" });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "GET" && request.url === "/healthz") {
      response.writeHead(this.#isStopping ? 503 : 200, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ status: this.#isStopping ? "stopping" : "ok" }));
    }
    const close = { connection: "close" };
    const passage = passageOf(request, this.#settings, this.#limits);
    if ("reason" in passage) return say(response, passage.status, passage.reason, close);
    if (this.#isStopping) return say(response, 503, "RelayBusy", { ...close, "retry-after": "1" });
    const body = await readBody(request, this.#limits.bodyBytes);
    if (body === undefined) return say(response, 413, "PayloadTooLarge", close);
    const { endpoint, path, headers } = passage;
    this.#answer(response, await this.#poolOf(endpoint).send({ path, headers, body }));
  }

  #answer(response: ServerResponse, outcome: PoolOutcome): void {
    if (outcome.is !== "answered") {
      const [status, reason] = FAILURES[outcome.is];
      this.#log({ event: "request_failed", outcome: outcome.is });
      return say(response, status, reason, outcome.is === "busy" ? { "retry-after": "1" } : {});
    }
    const headers = PASSED_BACK.flatMap((name): [string, string][] => {
      const value = outcome.headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    });
    response.writeHead(outcome.status, Object.fromEntries(headers)).end(outcome.body);
  }

  #poolOf(endpoint: string): ApnsPool {
    const known = this.#pools.get(endpoint);
    if (known !== undefined) return known;
    const pool = new ApnsPool({ endpoint, ca: this.#ca, limits: this.#limits, log: this.#log });
    this.#pools.set(endpoint, pool);
    return pool;
  }
}
