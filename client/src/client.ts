import type { ClientMessageId, ConversationId, DeviceId, Rev, UserId } from "../../src/shared/ids.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { NewConversation } from "../../src/shared/protocol/http-conversations.ts";
import type {
  ClientEvents,
  ClientOptions,
  ConnectionState,
  CoreCalls,
  LocalMessage,
  Sending,
  SendOptions,
} from "./api.ts";
import type { GroupCalls } from "./api-groups.ts";
import { Connection } from "./connection.ts";
import type { StopReason } from "./connection-machine.ts";
import { withRead } from "./conversation-row.ts";
import { Emitter } from "./emitter.ts";
import type { Environment } from "./environment.ts";
import { stopError, toParleyError } from "./failures.ts";
import { Gaps } from "./gaps.ts";
import { History } from "./history.ts";
import { Inbound } from "./inbound.ts";
import { LocalState } from "./local-state.ts";
import { memoryStore } from "./memory-store.ts";
import { Outbox } from "./outbox.ts";
import { ParleyError } from "./parley-error.ts";
import { Rest } from "./rest.ts";
import { StoreWriter } from "./store-writer.ts";
import { readClaims, TokenSource } from "./token-source.ts";
import { Typing } from "./typing.ts";
import { uuidV7 } from "./uuid.ts";
import { Watermarks } from "./watermarks.ts";
import type { Mark } from "./watermarks.ts";

const isConnected = (state: ConnectionState): boolean => state.name === "syncing" || state.name === "online";

/** Puts the parts together: each does one thing, and this is who knows them all. */
export class Client implements Omit<CoreCalls, "timeline">, Pick<GroupCalls, "createDirect" | "createGroup"> {
  readonly #environment: Environment;
  readonly #options: ClientOptions;
  readonly #emitter = new Emitter();
  readonly #state: LocalState;
  readonly #writer: StoreWriter;
  readonly #rest: Rest;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #watermarks: Watermarks;
  readonly #typing: Typing;
  readonly #gaps: Gaps;
  readonly #history: History;
  readonly #inbound: Inbound;
  #starting: Promise<void> | undefined;
  #online: PromiseWithResolvers<void> | undefined;
  #shown: ConnectionState = { name: "idle" };
  #deviceId: DeviceId | undefined;
  #active = true;

  constructor(options: ClientOptions, environment: Environment) {
    this.#options = options;
    this.#environment = environment;
    const store = options.store ?? memoryStore();
    const transmit = (frame: CommandInput): boolean => this.#transmit(frame);
    const onError = (error: unknown): void => this.#report(error);
    const tokens = new TokenSource(options.getToken, environment);
    this.#rest = new Rest(() => this.#url(), tokens, environment);
    this.#writer = new StoreWriter(store, environment, onError);
    this.#state = new LocalState(store, this.#writer, this.#emitter);
    this.#watermarks = new Watermarks(environment, transmit, (marks) => this.#confirmed(marks));
    this.#typing = new Typing(environment, this.#emitter, transmit);
    this.#outbox = new Outbox({
      environment,
      transmit: (frame) => this.#shown.name === "online" && transmit(frame),
      me: () => this.#state.me,
      write: (batch) => this.#writer.write(batch),
      changed: (id) => this.#state.messagesChanged(id),
    });
    this.#state.outboxOf = (id) => this.#outbox.of(id);
    this.#gaps = new Gaps({
      environment,
      transmit,
      copyOf: (id) => this.#state.copies.get(id),
      restart: (copy, from) => this.#inbound.restart(copy, from),
      giveUp: (copy) => {
        copy.head = copy.upTo;
        const change = this.#state.begin();
        change.copy(copy, false);
        void change.commit();
      },
    });
    this.#history = new History({
      state: this.#state,
      rest: this.#rest,
      outbox: this.#outbox,
      online: () => this.#shown.name === "online",
      applyRow: (row) => this.#inbound.fetchedRow(row),
    });
    this.#inbound = new Inbound({
      state: this.#state,
      outbox: this.#outbox,
      watermarks: this.#watermarks,
      typing: this.#typing,
      gaps: this.#gaps,
      history: this.#history,
      syncOn: (since) => this.#transmit({ type: "sync", since }),
      onSynced: () => this.#connection.synced(),
      onError,
    });
    this.#connection = new Connection({
      environment,
      tokens,
      address: (token) => this.#address(token),
      accepts: (token) => this.#rest.accepts(token),
      onWelcome: (welcome) => this.#welcomed(welcome),
      onFrame: (frame) => this.#inbound.frame(frame),
      onPong: (pingedAt) => this.#watermarks.confirm(pingedAt),
      onState: (state) => this.#moved(state),
    });
  }

  get state(): ConnectionState {
    return this.#shown;
  }

  get userId(): UserId | undefined {
    return this.#state.me;
  }

  get deviceId(): DeviceId | undefined {
    return this.#deviceId ?? this.#options.deviceId ?? this.#state.meta.deviceId;
  }

  get rev(): Rev {
    return this.#state.meta.rev;
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
    if (isConnected(this.#shown)) this.#watermarks.flush();
    this.#connection.close();
    await this.#writer.settled();
  }

  async destroy(): Promise<void> {
    this.#connection.close();
    this.#outbox.reset();
    this.#watermarks.reset();
    await this.#writer.abandon();
    await this.#state.store.clear();
    await this.#state.store.close();
    this.#state.reset();
    this.#deviceId = undefined;
    this.#starting = undefined;
    this.#emitter.emit("conversations", undefined);
  }

  conversations(): readonly Conversation[] {
    return this.#state.conversations();
  }

  conversation(id: ConversationId): Conversation | undefined {
    return this.#state.rows.get(id);
  }

  messages(id: ConversationId): readonly LocalMessage[] {
    const copy = this.#state.copies.get(id);
    if (copy?.messages.length === 0 && copy.windowFrom > copy.from) {
      this.#state.loadPage(id).catch((error: unknown) => this.#report(error));
    }
    return this.#state.messages(id);
  }

  async loadOlder(id: ConversationId): Promise<{ more: boolean }> {
    await this.start();
    return this.#history.older(id);
  }

  async open(id: ConversationId): Promise<void> {
    this.#state.opened.add(id);
    await this.start();
    this.#transmit({ type: "open", conversation_id: id });
    await this.#history.opened(id);
  }

  leave(id: ConversationId): void {
    if (!this.#state.opened.delete(id)) return;
    this.#typing.stop(id);
    this.#transmit({ type: "close", conversation_id: id });
    this.#state.trim(id);
  }

  setActive(active: boolean): void {
    if (this.#active === active) return;
    this.#active = active;
    this.#transmit({ type: "state", active });
  }

  send(id: ConversationId, content: string, options: SendOptions = {}): Sending {
    if (this.#state.me === undefined) {
      throw new ParleyError("unauthenticated", "unable to send; this client was never connected");
    }
    this.#typing.stop(id, true);
    return this.#outbox.add(id, content, options);
  }

  retry(_id: ConversationId, clientMessageId: ClientMessageId): void {
    this.#outbox.retry(clientMessageId);
  }

  discard(_id: ConversationId, clientMessageId: ClientMessageId): boolean {
    return this.#outbox.discard(clientMessageId);
  }

  markRead(id: ConversationId, upTo?: number): void {
    const row = this.#state.rows.get(id);
    const copy = this.#state.copies.get(id);
    if (row === undefined || copy === undefined) return;
    const target = Math.min(upTo ?? row.head_seq, row.head_seq);
    if (target <= copy.readHere) return;
    copy.readHere = target;
    const change = this.#state.begin();
    change.row(withRead(row, target, copy, this.#state.me));
    change.copy(copy, false);
    void change.commit();
    this.#watermarks.raise("read", id, target);
  }

  typing(id: ConversationId): void {
    this.#typing.pressed(id);
  }

  typingUsers(id: ConversationId): readonly UserId[] {
    return this.#typing.users(id);
  }

  createDirect(userId: UserId): Promise<Conversation> {
    return this.#create({ type: "direct", user_id: userId, client_message_id: uuidV7(this.#environment.now()) });
  }

  createGroup(name: string, memberIds: readonly UserId[]): Promise<Conversation> {
    const client_message_id = uuidV7(this.#environment.now());
    return this.#create({ type: "group", name, member_ids: [...memberIds], client_message_id });
  }

  async #create(body: NewConversation): Promise<Conversation> {
    await this.start();
    const row = await this.#rest.call<Conversation>({ method: "POST", path: "/conversations", body });
    this.#inbound.fetchedRow(row);
    return this.#state.rows.get(row.conversation_id) ?? row;
  }

  async #start(): Promise<void> {
    try {
      this.#outbox.restore(await this.#state.load());
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
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
    const { userId, deviceId } = this.#state.meta;
    if (claims.sub !== undefined && userId !== undefined && claims.sub !== userId) return this.#foreign();
    const device: DeviceId =
      this.#options.deviceId ?? claims.device_id ?? deviceId ?? (uuidV7(this.#environment.now()) as string);
    this.#deviceId = device;
    const url = new URL("/api/v1/connect", this.#url());
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("device_id", device);
    url.searchParams.set("since", String(this.#state.meta.rev));
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
    const { userId } = this.#state.meta;
    if (userId !== undefined && userId !== welcome.user_id) {
      this.#connection.bar(this.#foreign().barred);
      return;
    }
    this.#state.catchingUp = true;
    this.#deviceId = welcome.device_id;
    const change = this.#state.begin();
    change.identity(welcome.user_id, welcome.device_id);
    void change.commit();
  }

  #moved(state: ConnectionState): void {
    const before = this.#shown;
    this.#shown = state;
    if (isConnected(before) && !isConnected(state)) {
      for (const part of [this.#outbox, this.#watermarks, this.#typing, this.#gaps]) part.offline();
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
    for (const id of this.#state.opened) {
      this.#transmit({ type: "open", conversation_id: id });
      this.#history.opened(id).catch((error: unknown) => this.#report(error));
    }
    this.#outbox.online();
    this.#watermarks.online();
    this.#repeatMarks();
  }

  /** Marks that the server may not have seen, because a connection or a process ended before. */
  #repeatMarks(): void {
    for (const copy of this.#state.copies.values()) {
      if (copy.readHere > copy.readThere) this.#watermarks.raise("read", copy.id, copy.readHere);
    }
    const unacked = [...this.#state.copies.values()].filter((copy) => copy.upTo > copy.acked);
    const marks = unacked.map((copy) => [copy.id, copy.upTo] as const);
    void this.#inbound.deliveredWhen(this.#writer.settled(), marks);
  }

  /** The server has these marks: a later run need not repeat them. */
  #confirmed(marks: readonly Mark[]): void {
    const change = this.#state.begin();
    for (const { kind, id, upTo } of marks) {
      const copy = this.#state.copies.get(id);
      if (copy === undefined) continue;
      if (kind === "read") copy.readThere = Math.max(copy.readThere, Math.min(upTo, copy.readHere));
      else copy.acked = Math.max(copy.acked, Math.min(upTo, copy.upTo));
      change.copy(copy, false);
    }
    void change.commit();
  }

  #transmit(frame: CommandInput): boolean {
    return this.#connection.send(frame);
  }

  /** A refusal or failure that no call waits for. */
  #report(error: unknown): void {
    this.#emitter.emit("error", toParleyError(error));
  }
}
