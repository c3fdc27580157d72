import { WebSocket } from "ws";
import { Connection } from "../../client/src/connection.ts";
import { realEnvironment } from "../../client/src/environment.ts";
import { TokenSource } from "../../client/src/token-source.ts";
import { CLOSE } from "../../src/shared/close-codes.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { ServerEvent } from "../../src/shared/protocol/events.ts";

/** When an attempt to connect ended, or a connection: how, and when it was begun. */
interface Ending {
  readonly code: number;
  readonly begunAt: number;
}

/** How one person fared since the storm began. Times in ms since 1970. */
export interface Return {
  readonly lostAt: number;
  readonly backAt: number;
  /** Waits that he was told. */
  readonly told: number;
  readonly endings: readonly Ending[];
  /** Messages by how they came, and the time that the last one bears. */
  readonly synced: number;
  readonly live: number;
  readonly sentAt: number;
  /** What the server said that it should not have. */
  readonly fault: string | undefined;
}

/** One person on one device, whose connection is the SDK's own: its waits, its jitter, its heart. */
export class Returner {
  readonly #connection: Connection;
  readonly #onChange: () => void;
  #rev = 0;
  #isOnline = false;
  #lostAt = 0;
  #backAt = 0;
  #told = 0;
  #endings: Ending[] = [];
  #synced = 0;
  #live = 0;
  #sentAt = 0;
  #seqs = new Set<string>();
  #fault: string | undefined;

  constructor(base: string, token: string, onChange: () => void) {
    this.#onChange = onChange;
    const ended = (ending: Ending): void => this.#ended(ending);
    const Socket = class extends WebSocket {
      constructor(url: URL, protocols: string[]) {
        super(url, protocols, { perMessageDeflate: false, skipUTF8Validation: true });
        const begunAt = Date.now();
        this.on("close", (code) => ended({ code, begunAt }));
      }
    } as unknown as typeof globalThis.WebSocket;
    const environment = realEnvironment({ WebSocket: Socket });
    this.#connection = new Connection({
      environment,
      tokens: new TokenSource(() => token, environment),
      address: () => new URL(`${base.replace("http", "ws")}/api/v1/connect?since=${this.#rev}`),
      accepts: async () => {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await fetch(`${base}/api/v1/conversations?limit=1`, { headers }).catch(() => undefined);
        await answer?.body?.cancel();
        return answer?.status !== 401;
      },
      onWelcome: () => undefined,
      onFrame: (frame) => this.#frame(frame),
      onPong: () => undefined,
      onState: ({ name }) => {
        if (name === "stopped") this.#fault ??= "the connection gave up";
        this.#isOnline = name === "online";
        if (this.#isOnline) this.#backAt = Date.now();
        this.#onChange();
      },
    });
    this.#connection.connect();
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** For the message of a bench that does not go on. */
  get state(): string {
    return `${this.#connection.state.name}, ${this.messages} messages, ${this.#fault ?? "no fault"}`;
  }

  get messages(): number {
    return this.#synced + this.#live;
  }

  /** From now on is counted. */
  begin(): void {
    this.#told = 0;
    this.#endings = [];
    this.#synced = 0;
    this.#live = 0;
  }

  get result(): Return {
    return {
      lostAt: this.#lostAt,
      backAt: this.#backAt,
      told: this.#told,
      endings: this.#endings,
      synced: this.#synced,
      live: this.#live,
      sentAt: this.#sentAt,
      fault: this.#fault,
    };
  }

  close(): void {
    this.#connection.close();
  }

  #ended(ending: Ending): void {
    this.#endings.push(ending);
    if (ending.code === CLOSE.tooFast) this.#told++;
    if (this.#isOnline) this.#lostAt = Date.now();
  }

  #frame(frame: ServerEvent): void {
    if (frame.type === "error") this.#fault ??= frame.code;
    if (frame.type === "sync") {
      for (const [id, entries] of Object.entries(frame.entries)) this.#synced += this.#fresh(id, entries);
      this.#rev = frame.rev;
      this.#connection.synced();
    } else if (frame.type === "entries") this.#live += this.#fresh(frame.conversation_id, frame.entries);
    this.#onChange();
  }

  /** How many of them are messages that he did not have. */
  #fresh(id: string, entries: readonly Entry[]): number {
    const before = this.#seqs.size;
    for (const { seq, kind, timestamp } of entries) {
      if (kind !== "message") continue;
      this.#seqs.add(`${id} ${seq}`);
      this.#sentAt = Date.parse(timestamp);
    }
    return this.#seqs.size - before;
  }
}
