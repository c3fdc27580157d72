import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { createSecureServer } from "node:http2";
import type { Http2SecureServer, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { jwtVerify } from "jose";
import { headersProblem, payloadProblem } from "./apns-form.ts";
import type { ApnsError } from "./apns-form.ts";
import { selfSigned } from "./certificate.ts";
import { listen, readBody, Troubles } from "./double.ts";
import type { Trouble } from "./double.ts";

const KEY_ID = "ABCDE12345";
const TEAM_ID = "TEAM123456";
const TOPIC = "org.example.parley";
const HOUR_SECONDS = 3600;
/** What nobody who follows the specification hears. */
const EXPECTED = new Set(["BadDeviceToken", "Unregistered", "ExpiredProviderToken"]);

/** What came for a device. */
export interface ApnsPush {
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly payload: { readonly aps: Readonly<Record<string, unknown>>; readonly parley: unknown };
}

/** An error as Apple words it. */
export const apnsError = (status: number, reason: string, timestamp?: number): { status: number; body: string } => ({
  status,
  body: JSON.stringify({ reason, ...(timestamp === undefined ? {} : { timestamp }) }),
});

/** Apple's push service: HTTP/2 only, token authentication, strict about both. */
export class Apns {
  readonly #server: Http2SecureServer;
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #devices = new Map<string, ApnsPush[]>();
  readonly #ended = new Map<string, number>();
  #held: Promise<void> = Promise.resolve();
  readonly troubles = new Troubles();
  readonly mistakes: string[] = [];
  /** Different provider tokens that came: Apple wants no more than one in 20 minutes. */
  readonly tokens = new Set<string>();
  /** Streams that are open at this moment, and the most that there were. */
  streams = { now: 0, most: 0 };
  /** Connections that were made, all in all. */
  connections = 0;
  /** What clients have to trust. */
  readonly ca: string;
  endpoint = "";

  private constructor(maxConcurrentStreams: number) {
    const { cert, key } = selfSigned();
    this.ca = cert;
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#key = privateKey;
    this.#publicKey = publicKey;
    this.#server = createSecureServer({ cert, key, allowHTTP1: false, settings: { maxConcurrentStreams } });
    this.#server.on("session", (session) => {
      this.connections++;
      this.#sessions.add(session);
      session.on("close", () => this.#sessions.delete(session));
      session.on("error", () => undefined);
    });
    this.#server.on("stream", (stream, headers) => {
      stream.on("error", () => undefined);
      void this.#serve(stream, headers).catch(() => stream.destroy());
    });
  }

  /** @param maxConcurrentStreams requests that one connection may have under way: Apple says 1 at first, 1,000 later */
  static async start(maxConcurrentStreams = 100): Promise<Apns> {
    const apns = new Apns(maxConcurrentStreams);
    apns.endpoint = `https://127.0.0.1:${await listen(apns.#server)}`;
    return apns;
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  /** What a server needs to send by this, but for the relay. */
  get settings(): Record<"APNS_KEY" | "APNS_KEY_ID" | "APNS_TEAM_ID" | "APNS_TOPIC" | "APNS_ENDPOINT", string> {
    return {
      APNS_KEY: String(this.#key.export({ type: "pkcs8", format: "pem" })),
      APNS_KEY_ID: KEY_ID,
      APNS_TEAM_ID: TEAM_ID,
      APNS_TOPIC: TOPIC,
      APNS_ENDPOINT: this.endpoint,
    };
  }

  device(): string {
    const token = randomBytes(32).toString("hex");
    this.#devices.set(token, []);
    return token;
  }

  /** The app was removed, or the token is another one now: 410, with when that was noticed. */
  end(token: string, at = Date.now()): void {
    this.#ended.set(token, at);
  }

  received(token: string): readonly ApnsPush[] {
    return this.#devices.get(token) ?? [];
  }

  /** Tells every connection that it takes no more: those that are under way end, others are not begun. */
  goAway(): void {
    for (const session of this.#sessions) session.close();
  }

  /** Requests that come are answered when the answer of this is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return resolve;
  }

  /** Breaks every connection off. */
  breakOff(): void {
    for (const session of this.#sessions) session.destroy();
  }

  async #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    this.streams.now++;
    this.streams.most = Math.max(this.streams.most, this.streams.now);
    stream.on("close", () => this.streams.now--);
    const body = await readBody(stream);
    await this.#held;
    const trouble = this.troubles.take();
    if (trouble !== undefined) return this.#play(trouble, stream);
    const error = await this.#judge(headers, body);
    if (error === undefined) return this.#answer(stream, 200, "");
    if (!EXPECTED.has(error.reason)) this.mistakes.push(error.reason);
    const { status, ...said } = error;
    this.#answer(stream, status, JSON.stringify(said));
  }

  #answer(
    stream: ServerHttp2Stream,
    status: number,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    stream.respond({ ":status": status, "apns-id": randomUUID().toUpperCase(), ...headers });
    stream.end(body);
  }

  #play(trouble: Trouble, stream: ServerHttp2Stream): void {
    if (trouble === "hang") return;
    if (trouble === "reset") stream.session?.destroy();
    else this.#answer(stream, trouble.status, trouble.body ?? "", trouble.headers);
  }

  async #judge(headers: IncomingHttpHeaders, body: Buffer): Promise<ApnsError | undefined> {
    const token = /^bearer (\S+)$/.exec(headers.authorization ?? "")?.[1];
    if (token === undefined) return { status: 403, reason: "MissingProviderToken" };
    const problem =
      (await this.#tokenProblem(token)) ??
      headersProblem(headers, new Set([TOPIC, `${TOPIC}.dev`])) ??
      payloadProblem(body, String(headers["apns-push-type"]));
    if (problem !== undefined) return problem;
    const device = headers[":path"]?.slice("/3/device/".length) ?? "";
    const endedAt = this.#ended.get(device);
    if (endedAt !== undefined) return { status: 410, reason: "Unregistered", timestamp: endedAt };
    const pushes = this.#devices.get(device);
    if (pushes === undefined) return { status: 400, reason: "BadDeviceToken" };
    pushes.push({ at: Date.now(), headers, payload: JSON.parse(body.toString()) as ApnsPush["payload"] });
    return undefined;
  }

  async #tokenProblem(token: string): Promise<ApnsError | undefined> {
    try {
      const options = { algorithms: ["ES256"], issuer: TEAM_ID, requiredClaims: ["iat"] };
      const { payload, protectedHeader } = await jwtVerify(token, this.#publicKey, options);
      if (protectedHeader.kid !== KEY_ID) return { status: 403, reason: "InvalidProviderToken" };
      const age = Date.now() / 1000 - (payload.iat ?? 0);
      if (age > HOUR_SECONDS) return { status: 403, reason: "ExpiredProviderToken" };
      this.tokens.add(token);
      return undefined;
    } catch {
      return { status: 403, reason: "InvalidProviderToken" };
    }
  }
}
