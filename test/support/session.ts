import type { IncomingHttpHeaders } from "node:http";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { EventOf, EventType, ServerEvent } from "../../src/shared/protocol/events.ts";
import { conformEvent } from "./validate.ts";
import { within } from "./wait.ts";

export interface ConnectOptions {
  /** Absent: the upgrade carries none. */
  readonly token?: string;
  /** How the token travels: as browsers do it (the default), or as a header. */
  readonly via?: "subprotocol" | "header";
  readonly deviceId?: string;
  readonly since?: number;
  readonly origin?: string;
  /** Further headers, as a proxy in front of the server would write them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further query parameters. */
  readonly query?: Readonly<Record<string, string>>;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** The upgrade was answered by something other than 101. */
export class UpgradeRefused extends Error {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly text: string;
  constructor(status: number, headers: IncomingHttpHeaders, text: string) {
    super(`the upgrade was refused: ${status} ${text}`);
    this.status = status;
    this.contentType = headers["content-type"] ?? "";
    this.retryAfter = headers["retry-after"];
    this.text = text;
  }
}

interface Waiter {
  readonly wants: (event: ServerEvent) => boolean;
  readonly resolve: (event: ServerEvent) => void;
  readonly reject: (error: Error) => void;
}

type WithoutRef<C> = C extends unknown ? Omit<C, "ref"> : never;
export type Request = WithoutRef<CommandInput> & { readonly ref?: string };

const dial = (base: string, options: ConnectOptions): WebSocket => {
  const url = new URL(`${base.replace(/^http/, "ws")}/api/v1/connect`);
  if (options.deviceId !== undefined) url.searchParams.set("device_id", options.deviceId);
  if (options.since !== undefined) url.searchParams.set("since", String(options.since));
  for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, value);
  const byHeader = options.via === "header" && options.token !== undefined;
  const protocols = options.token === undefined || byHeader ? ["chat.v1"] : ["chat.v1", `bearer.${options.token}`];
  const settings: ClientOptions & { closeTimeout: number } = {
    handshakeTimeout: 15_000,
    // The close frame is what the contract speaks of; how long the connection beneath it lingers is not.
    closeTimeout: 500,
    perMessageDeflate: false,
    headers: {
      ...(byHeader ? { authorization: `Bearer ${options.token}` } : {}),
      ...(options.origin === undefined ? {} : { origin: options.origin }),
      ...options.headers,
    },
  };
  return new WebSocket(url, protocols, settings);
};

let refs = 0;

/** One WebSocket connection. Keeps every frame, holds each to its schema, and remembers what broke it. */
export class Session {
  /** Every frame so far, oldest first. */
  readonly frames: ServerEvent[] = [];
  /** What the server did against the contract; a test that leaves any behind fails. */
  readonly violations: string[] = [];
  readonly closed: Promise<Closed>;
  closedBy: Closed | undefined;
  pongs = 0;
  readonly #socket: WebSocket;
  readonly #waiters = new Set<Waiter>();
  readonly #pongWaiters: (() => void)[] = [];
  #listener: ((event: ServerEvent) => void) | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        this.closedBy = { code, reason: reason.toString() };
        for (const waiter of this.#waiters) waiter.reject(new Error(`closed with ${code} ${reason.toString()}`));
        resolve(this.closedBy);
      });
    });
  }

  /** Connects; resolves with the socket open, before any frame. Throws `UpgradeRefused`. */
  static open(base: string, options: ConnectOptions): Promise<Session> {
    const socket = dial(base, options);
    const session = new Session(socket);
    return new Promise((resolve, reject) => {
      socket.on("open", () => {
        if (socket.protocol !== "chat.v1") session.violations.push(`subprotocol "${socket.protocol}" was selected`);
        resolve(session);
      });
      socket.on("unexpected-response", (_request, response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          reject(new UpgradeRefused(response.statusCode ?? 0, response.headers, text));
          socket.terminate();
        });
      });
      socket.on("error", reject);
    });
  }

  #receive(data: Buffer, isBinary: boolean): void {
    const text = data.toString();
    if (text === "pong") {
      this.pongs++;
      this.#pongWaiters.shift()?.();
      return;
    }
    let event: ServerEvent;
    try {
      if (isBinary) throw new Error("a binary frame");
      event = conformEvent(text);
      if (this.frames.length === 0 && event.type !== "welcome") throw new Error(`the first frame is ${event.type}`);
    } catch (error) {
      this.#violate(error instanceof Error ? error.message : String(error));
      return;
    }
    this.frames.push(event);
    this.#listener?.(event);
    for (const waiter of this.#waiters) {
      if (waiter.wants(event)) waiter.resolve(event);
    }
  }

  #violate(what: string): void {
    this.violations.push(what);
    for (const waiter of this.#waiters) waiter.reject(new Error(what));
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** The number of frames so far: give it to `waitFor` to look at later ones only. */
  get mark(): number {
    return this.frames.length;
  }

  /** Calls `listener` for each frame, in order, beginning with those that came already. */
  listen(listener: (event: ServerEvent) => void): void {
    for (const event of this.frames) listener(event);
    this.#listener = listener;
  }

  /** The first frame of that type, seen already (from `from` on) or within `timeoutMs`, for which `wants` holds. */
  async waitFor<T extends EventType>(
    type: T,
    wants: (event: EventOf<T>) => boolean = () => true,
    options: { timeoutMs?: number; from?: number } = {},
  ): Promise<EventOf<T>> {
    const matches = (event: ServerEvent): boolean => event.type === type && wants(event as EventOf<T>);
    const seen = this.frames.slice(options.from ?? 0).find(matches);
    if (seen !== undefined) return seen as EventOf<T>;
    if (this.violations.length > 0) throw new Error(this.violations[0]);
    if (this.closedBy !== undefined) throw new Error(`waiting for ${type}: closed with ${this.closedBy.code}`);
    return (await this.#next(matches, options.timeoutMs ?? 5000, `waiting for ${type}`)) as EventOf<T>;
  }

  async #next(wants: Waiter["wants"], timeoutMs: number, what: string): Promise<ServerEvent> {
    let waiter: Waiter | undefined;
    const found = new Promise<ServerEvent>((resolve, reject) => {
      waiter = { wants, resolve, reject };
      this.#waiters.add(waiter);
    });
    try {
      return await within(found, timeoutMs, what);
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter);
    }
  }

  /** Frames of one type so far, from `from` on. */
  all<T extends EventType>(type: T, from = 0): EventOf<T>[] {
    return this.frames.slice(from).filter((event) => event.type === type) as EventOf<T>[];
  }

  /** The entry with that `seq` of a conversation, as it was or will be pushed. */
  async entry(conversationId: string, seq: number, timeoutMs = 5000): Promise<Entry> {
    const has = (event: EventOf<"entries">): Entry | undefined =>
      event.conversation_id === conversationId ? event.entries.find((entry) => entry.seq === seq) : undefined;
    const found = has(await this.waitFor("entries", (event) => has(event) !== undefined, { timeoutMs }));
    if (found === undefined) throw new Error("a frame lost its entry");
    return found;
  }

  /** Every entry of a conversation that was pushed so far, in the order of arrival. */
  pushed(conversationId: string): Entry[] {
    return this.all("entries").flatMap((event) => (event.conversation_id === conversationId ? event.entries : []));
  }

  /** Whatever was told before this resolves, the server has dealt with. */
  async settle(): Promise<void> {
    await this.ask("sync", { type: "sync", since: 0 });
  }

  tell(command: Request): void {
    this.#socket.send(JSON.stringify(command));
  }

  /** Anything at all, for what a well-behaved client would not send. */
  throwIn(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  /** Sends with a `ref` of its own; resolves with the one frame that carries it. */
  async request(command: Request, timeoutMs = 10_000): Promise<ServerEvent> {
    const ref = command.ref ?? `r${++refs}`;
    const answer = this.#next((event) => "ref" in event && event.ref === ref, timeoutMs, `answer to ${command.type}`);
    this.tell({ ...command, ref });
    return await answer;
  }

  /** A request that has to be answered by a frame of that type. */
  async ask<T extends EventType>(type: T, command: Request, timeoutMs?: number): Promise<EventOf<T>> {
    const answer = await this.request(command, timeoutMs);
    if (answer.type !== type) throw new Error(`${command.type} was answered ${JSON.stringify(answer)}`);
    return answer as EventOf<T>;
  }

  /** Resolves with the `error` frame that follows something thrown in. */
  async provoke(data: string | Uint8Array): Promise<EventOf<"error">> {
    const from = this.mark;
    this.throwIn(data);
    return await this.waitFor("error", () => true, { from });
  }

  async ping(timeoutMs = 5000): Promise<void> {
    const pong = new Promise<void>((resolve) => this.#pongWaiters.push(resolve));
    this.#socket.send("ping");
    await within(pong, timeoutMs, "pong");
  }

  /** Stops reading and answering without closing, as a phone in a tunnel does. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(1000);
    const gone = await within(this.closed, 1000, "close").catch(() => undefined);
    if (gone === undefined) this.#socket.terminate();
  }

  /** Drops the connection without a word. */
  terminate(): void {
    this.#socket.terminate();
  }
}
