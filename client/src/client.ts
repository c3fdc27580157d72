import type { ConversationId, ClientMessageId, DeviceId, Rev, UserId } from "../../src/shared/ids.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type {
  ClientEvents,
  ClientOptions,
  ConnectionState,
  CoreCalls,
  LocalMessage,
  Sending,
  SendOptions,
  StopReason,
  TimelineItem,
} from "./api.ts";
import { describeDevice } from "./device-name.ts";
import { Connection } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import type { Environment } from "./environment.ts";
import { stopError, toParleyError } from "./failures.ts";
import { memoryStore } from "./memory-store.ts";
import { ParleyError } from "./parley-error.ts";
import { makeParts } from "./parts.ts";
import type { Parts } from "./parts.ts";
import type { OutboxRow } from "./store.ts";
import { StoreUnusable } from "./store-unusable.ts";
import { readClaims, TokenSource } from "./token-source.ts";
import { uuidV7 } from "./uuid.ts";

const isConnected = (state: ConnectionState): boolean => state.name === "syncing" || state.name === "online";

/** Connects the parts to a server and to the app: when they come online, what they may send, what is shown. */
export class Client implements CoreCalls {
  /** What all calls are made of. */
  readonly parts: Parts;
  readonly #environment: Environment;
  readonly #options: ClientOptions;
  readonly #emitter = new Emitter();
  readonly #connection: Connection;
  #starting: Promise<void> | undefined;
  #online: PromiseWithResolvers<void> | undefined;
  #shown: ConnectionState = { name: "idle" };
  #deviceId: DeviceId | undefined;
  #attempt = 0;
  #active = true;

  constructor(options: ClientOptions, environment: Environment) {
    this.#options = options;
    this.#environment = environment;
    const tokens = new TokenSource(options.getToken, environment);
    this.parts = makeParts({
      environment,
      tokens,
      emitter: this.#emitter,
      store: options.store ?? memoryStore(),
      url: () => this.#url(),
      deviceId: () => this.deviceId,
      transmit: (frame) => this.#transmit(frame),
      online: () => this.#shown.name === "online",
      start: () => this.start(),
      onSynced: () => this.#connection.synced(),
      onReturn: (id) => {
        if (this.parts.state.opened.has(id)) this.#say("open", id);
      },
      onError: (error) => this.#report(error),
    });
    const { rest, inbound, watermarks, drafts } = this.parts;
    this.#connection = new Connection({
      environment,
      tokens,
      address: (token) => this.#address(token),
      accepts: (token) => rest.accepts(token),
      onWelcome: (welcome) => this.#welcomed(welcome),
      onFrame: (frame) => inbound.frame(frame),
      onPong: (pingedAt) => {
        for (const part of [watermarks, drafts]) part.confirm(pingedAt);
      },
      onState: (state) => this.#moved(state),
    });
  }

  get state(): ConnectionState {
    return this.#shown;
  }

  get userId(): UserId | undefined {
    return this.parts.state.me;
  }

  get deviceId(): DeviceId | undefined {
    return this.#deviceId ?? this.#options.deviceId ?? this.parts.state.meta.deviceId;
  }

  get rev(): Rev {
    return this.parts.state.meta.rev;
  }

  on<E extends keyof ClientEvents>(event: E, handler: (payload: ClientEvents[E]) => void): () => void {
    return this.#emitter.on(event, handler);
  }

  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  connect(): Promise<void> {
    const connected = this.#connect();
    // An app may well not wait for it: what goes wrong is told by the state too.
    connected.catch(() => undefined);
    return connected;
  }

  async close(): Promise<void> {
    if (isConnected(this.#shown)) this.parts.watermarks.flush();
    this.parts.drafts.flush();
    this.parts.expiry.stop();
    this.#connection.close();
    await this.parts.writer.settled();
  }

  async destroy(): Promise<void> {
    this.#connection.close();
    for (const part of [this.parts.outbox, this.parts.watermarks, this.parts.drafts]) part.reset();
    for (const part of [this.parts.aside, this.parts.pins]) part.clear();
    this.parts.people.reset();
    this.parts.expiry.stop();
    await this.parts.writer.abandon();
    await this.parts.state.store.clear();
    await this.parts.state.store.close();
    this.parts.state.reset();
    this.#deviceId = undefined;
    this.#starting = undefined;
    this.#emitter.emit("conversations", undefined);
  }

  conversations(): readonly Conversation[] {
    return this.parts.state.conversations();
  }

  conversation(id: ConversationId): Conversation | undefined {
    return this.parts.state.rows.get(id);
  }

  messages(id: ConversationId): readonly LocalMessage[] {
    const copy = this.parts.state.copies.get(id);
    if (copy?.messages.length === 0 && copy.events.length === 0 && copy.windowFrom > copy.from) {
      this.parts.state.loadPage(id).catch((error: unknown) => this.#report(error));
    }
    return this.parts.state.messages(id);
  }

  timeline(id: ConversationId): readonly TimelineItem[] {
    this.messages(id);
    return this.parts.state.timeline(id);
  }

  async loadOlder(id: ConversationId): Promise<{ more: boolean }> {
    await this.start();
    return this.parts.history.older(id);
  }

  async open(id: ConversationId): Promise<void> {
    this.parts.state.opened.add(id);
    await this.start();
    this.#say("open", id);
    await this.parts.history.opened(id);
  }

  leave(id: ConversationId): void {
    if (!this.parts.state.opened.delete(id)) return;
    this.parts.typing.stop(id);
    this.#say("close", id);
    this.parts.aside.drop(id);
    this.parts.state.trim(id);
  }

  setActive(active: boolean): void {
    if (this.#active === active) return;
    this.#active = active;
    this.#transmit({ type: "state", active });
  }

  send(id: ConversationId, content: string, options: SendOptions = {}): Sending {
    if (this.parts.state.me === undefined) {
      throw new ParleyError("unauthenticated", "unable to send; this client was never connected");
    }
    if (this.parts.state.ended(id)) throw new ParleyError("not_found", "unable to send; you are no longer a member");
    this.parts.typing.stop(id, true);
    return this.parts.outbox.add(id, content, options);
  }

  /** Takes up a message that was written down elsewhere: once, however often it comes. */
  async put(row: OutboxRow): Promise<LocalMessage> {
    await this.start();
    const { state, outbox, typing } = this.parts;
    typing.stop(row.conversation_id, true);
    const known = state.copies
      .get(row.conversation_id)
      ?.messages.findLast(
        (message) => message.client_message_id === row.client_message_id && message.sender_id === state.me,
      );
    return known === undefined ? outbox.put(row) : state.local(known);
  }

  /** Takes up what another page noted before it ended. */
  recover(): void {
    for (const row of this.parts.state.store.noted?.() ?? [])
      if (row.error === undefined) this.put(row).catch(() => undefined);
  }

  retry(_id: ConversationId, clientMessageId: ClientMessageId): void {
    this.parts.outbox.retry(clientMessageId);
  }

  discard(_id: ConversationId, clientMessageId: ClientMessageId): boolean {
    return this.parts.outbox.discard(clientMessageId);
  }

  markRead(id: ConversationId, upTo?: number): void {
    this.parts.marks.read(id, upTo);
  }

  typing(id: ConversationId): void {
    if (!this.parts.state.ended(id)) this.parts.typing.pressed(id);
  }

  typingUsers(id: ConversationId): readonly UserId[] {
    return this.parts.typing.users(id);
  }

  async #start(): Promise<void> {
    try {
      const { outbox, trouble } = await this.parts.state.load();
      this.parts.outbox.restore(outbox);
      if (trouble !== undefined) this.#report(trouble);
    } catch (error) {
      this.#starting = undefined;
      if (error instanceof StoreUnusable) this.#connection.bar(error.reason);
      throw error;
    }
    this.parts.expiry.sweep();
    this.#emitter.emit("conversations", undefined);
  }

  async #connect(): Promise<void> {
    await this.start();
    if (this.#shown.name === "online") return;
    this.#online ??= Promise.withResolvers<void>();
    const { promise } = this.#online;
    this.#connection.connect();
    await promise;
  }

  #url(): string {
    const url = this.#options.url ?? (globalThis as { location?: { origin: string } }).location?.origin;
    if (url === undefined)
      throw new ParleyError("bad_request", "unable to connect; outside a browser, `url` is needed");
    return url;
  }

  #address(token: string): URL | { readonly barred: StopReason } {
    const claims = readClaims(token);
    const { userId, deviceId } = this.parts.state.meta;
    if (claims.sub !== undefined && userId !== undefined && claims.sub !== userId) return this.#foreign();
    const device: DeviceId =
      this.#options.deviceId ??
      claims.device_id ??
      deviceId ??
      this.#deviceId ??
      (uuidV7(this.#environment.now()) as string);
    this.#deviceId = device;
    const url = new URL("/api/v1/connect", this.#url());
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("device_id", device);
    url.searchParams.set("since", String(this.parts.state.meta.rev));
    // The server knows by it which of two is the later one: an attempt that was given up may still arrive.
    this.#attempt = Math.max(this.#attempt + 1, this.#environment.now());
    url.searchParams.set("attempt", String(this.#attempt));
    const { name, platform } = describeDevice();
    url.searchParams.set("name", this.#options.deviceName ?? name);
    url.searchParams.set("platform", this.#options.platform ?? platform);
    return url;
  }

  /** What is in the store belongs to somebody else: neither shown to this user nor thrown away unasked. */
  #foreign(): { readonly barred: StopReason } {
    this.#report(
      new ParleyError("conflict", "unable to connect; the store belongs to another user, `destroy()` empties it"),
    );
    return { barred: "refused" };
  }

  #welcomed(welcome: EventOf<"welcome">): void {
    const { userId } = this.parts.state.meta;
    if (userId !== undefined && userId !== welcome.user_id) {
      this.#connection.bar(this.#foreign().barred);
      return;
    }
    this.parts.state.catchingUp = true;
    this.#deviceId = welcome.device_id;
    const change = this.parts.state.begin();
    change.identity(welcome.user_id, welcome.device_id);
    void change.commit();
    this.parts.expiry.aheadMs = Date.parse(welcome.server_time) - this.#environment.now();
  }

  #moved(state: ConnectionState): void {
    const before = this.#shown;
    this.#shown = state;
    if (isConnected(before) && !isConnected(state)) {
      for (const part of [
        this.parts.outbox,
        this.parts.watermarks,
        this.parts.typing,
        this.parts.gaps,
        this.parts.drafts,
        this.parts.presence,
        this.parts.preferences,
        this.parts.people,
      ])
        part.offline();
    }
    if (state.name === "online" && before.name !== "online") this.#cameOnline();
    if (state.name === "stopped") {
      this.#online?.reject(stopError(state.reason));
      this.#online = undefined;
    }
    this.#emitter.emit("state", state);
  }

  #cameOnline(): void {
    this.#online?.resolve();
    this.#online = undefined;
    if (!this.#active) this.#transmit({ type: "state", active: false });
    for (const id of this.parts.state.opened) {
      this.#say("open", id);
      this.parts.history.opened(id).catch((error: unknown) => this.#report(error));
    }
    const { outbox, watermarks, drafts, presence, preferences, people } = this.parts;
    for (const part of [outbox, watermarks, drafts, presence, preferences, people]) part.online();
    this.#repeatMarks();
  }

  /** Marks that the server may not have seen, because a connection or a process ended before. */
  #repeatMarks(): void {
    this.parts.marks.repeat();
    const unacked = [...this.parts.state.copies.values()].filter((copy) => copy.upTo > copy.acked);
    const marks = unacked.map((copy) => [copy.id, copy.upTo] as const);
    void this.parts.inbound.deliveredWhen(this.parts.writer.settled(), marks);
  }

  /** What is on the screen. Of a conversation that the user left the server has nothing more to say. */
  #say(type: "open" | "close", id: ConversationId): void {
    if (!this.parts.state.ended(id)) this.#transmit({ type, conversation_id: id });
  }

  #transmit(frame: CommandInput): boolean {
    return this.#connection.send(frame);
  }

  /** A refusal or failure that no call waits for. */
  #report(error: unknown): void {
    if (error instanceof StoreUnusable) this.#connection.bar(error.reason);
    this.#emitter.emit("error", toParleyError(error));
  }
}
