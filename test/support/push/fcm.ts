import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { jwtVerify } from "jose";
import { listen, play, readBody, Troubles } from "./double.ts";
import { FCM_BYTES, FCM_TTL_SECONDS, fcmMessage } from "./fcm-form.ts";
import type { FcmMessage } from "./fcm-form.ts";

const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_SECONDS = 3599;
const PROJECT = "parley-doubles";

type ErrorCode =
  | "UNREGISTERED"
  | "INVALID_ARGUMENT"
  | "SENDER_ID_MISMATCH"
  | "QUOTA_EXCEEDED"
  | "UNAVAILABLE"
  | "INTERNAL";
type ErrorKind = ErrorCode | "THIRD_PARTY_AUTH_ERROR" | "UNAUTHENTICATED";
const STATUS: Record<ErrorKind, [http: number, general: string]> = {
  UNREGISTERED: [404, "NOT_FOUND"],
  INVALID_ARGUMENT: [400, "INVALID_ARGUMENT"],
  SENDER_ID_MISMATCH: [403, "PERMISSION_DENIED"],
  QUOTA_EXCEEDED: [429, "RESOURCE_EXHAUSTED"],
  UNAVAILABLE: [503, "UNAVAILABLE"],
  INTERNAL: [500, "INTERNAL"],
  THIRD_PARTY_AUTH_ERROR: [401, "UNAUTHENTICATED"],
  UNAUTHENTICATED: [401, "UNAUTHENTICATED"],
};

/** An error as FCM words it. `field`: what of an INVALID_ARGUMENT is to blame. */
export const fcmError = (kind: ErrorKind, field?: string): { status: number; body: string } => {
  const [code, status] = STATUS[kind];
  const ofFcm = { "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: kind };
  const badRequest = { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field }] };
  const details = [...(kind === "UNAUTHENTICATED" ? [] : [ofFcm]), ...(field === undefined ? [] : [badRequest])];
  return { status: code, body: JSON.stringify({ error: { code, message: "it cannot be sent", status, details } }) };
};

/** FCM's HTTP v1 API and the token endpoint of Google's, strict about both. */
export class Fcm {
  readonly #server: Server;
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #bearers = new Set<string>();
  readonly #devices = new Map<string, FcmMessage[]>();
  readonly troubles = new Troubles();
  /** Of the token endpoint. */
  readonly tokenTroubles = new Troubles();
  readonly mistakes: string[] = [];
  #origin = "";

  private constructor() {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    this.#key = privateKey;
    this.#publicKey = publicKey;
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(): Promise<Fcm> {
    const fcm = new Fcm();
    fcm.#origin = `http://127.0.0.1:${await listen(fcm.#server)}`;
    return fcm;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What a server needs to send by this. */
  get settings(): Record<"FCM_SERVICE_ACCOUNT" | "FCM_ENDPOINT" | "FCM_TOKEN_ENDPOINT", string> {
    const account = {
      type: "service_account",
      project_id: PROJECT,
      private_key_id: "key-1",
      private_key: this.#key.export({ type: "pkcs8", format: "pem" }),
      client_email: `push@${PROJECT}.iam.gserviceaccount.com`,
    };
    return {
      FCM_SERVICE_ACCOUNT: JSON.stringify(account),
      FCM_ENDPOINT: this.#origin,
      FCM_TOKEN_ENDPOINT: `${this.#origin}/token`,
    };
  }

  /** The token of an app that was installed just now. */
  device(): string {
    const token = `${randomBytes(16).toString("base64url")}:APA91b${randomBytes(96).toString("base64url")}`;
    this.#devices.set(token, []);
    return token;
  }

  /** The app was removed: UNREGISTERED from here on. */
  end(token: string): void {
    this.#devices.delete(token);
  }

  received(token: string): readonly FcmMessage[] {
    return this.#devices.get(token) ?? [];
  }

  /** Access tokens that were handed out. */
  get tokens(): number {
    return this.#bearers.size;
  }

  /** Takes back what was handed out: 401 to whoever comes with it. */
  forgetTokens(): void {
    this.#bearers.clear();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readBody(request)).toString();
    const isToken = request.url === "/token";
    const trouble = (isToken ? this.tokenTroubles : this.troubles).take();
    if (trouble !== undefined) return play(trouble, response);
    const { status, body: text } = isToken ? await this.#grant(body) : this.#send(request, body);
    response.writeHead(status, { "content-type": "application/json; charset=UTF-8" }).end(text);
  }

  async #grant(body: string): Promise<{ status: number; body: string }> {
    const form = new URLSearchParams(body);
    const options = {
      algorithms: ["RS256"],
      issuer: `push@${PROJECT}.iam.gserviceaccount.com`,
      audience: `${this.#origin}/token`,
      requiredClaims: ["iat", "exp"],
    };
    try {
      if (form.get("grant_type") !== GRANT) throw new Error("not the grant of a JWT bearer");
      const { payload, protectedHeader } = await jwtVerify(form.get("assertion") ?? "", this.#publicKey, options);
      if (payload["scope"] !== SCOPE) throw new Error("not the scope of messaging");
      if (protectedHeader.kid !== "key-1") throw new Error("not the id of the key");
      if ((payload.exp ?? 0) - (payload.iat ?? 0) > 3600) throw new Error("an assertion holds an hour at most");
    } catch (error) {
      this.mistakes.push(`token: ${(error as Error).message}`);
      return { status: 400, body: JSON.stringify({ error: "invalid_grant", error_description: "no" }) };
    }
    const token = `ya29.${randomBytes(32).toString("base64url")}`;
    this.#bearers.add(token);
    return {
      status: 200,
      body: JSON.stringify({ access_token: token, expires_in: TOKEN_SECONDS, token_type: "Bearer" }),
    };
  }

  #send({ method, url, headers }: IncomingMessage, body: string): { status: number; body: string } {
    const wrong = (reason: string, field?: string): { status: number; body: string } => {
      this.mistakes.push(reason);
      return fcmError("INVALID_ARGUMENT", field);
    };
    if (method !== "POST" || url !== `/v1/projects/${PROJECT}/messages:send`) {
      this.mistakes.push(`${method ?? ""} ${url ?? ""}`);
      return { status: 404, body: "<html>Not Found</html>" };
    }
    if (!this.#bearers.has((headers.authorization ?? "").replace(/^Bearer /, ""))) return fcmError("UNAUTHENTICATED");
    if (!headers["content-type"]?.startsWith("application/json")) return wrong("it is not JSON");
    const { message } = JSON.parse(body) as { message: unknown };
    const parsed = fcmMessage.safeParse(message);
    if (!parsed.success) return wrong(JSON.stringify(parsed.error.issues), "message");
    const { token, data, android } = parsed.data;
    if (Number((android?.ttl ?? "0s").slice(0, -1)) > FCM_TTL_SECONDS) return wrong("a ttl of more than four weeks");
    const bytes =
      Buffer.byteLength(JSON.stringify(data ?? "")) + Buffer.byteLength(JSON.stringify(android?.notification ?? ""));
    if (bytes > FCM_BYTES) return wrong(`${bytes} bytes`, "message");
    const device = this.#devices.get(token);
    if (!/^[\w:-]{32,}$/.test(token)) return wrong("a token that is none", "message.token");
    if (device === undefined) return fcmError("UNREGISTERED");
    device.push(parsed.data);
    return { status: 200, body: JSON.stringify({ name: `projects/${PROJECT}/messages/${device.length}` }) };
  }
}
