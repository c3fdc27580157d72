import type { ClientMessageId, ConversationId, DeviceId, MessageId, Rev, UserId } from "../../../src/shared/ids.ts";
import type { Conversation } from "../../../src/shared/protocol/conversation.ts";
import type { Presence, Profile } from "../answers.ts";
import type {
  ClientEvents,
  ConnectionState,
  LocalMessage,
  ParleyClient,
  ParleyErrorLike,
  Sending,
  SendOptions,
  StopReason,
  TimelineItem,
  Writing,
} from "../api.ts";
import type { Permissions } from "../api-groups.ts";
import { Emitter } from "../emitter.ts";
import type { Environment } from "../environment.ts";
import { stopError, toParleyError } from "../failures.ts";
import type { OutboxJournal } from "../outbox-journal.ts";
import { ParleyError } from "../parley-error.ts";
import { permissionsOf } from "../permissions.ts";
import { Calls } from "./calls.ts";
import type { Body } from "./channel.ts";
import type { Asked, HereMethod, How } from "./methods.ts";
import { TabOutbox } from "./tab-outbox.ts";
import { TabViews } from "./tab-views.ts";

export interface TabClientDeps {
  readonly environment: Environment;
  readonly journal: OutboxJournal;
  /** Takes part: there is, or will be, a leader. */
  readonly join: () => void;
  /** Ends that. Resolves when nothing of it is left to do. */
  readonly part: () => Promise<void>;
  /** Says it to the leader; `false` when there is none now. */
  readonly post: (body: Body) => boolean;
}

const PERSON_EVERY_MS = 60_000;
const IDLE: ConnectionState = { name: "idle" };
const NOBODY: readonly UserId[] = [];
const stopped = (reason: StopReason): ConnectionState => ({ name: "stopped", reason });

/** The client that an app has in each tab: shows what the leader shows, and leaves to it what is to be done. */
export class TabClient implements Pick<ParleyClient, HereMethod | "state" | "userId" | "deviceId" | "rev"> {
  readonly #deps: TabClientDeps;
  readonly #emitter = new Emitter();
  readonly #calls: Calls;
  readonly #outbox: TabOutbox;
  readonly #views: TabViews;
  readonly #open = new Set<ConversationId>();
  readonly #presence = new Map<UserId, number>();
  readonly #askedAt = new Map<UserId, number>();
  #connected = false;
  #active = true;
  #saying = false;
  #destroying = false;
  #starting: PromiseWithResolvers<void> | undefined;
  /** This tab's own end, whatever becomes of the leader. */
  #ended: ConnectionState | undefined;

  constructor(deps: TabClientDeps) {
    this.#deps = deps;
    this.#calls = new Calls(deps.post);
    this.#outbox = new TabOutbox({
      environment: deps.environment,
      journal: deps.journal,
      put: (row) => this.call("put", [row], "again") as Promise<LocalMessage>,
      changed: (id) => this.#views.touch(id),
    });
    this.#views = new TabViews({
      outbox: this.#outbox,
      emitter: this.#emitter,
      want: () => this.say(),
      onSelf: () => this.#starting?.resolve(),
    });
  }

  get state(): ConnectionState {
    return this.#ended ?? this.#views.self()?.[0] ?? IDLE;
  }

  get userId(): UserId | undefined {
    return this.#views.self()?.[1];
  }

  get deviceId(): DeviceId | undefined {
    return this.#views.self()?.[2];
  }

  get rev(): Rev {
    return this.#views.self()?.[3] ?? 0;
  }

  on<E extends keyof ClientEvents>(event: E, handler: (payload: ClientEvents[E]) => void): () => void {
    return this.#emitter.on(event, handler);
  }

  start(): Promise<void> {
    if (this.#starting === undefined) {
      this.#starting = Promise.withResolvers<void>();
      this.#starting.promise.catch(() => undefined);
      this.#ended = undefined;
      this.#deps.join();
    }
    return this.#starting.promise;
  }

  connect(): Promise<void> {
    const connected = this.#connect();
    // An app may well not wait for it: what goes wrong is told by the state too.
    connected.catch(() => undefined);
    return connected;
  }

  async close(): Promise<void> {
    await this.end("closed");
  }

  async destroy(): Promise<void> {
    await this.start();
    this.#destroying = true;
    try {
      await this.call("destroy", [], "again");
      await this.end("closed");
      this.#forget();
      this.#emitter.emit("conversations", undefined);
    } finally {
      this.#destroying = false;
    }
  }

  conversations(): readonly Conversation[] {
    return this.#views.conversations();
  }

  conversation(id: ConversationId): Conversation | undefined {
    return this.#views.conversation(id);
  }

  messages(id: ConversationId): readonly LocalMessage[] {
    return this.#views.messages(id);
  }

  timeline(id: ConversationId): readonly TimelineItem[] {
    return this.#views.timeline(id);
  }

  thread(id: ConversationId, rootId: MessageId): readonly LocalMessage[] {
    return this.#views.thread(id, rootId);
  }

  permissions(id: ConversationId): Permissions {
    return permissionsOf(this.conversation(id));
  }

  typingUsers(id: ConversationId): readonly UserId[] {
    return this.#views.typing().get(id)?.userIds ?? NOBODY;
  }

  presence(userId: UserId): Presence | undefined {
    return this.#views.presence().get(userId)?.presence;
  }

  person(userId: UserId): Profile | undefined {
    const now = this.#deps.environment.now();
    if ((this.#askedAt.get(userId) ?? 0) + PERSON_EVERY_MS < now) {
      this.#askedAt.set(userId, now);
      // The leader knows whether what it knows is old.
      this.call("person", [userId], "lossy").catch(() => undefined);
    }
    return this.#views.people().get(userId);
  }

  watchPresence(userIds: readonly UserId[]): () => void {
    const watched = [...new Set(userIds)];
    const count = (by: 1 | -1): void => {
      for (const id of watched) {
        const times = (this.#presence.get(id) ?? 0) + by;
        if (times > 0) this.#presence.set(id, times);
        else this.#presence.delete(id);
      }
      this.#saySoon();
    };
    count(1);
    let over = false;
    return () => {
      if (!over) count(-1);
      over = true;
    };
  }

  setActive(active: boolean): void {
    if (this.#active === active) return;
    this.#active = active;
    this.#saySoon();
  }

  async open(id: ConversationId): Promise<void> {
    this.#open.add(id);
    this.#views.timeline(id);
    await this.start();
    this.say();
    await this.call("open", [id], "again");
  }

  leave(id: ConversationId): void {
    if (!this.#open.delete(id)) return;
    this.#views.forget(id);
    this.#saySoon();
  }

  send(id: ConversationId, content: string, options: SendOptions = {}): Sending {
    return this.#outbox.add(this.#writer(id), id, content, options);
  }

  edit(id: ConversationId, messageId: MessageId | ClientMessageId, content: string): Writing {
    return this.#write("edit", id, [messageId, content]);
  }

  deleteMessage(id: ConversationId, messageId: MessageId | ClientMessageId): Writing {
    return this.#write("deleteMessage", id, [messageId]);
  }

  react(id: ConversationId, messageId: MessageId | ClientMessageId, emoji: string, on: boolean): Writing {
    return this.#write("react", id, [messageId, emoji, on]);
  }

  discard(id: ConversationId, clientMessageId: ClientMessageId): boolean {
    const message = this.messages(id).findLast((one) => one.client_message_id === clientMessageId);
    // Of what is not refused, only the leader could tell.
    if (message?.status !== "failed") return false;
    this.said("discard", [id, clientMessageId]);
    return true;
  }

  /** Asks the leader to do it. */
  async call(method: Asked, args: readonly unknown[], how: How): Promise<unknown> {
    if (this.#ended?.name === "stopped") throw stopError(this.#ended.reason);
    if (how !== "lossy") void this.start();
    return this.#calls.ask(method, args, how);
  }

  /** The same where nobody waits: what goes wrong is an `error` event. */
  said(method: Asked, args: readonly unknown[], how: How = "say"): void {
    this.call(method, args, how).catch((error: unknown) => this.#emitter.emit("error", toParleyError(error)));
  }

  /** What the leader says. */
  heard(body: Body): void {
    if (body.kind === "views") this.#views.apply(body.changes);
    if (body.kind === "answer") this.#calls.answered(body.id, body.value, body.failure);
    // Whoever did it himself hears of it, too.
    if (body.kind === "destroyed" && !this.#destroying) void this.end("destroyed");
    if (body.kind !== "event") return;
    this.#views.tell();
    if (body.name === "error") this.#emitter.emit("error", body.payload as ParleyErrorLike);
    else this.#emitter.emit("incoming", body.payload as ClientEvents["incoming"]);
  }

  /** There is a leader, and it is another one than before. */
  newLeader(): void {
    this.#views.newLeader();
    this.say();
    this.#calls.newLeader();
  }

  /** Says whole what this tab wants. */
  say(): void {
    const { keys, fresh } = this.#views.wanted();
    this.#deps.post({
      kind: "wants",
      wants: {
        connected: this.#connected,
        active: this.#active,
        open: [...this.#open],
        presence: [...this.#presence.keys()],
        keys,
        fresh,
      },
    });
  }

  /** This tab stops, and says why. */
  async end(reason: StopReason): Promise<void> {
    this.#ended = stopped(reason);
    this.#connected = false;
    const error = stopError(reason);
    this.#starting?.reject(error);
    this.#starting = undefined;
    await this.#deps.part();
    this.#calls.end(error);
    if (reason !== "closed" && reason !== "outdated") this.#forget();
    this.#emitter.emit("state", this.state);
  }

  #forget(): void {
    this.#outbox.clear();
    this.#views.clear();
    for (const known of [this.#open, this.#presence, this.#askedAt]) known.clear();
  }

  async #connect(): Promise<void> {
    this.#connected = true;
    await this.start();
    this.say();
    await this.call("connect", [], "again");
  }

  #write(method: "edit" | "deleteMessage" | "react", id: ConversationId, args: readonly unknown[]): Writing {
    this.#writer(id);
    const done = this.call(method, [id, ...args], "again").then(() => undefined);
    // Whoever does not wait hears of a refusal by the `error` event.
    done.catch(() => undefined);
    return { done };
  }

  /** Who writes. Throws what a refusal is known to be. */
  #writer(id: ConversationId): UserId {
    const { userId } = this;
    if (userId === undefined)
      throw new ParleyError("unauthenticated", "unable to write; this client was never connected");
    if (this.conversation(id)?.left_at !== undefined)
      throw new ParleyError("not_found", "unable to write; you are no longer a member");
    return userId;
  }

  #saySoon(): void {
    if (this.#saying) return;
    this.#saying = true;
    queueMicrotask(() => {
      this.#saying = false;
      this.say();
    });
  }
}
