import { connect, constants } from "node:http2";
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { RelayLimits } from "./limits.ts";

export interface ApnsRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What became of a request. */
export type ApnsOutcome =
  | { readonly is: "answered"; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }
  /** Apple says that it did nothing with it: it may go by another connection. */
  | { readonly is: "unprocessed" }
  /** Nobody knows. */
  | { readonly is: "lost" }
  | { readonly is: "late" };

interface SessionDeps {
  readonly endpoint: string;
  /** Certificates that are trusted beside the usual ones; for tests. */
  readonly ca?: string | undefined;
  readonly limits: RelayLimits;
  /** There may be room for requests. */
  onRoom(): void;
  /** It takes no more. `reason`: a code of Node's or of HTTP/2; `wasOpen`: whether Apple was reached at all. */
  onEnd(reason: string, wasOpen: boolean): void;
}

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM, HTTP2_HEADER_STATUS } = constants;

/** One connection to Apple: as many requests at once as Apple allows; it may say at any time that it wants no more. */
export class ApnsSession {
  readonly #deps: SessionDeps;
  readonly #session: ClientHttp2Session;
  readonly #pings: NodeJS.Timeout;
  #isOpen = false;
  #hasEnded = false;
  #underWay = 0;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    const { endpoint, ca, limits } = deps;
    this.#session = connect(endpoint, { ...(ca === undefined ? {} : { ca }), maxSessionMemory: 32 });
    const late = setTimeout(() => this.#end("CONNECT_TIMEOUT"), limits.connectMs);
    // Before Apple has told its settings, nobody knows how many requests it takes at once.
    this.#session.on("remoteSettings", () => {
      clearTimeout(late);
      this.#isOpen = true;
      deps.onRoom();
    });
    this.#session.on("goaway", (code: number) => this.#retire(`GOAWAY_${code}`));
    this.#session.on("error", (error: NodeJS.ErrnoException) => this.#end(error.code ?? "ERROR"));
    this.#session.on("close", () => {
      clearTimeout(late);
      this.#end("CLOSED");
    });
    this.#pings = setInterval(() => this.#ping(), limits.pingEveryMs);
    this.#pings.unref();
  }

  get isOpening(): boolean {
    return !this.#isOpen && !this.#hasEnded;
  }

  /** Requests that it would take now. */
  get room(): number {
    if (!this.#isOpen || this.#hasEnded) return 0;
    const allowed = this.#session.remoteSettings.maxConcurrentStreams ?? this.#deps.limits.streamsPerSession;
    return Math.min(allowed, this.#deps.limits.streamsPerSession) - this.#underWay;
  }

  destroy(): void {
    this.#retire("CLOSED");
    this.#session.destroy();
  }

  async send(request: ApnsRequest, deadlineMs: number): Promise<ApnsOutcome> {
    this.#underWay++;
    try {
      return await this.#exchange(request, deadlineMs);
    } finally {
      this.#underWay--;
      this.#deps.onRoom();
    }
  }

  #exchange({ path, headers, body }: ApnsRequest, deadlineMs: number): Promise<ApnsOutcome> {
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session.request({ ":method": "POST", ":path": path, ...headers });
    } catch {
      // It ended between the look at its room and now.
      return Promise.resolve({ is: "unprocessed" });
    }
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let size = 0;
      let answer: IncomingHttpHeaders | undefined;
      const late = setTimeout(() => {
        resolve({ is: "late" });
        stream.close(NGHTTP2_CANCEL);
      }, deadlineMs);
      stream.on("response", (received) => void (answer = received));
      stream.on("data", (chunk: Buffer) => {
        if (size < this.#deps.limits.answerBytes) chunks.push(chunk);
        size += chunk.length;
      });
      // What it is, "close" tells: it comes after it in any case.
      stream.on("error", () => undefined);
      stream.on("close", () => {
        clearTimeout(late);
        const status = Number(answer?.[HTTP2_HEADER_STATUS]);
        const text = Buffer.concat(chunks).subarray(0, this.#deps.limits.answerBytes);
        if (answer !== undefined && stream.rstCode === 0)
          resolve({ is: "answered", status, headers: answer, body: text });
        else resolve({ is: stream.rstCode === NGHTTP2_REFUSED_STREAM ? "unprocessed" : "lost" });
      });
      stream.end(body);
    });
  }

  #ping(): void {
    const dead = setTimeout(() => this.#end("PING_TIMEOUT"), this.#deps.limits.pingMs);
    try {
      this.#session.ping((error) => {
        clearTimeout(dead);
        if (error !== null) this.#end("PING_FAILED");
      });
    } catch {
      clearTimeout(dead);
    }
  }

  #end(reason: string): void {
    this.#retire(reason);
    this.#session.destroy();
  }

  #retire(reason: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearInterval(this.#pings);
    this.#deps.onEnd(reason, this.#isOpen);
  }
}
