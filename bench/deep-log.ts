import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { LIMITS } from "../src/shared/limits.ts";
import { productDialect } from "./generator/dialect.ts";
import type { Dialect } from "./generator/dialect.ts";

/** Frames of one writer that wait for their answer. */
const WINDOW = 200;
/** Longer than an alarm waits. */
const CALM_MS = 12_000;

export interface WireMessage {
  readonly seq: number;
  readonly message_id: string;
  readonly sender_id: string;
  readonly content: string;
  readonly deleted_at?: string;
}

export interface MessagePage {
  readonly messages: readonly WireMessage[];
  readonly next_cursor?: string;
}

/** How far a conversation's log is archived, by the account of the server. */
export interface ArchiveState {
  readonly head_seq: number;
  readonly archived_up_to: number;
  readonly pruned_up_to: number;
  readonly indexed_up_to: number;
}

const opened = async (dialect: Dialect, user: string): Promise<WebSocket> => {
  const { url, headers } = await dialect.address(user);
  const socket = new WebSocket(url, { headers });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return socket;
};

/** One long conversation: it is filled over sockets, and read over HTTP. */
export class DeepLog {
  readonly dialect: Dialect;
  readonly id: string;
  readonly writers: readonly string[];
  readonly #url: string;
  readonly #admin: string;
  readonly #tokens = new Map<string, string>();

  private constructor(url: string, dialect: Dialect, id: string, writers: readonly string[], admin: string) {
    this.#url = url;
    this.dialect = dialect;
    this.id = id;
    this.writers = writers;
    this.#admin = admin;
  }

  /** `admin`: a token with the scope. */
  static async found(url: string, secret: string, admin: string, members: number): Promise<DeepLog> {
    const dialect = productDialect(url, secret);
    const id = await dialect.group("deep", members);
    const writers = Array.from({ length: members }, (_x, index) => `deep${index}`);
    return new DeepLog(url, dialect, id, writers, admin);
  }

  /** Everybody writes until that many messages are acknowledged. `say`: what the one with that number says. */
  async fill(messages: number, progress: (acked: number) => void, say?: (number: number) => string): Promise<void> {
    const frameOf = (number: number): string => {
      const frame = this.dialect.sendFrame(this.id, number);
      return say === undefined ? frame : JSON.stringify({ ...(JSON.parse(frame) as object), content: say(number) });
    };
    let [begun, acked] = [0, 0];
    const write = async (user: string): Promise<void> => {
      const socket = await opened(this.dialect, user);
      const done = Promise.withResolvers<void>();
      let waiting = 0;
      const next = (): void => {
        while (waiting < WINDOW && begun < messages) {
          begun++;
          waiting++;
          socket.send(frameOf(begun));
        }
        if (waiting === 0) done.resolve();
      };
      socket.on("message", (data: Buffer) => {
        this.dialect.read(data.toString(), {
          acked: () => {
            waiting--;
            acked++;
            if (acked % 10_000 === 0) progress(acked);
            next();
          },
          entry: () => undefined,
          // Taken back, to be written again a little later by whoever has room.
          refused: () => {
            waiting--;
            begun--;
            setTimeout(next, 100);
          },
          fault: (text) => done.reject(new Error(text)),
        });
      });
      next();
      await done.promise;
      socket.close();
    };
    await Promise.all(this.writers.map(write));
  }

  async messages(user: string, query: string): Promise<MessagePage> {
    return await this.#call<MessagePage>(await this.#token(user), "GET", `conversations/${this.id}/messages?${query}`);
  }

  /** One page of a search in this conversation. */
  async search(user: string, query: string, limit: number): Promise<{ readonly results: readonly WireMessage[] }> {
    const asked = new URLSearchParams({ q: query, limit: String(limit), conversation_id: this.id });
    return await this.#call(await this.#token(user), "GET", `search?${asked.toString()}`);
  }

  async write(user: string, method: string, path: string, body?: object): Promise<void> {
    await this.#call(await this.#token(user), method, `conversations/${this.id}/${path}`, body);
  }

  async state(): Promise<ArchiveState> {
    return await this.#call<ArchiveState>(this.#admin, "GET", `admin/conversations/${this.id}`);
  }

  /** Until nothing happens to it any more: what is to be archived is, and what can go is gone. */
  async archived(patienceMs: number): Promise<ArchiveState> {
    const deadline = performance.now() + patienceMs;
    let since = performance.now();
    for (let before = await this.state(); ;) {
      await delay(500);
      const state = await this.state();
      if (state.archived_up_to !== before.archived_up_to || state.pruned_up_to !== before.pruned_up_to)
        since = performance.now();
      before = state;
      if (performance.now() - since > CALM_MS && state.head_seq - state.archived_up_to < LIMITS.archiveBatch)
        return state;
      if (performance.now() > deadline) throw new Error(`unable to go on; archived so far: ${JSON.stringify(state)}`);
    }
  }

  async #token(user: string): Promise<string> {
    const known = this.#tokens.get(user) ?? (await this.dialect.token?.(user));
    if (known === undefined) throw new Error("this server has no tokens");
    this.#tokens.set(user, known);
    return known;
  }

  async #call<T>(token: string, method: string, path: string, body?: object): Promise<T> {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const more = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${this.#url}/api/v1/${path}`, {
      method,
      headers,
      ...more,
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`unable to ${method} ${path}; ${answer.status} ${text}`);
    return JSON.parse(text || "null") as T;
  }
}
