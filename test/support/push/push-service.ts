import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import { importJWK, jwtVerify } from "jose";
import { listen, play, readBody, Troubles } from "./double.ts";
import { Receiver } from "./receiver.ts";

/** What `PushManager.subscribe` gives a page, as JSON. */
export interface Subscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** A message as the browser gets it. */
export interface Pushed {
  /** Ms since 1970, when it came. */
  readonly at: number;
  readonly ttlSeconds: number;
  readonly urgency: string;
  readonly topic?: string;
  /** What was encrypted. */
  readonly text: string;
  readonly bodyBytes: number;
}

interface Mailbox {
  readonly receiver: Receiver;
  /** Base64url: whose messages it takes. Absent: anybody's who signs them. */
  readonly serverKey?: string;
  readonly pushed: Pushed[];
  readonly troubles: Troubles;
  gone: boolean;
}

/** A request that breaks the specification: how the service answers, and why. */
class Mistake extends Error {
  readonly status: number;
  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

const BODY_BYTES = 4096;
const DAY_SECONDS = 86_400;

const single = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  if (Array.isArray(value)) throw new Mistake(400, `${name} is there twice`);
  return value;
};

/** RFC 8030 §5: TTL is required; Urgency and Topic have their forms. */
const mannerOf = (headers: IncomingHttpHeaders): Pick<Pushed, "ttlSeconds" | "urgency" | "topic"> => {
  const ttl = single(headers, "ttl");
  if (ttl === undefined || !/^\d{1,10}$/.test(ttl)) throw new Mistake(400, "TTL is missing or no number");
  const urgency = single(headers, "urgency") ?? "normal";
  if (!/^(very-low|low|normal|high)$/.test(urgency)) throw new Mistake(400, `no urgency: ${urgency}`);
  const topic = single(headers, "topic");
  if (topic !== undefined && !/^[A-Za-z0-9_-]{1,32}$/.test(topic)) throw new Mistake(400, "no topic of 32 base64url");
  return { ttlSeconds: Number(ttl), urgency, ...(topic === undefined ? {} : { topic }) };
};

/**
 * A push service of browsers, strict about RFC 8030 (messages), 8188 and 8291 (encryption) and 8292 (whose they are). It
 * hands out subscriptions as a browser would and reads what is pushed to them.
 */
export class PushService {
  readonly #server: Server;
  readonly #mailboxes = new Map<string, Mailbox>();
  /** Of all subscriptions. */
  readonly troubles = new Troubles();
  /** What senders did that no specification allows. A test should find none. */
  readonly mistakes: string[] = [];
  /** Different signed tokens that came: a sender keeps one for hours. */
  readonly tokens = new Set<string>();
  origin = "";

  private constructor() {
    this.#server = createServer((request, response) => {
      // A sender that breaks off is its own business.
      void this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(): Promise<PushService> {
    const service = new PushService();
    service.origin = `http://127.0.0.1:${await listen(service.#server)}`;
    return service;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param serverKey the `applicationServerKey` of the page, base64url; only messages signed with it are taken then */
  subscription(serverKey?: string): Subscription {
    const id = randomBytes(24).toString("base64url");
    const receiver = new Receiver();
    const mailbox = { receiver, pushed: [], troubles: new Troubles(), gone: false };
    this.#mailboxes.set(`/push/${id}`, { ...mailbox, ...(serverKey === undefined ? {} : { serverKey }) });
    return { endpoint: `${this.origin}/push/${id}`, keys: receiver.keys };
  }

  /** All that was taken for it, in order, and also what was replaced since. */
  received(subscription: Pick<Subscription, "endpoint">): readonly Pushed[] {
    return this.#mailboxOf(subscription).pushed;
  }

  /** What a browser that connects now is given: of each topic the last (RFC 8030 §5.4). */
  pending(subscription: Pick<Subscription, "endpoint">): readonly Pushed[] {
    const all = this.received(subscription);
    return all.filter(
      ({ topic }, i) => topic === undefined || !all.slice(i + 1).some((later) => later.topic === topic),
    );
  }

  troublesOf(subscription: Pick<Subscription, "endpoint">): Troubles {
    return this.#mailboxOf(subscription).troubles;
  }

  /** The browser unsubscribed: 410 from here on. */
  end(subscription: Pick<Subscription, "endpoint">): void {
    this.#mailboxOf(subscription).gone = true;
  }

  #mailboxOf({ endpoint }: Pick<Subscription, "endpoint">): Mailbox {
    const mailbox = this.#mailboxes.get(new URL(endpoint).pathname);
    if (mailbox === undefined) throw new Error("unable to look; there is no such subscription");
    return mailbox;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const mailbox = this.#mailboxes.get(request.url ?? "");
    const trouble = this.troubles.take() ?? mailbox?.troubles.take();
    if (trouble !== undefined) return play(trouble, response);
    try {
      if (request.method !== "POST") throw new Mistake(405, `method ${request.method ?? ""}`);
      if (mailbox === undefined) return void response.writeHead(404).end();
      if (mailbox.gone) return void response.writeHead(410).end();
      await this.#take(mailbox, request.headers, body);
      response.writeHead(201, { location: `${this.origin}/message/${randomBytes(9).toString("base64url")}` }).end();
    } catch (error) {
      this.mistakes.push((error as Error).message);
      response.writeHead(error instanceof Mistake ? error.status : 400).end();
    }
  }

  async #take(mailbox: Mailbox, headers: IncomingHttpHeaders, body: Buffer): Promise<void> {
    const manner = mannerOf(headers);
    await this.#verify(single(headers, "authorization"), mailbox.serverKey);
    if (body.length > BODY_BYTES) throw new Mistake(413, `a body of ${body.length} bytes`);
    if (single(headers, "content-encoding") !== "aes128gcm") throw new Mistake(415, "the coding is not aes128gcm");
    mailbox.pushed.push({ at: Date.now(), ...manner, text: mailbox.receiver.read(body), bodyBytes: body.length });
  }

  /** RFC 8292 §2 and §3. */
  async #verify(authorization: string | undefined, serverKey: string | undefined): Promise<void> {
    const [, token, key] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization ?? "") ?? [];
    if (token === undefined || key === undefined) throw new Mistake(401, "no vapid authorization");
    if (serverKey !== undefined && key !== serverKey) throw new Mistake(403, "not the key of the subscription");
    // A sender keeps its token for hours: what held a moment ago holds still.
    if (this.tokens.has(`${token}.${key}`)) return;
    const point = Buffer.from(key, "base64url");
    if (point.length !== 65 || point[0] !== 4) throw new Mistake(401, "k is no uncompressed point");
    const [x, y] = [point.subarray(1, 33).toString("base64url"), point.subarray(33).toString("base64url")];
    const options = { algorithms: ["ES256"], audience: this.origin, requiredClaims: ["exp", "sub"], typ: "JWT" };
    const verified = await jwtVerify(token, await importJWK({ kty: "EC", crv: "P-256", x, y }, "ES256"), options).catch(
      (error: unknown): never => {
        throw new Mistake(403, `a token that does not hold: ${(error as Error).message}`);
      },
    );
    const { exp = 0, sub = "" } = verified.payload;
    if (exp > Date.now() / 1000 + DAY_SECONDS) throw new Mistake(403, "exp is more than a day ahead");
    if (!/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(sub)) throw new Mistake(403, "sub is nobody to write to");
    this.tokens.add(`${token}.${key}`);
  }
}
