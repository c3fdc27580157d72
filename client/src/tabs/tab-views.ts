import type { ConversationId, DeviceId, MessageId, Rev, UserId } from "../../../src/shared/ids.ts";
import type { Conversation } from "../../../src/shared/protocol/conversation.ts";
import type { Profile } from "../answers.ts";
import type { ConnectionState, LocalMessage, TimelineItem } from "../api.ts";
import type { Emitter } from "../emitter.ts";
import type { ViewChange } from "./channel.ts";
import { Mirror } from "./mirror.ts";
import type { TabOutbox } from "./tab-outbox.ts";
import { readKey, threadKey, timelineKey, VIEWS } from "./views.ts";
import type { PeopleItem, PresenceItem, TypingItem } from "./views.ts";

export interface TabViewsDeps {
  readonly outbox: TabOutbox;
  readonly emitter: Emitter;
  /** A view is needed that was not before. */
  readonly want: () => void;
  /** The leader told what it is. */
  readonly onSelf: () => void;
}

type Self = readonly [ConnectionState, UserId | undefined, DeviceId | undefined, Rev];
interface Made {
  readonly of: readonly unknown[];
  readonly version: number;
  readonly made: unknown;
}

const EMPTY: readonly never[] = [];

/** What this tab shows: the leader's lists, its own messages behind them, and maps of them where one looks things up. */
export class TabViews {
  readonly #deps: TabViewsDeps;
  readonly #mirror = new Mirror();
  readonly #keys = new Set<string>(VIEWS);
  readonly #made = new Map<string, Made>();
  readonly #changed = new Set<string>();
  /** What was told last, by view and item. */
  readonly #told = new Map<string, ReadonlyMap<string, string>>();
  #telling = false;

  constructor(deps: TabViewsDeps) {
    this.#deps = deps;
  }

  self(): Self | undefined {
    return this.#mirror.get("self") as Self | undefined;
  }

  conversations(): readonly Conversation[] {
    return (this.#mirror.get("conversations") ?? EMPTY) as readonly Conversation[];
  }

  conversation(id: ConversationId): Conversation | undefined {
    return this.#byId<Conversation>("conversations", (row) => row.conversation_id).get(id);
  }

  typing(): ReadonlyMap<ConversationId, TypingItem> {
    return this.#byId<TypingItem>("typing", (item) => item.conversationId);
  }

  presence(): ReadonlyMap<UserId, PresenceItem> {
    return this.#byId<PresenceItem>("presence", (item) => item.userId);
  }

  people(): ReadonlyMap<UserId, Profile> {
    return this.#byId<PeopleItem>("people", (profile) => profile.user_id);
  }

  messages(id: ConversationId): readonly LocalMessage[] {
    const items = this.timeline(id);
    return this.#derive(`messages ${id}`, items, 0, () =>
      items.flatMap((item) => (item.kind === "message" ? item.message : [])),
    );
  }

  timeline(id: ConversationId): readonly TimelineItem[] {
    const { outbox } = this.#deps;
    const key = timelineKey(id);
    const items = this.#look(key) as readonly TimelineItem[];
    return this.#derive(key, items, outbox.version, () => {
      const messages = items.flatMap((item) => (item.kind === "message" ? item.message : []));
      const more = outbox.beyond(id, messages).map((message): TimelineItem => ({ kind: "message", message }));
      return more.length === 0 ? items : [...items, ...more];
    });
  }

  thread(id: ConversationId, root: MessageId): readonly LocalMessage[] {
    const { outbox } = this.#deps;
    const key = threadKey(id, root);
    const items = this.#look(key) as readonly LocalMessage[];
    return this.#derive(key, items, outbox.version, () => {
      const more = outbox.beyond(id, items).filter((message) => message.thread_root === root);
      return more.length === 0 ? items : [...items, ...more];
    });
  }

  /** The views that are shown, and those of which the leader has told nothing yet. */
  wanted(): { readonly keys: readonly string[]; readonly fresh: readonly string[] } {
    const keys = [...this.#keys];
    return { keys, fresh: keys.filter((key) => !this.#mirror.isCurrent(key)) };
  }

  apply(changes: readonly ViewChange[]): void {
    let missed = false;
    for (const change of changes) {
      if (!this.#keys.has(change.key)) continue;
      const fate = this.#mirror.apply(change);
      if (fate === "applied") this.#changed.add(change.key);
      missed ||= fate === "missed";
    }
    if (missed) this.#deps.want();
    if (this.#mirror.isCurrent("conversations")) this.#deps.onSelf();
    this.#tellSoon();
  }

  /** Something of this tab's own changed in the conversation. */
  touch(id: ConversationId): void {
    this.#changed.add(timelineKey(id));
    this.#tellSoon();
  }

  /** Emits what has changed, now. */
  tell(): void {
    const { emitter } = this.#deps;
    const changed = [...this.#changed];
    this.#changed.clear();
    const conversations = new Set<ConversationId>();
    for (const key of changed) {
      if (key === "self") this.#tellState();
      else if (key === "conversations" || key === "people") emitter.emit(key, undefined);
      else if (key === "typing")
        for (const conversationId of this.#differing(key, this.typing()))
          emitter.emit(key, { conversationId, userIds: this.typing().get(conversationId)?.userIds ?? EMPTY });
      else if (key === "presence")
        for (const userId of this.#differing(key, this.presence())) emitter.emit(key, { userId });
      else conversations.add(readKey(key)[1]);
    }
    for (const conversationId of conversations) emitter.emit("messages", { conversationId });
  }

  /** The conversation is not on the screen any more. */
  forget(id: ConversationId): void {
    for (const key of this.#keys) {
      if ((VIEWS as readonly string[]).includes(key) || readKey(key)[1] !== id) continue;
      this.#keys.delete(key);
      this.#mirror.drop(key);
      this.#made.delete(key);
    }
    this.#made.delete(`messages ${id}`);
  }

  newLeader(): void {
    this.#mirror.newLeader();
  }

  clear(): void {
    this.#mirror.clear();
    this.#made.clear();
    this.#changed.clear();
    this.#told.clear();
    for (const key of this.#keys) if (!(VIEWS as readonly string[]).includes(key)) this.#keys.delete(key);
  }

  /** The leader's list; asked for when it was not shown before. */
  #look(key: string): readonly unknown[] {
    if (!this.#keys.has(key)) {
      this.#keys.add(key);
      this.#deps.want();
    }
    return this.#mirror.get(key) ?? EMPTY;
  }

  /** What is made of a list, once for each state of it. */
  #derive<T>(name: string, of: readonly unknown[], version: number, make: () => T): T {
    const known = this.#made.get(name);
    if (known !== undefined && known.of === of && known.version === version) return known.made as T;
    const made = make();
    this.#made.set(name, { of, version, made });
    return made;
  }

  #byId<T>(key: string, idOf: (item: T) => string): ReadonlyMap<string, T> {
    const items = (this.#mirror.get(key) ?? EMPTY) as readonly T[];
    return this.#derive(`by id ${key}`, items, 0, () => new Map(items.map((item) => [idOf(item), item])));
  }

  /** Of whom something else was told than the last time. */
  #differing(key: string, now: ReadonlyMap<string, unknown>): readonly string[] {
    const told = new Map([...now].map(([id, item]) => [id, JSON.stringify(item)]));
    const before = this.#told.get(key) ?? new Map<string, string>();
    this.#told.set(key, told);
    return [...new Set([...before.keys(), ...told.keys()])].filter((id) => before.get(id) !== told.get(id));
  }

  #tellState(): void {
    const state = this.self()?.[0];
    const differs = this.#differing("self", new Map([["state", state]])).length > 0;
    if (state !== undefined && differs) this.#deps.emitter.emit("state", state);
  }

  #tellSoon(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      this.tell();
    });
  }
}
