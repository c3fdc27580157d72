import type { ConversationId, MessageId } from "../../src/shared/ids.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { LocalMessage } from "./api.ts";
import type { Aside } from "./aside.ts";
import type { ConversationCopy } from "./conversation-copy.ts";
import { hasExpired } from "./fold.ts";
import { pathOf } from "./history.ts";
import type { History } from "./history.ts";
import type { Known } from "./known.ts";
import { PAGE_MESSAGES } from "./local-state.ts";
import type { LocalState } from "./local-state.ts";
import { ParleyError } from "./parley-error.ts";
import type { Rest } from "./rest.ts";
import { paged, unreadReplies, withThreadRead } from "./thread-fold.ts";
import type { StoredMessage } from "./store.ts";
import type { Watermarks } from "./watermarks.ts";

export interface ThreadsDeps {
  readonly state: LocalState;
  readonly rest: Rest;
  readonly history: History;
  readonly aside: Aside;
  readonly known: Known;
  readonly watermarks: Watermarks;
}

interface List {
  readonly base: readonly LocalMessage[];
  readonly version: number;
  readonly list: readonly LocalMessage[];
}

interface ReplyPage {
  readonly messages: readonly Message[];
  readonly next_cursor?: string;
}

/** Threads, and single messages: what is read of a conversation besides its newest stretch. */
export class Threads {
  readonly #deps: ThreadsDeps;
  readonly #lists = new Map<MessageId, List>();
  readonly #loading = new Map<MessageId, Promise<{ more: boolean }>>();
  readonly #asking = new Map<MessageId, Promise<LocalMessage | undefined>>();

  constructor(deps: ThreadsDeps) {
    this.#deps = deps;
  }

  /** What is known of a thread; the same list until something changes. */
  thread(id: ConversationId, root: MessageId): readonly LocalMessage[] {
    const { state, aside } = this.#deps;
    const base = state.messages(id);
    const copy = state.copies.get(id);
    const beside = copy === undefined ? undefined : aside.of(copy);
    const version = beside?.version ?? 0;
    const known = this.#lists.get(root);
    if (known?.base === base && known.version === version) return known.list;
    const older = [...(beside?.messages.values() ?? [])].filter(
      (one) => one.thread_root === root && !hasExpired(one) && copy?.byId(one.message_id) === undefined,
    );
    const list = [
      ...older.sort((a, b) => a.seq - b.seq).map((one) => state.local(one)),
      ...base.filter((one) => one.thread_root === root),
    ];
    this.#lists.set(root, { base, version, list });
    return list;
  }

  /** One page of older replies. */
  load(id: ConversationId, root: MessageId): Promise<{ more: boolean }> {
    const known = this.#loading.get(root);
    if (known !== undefined) return known;
    const loading = this.#load(id, root).finally(() => this.#loading.delete(root));
    this.#loading.set(root, loading);
    return loading;
  }

  markRead(id: ConversationId, root: MessageId): void {
    const { state, known, watermarks } = this.#deps;
    const copy = state.copies.get(id);
    if (copy === undefined || copy.byId(root)?.thread?.unread === 0) return;
    const { upTo } = copy;
    if (upTo <= (copy.threadMarks.get(root) ?? 0)) return;
    copy.threadMarks.set(root, upTo);
    const change = state.begin();
    change.copy(copy, false);
    void change.commit();
    void known.update(copy, root, (message) => withThreadRead(message, upTo, 0));
    watermarks.raise({ kind: "read", id, upTo, root });
  }

  /** Another device of this user read in a thread. */
  async heard(frame: EventOf<"thread">): Promise<void> {
    const { state, known } = this.#deps;
    const { conversation_id, thread_root, read_up_to, unread } = frame;
    const copy = state.copies.get(conversation_id);
    if (copy === undefined) return;
    await known.update(copy, thread_root, (message) =>
      withThreadRead(message, read_up_to, unreadReplies(copy, thread_root, read_up_to, unread, state.me)),
    );
  }

  /** One message, wherever it is. */
  message(id: ConversationId, messageId: MessageId): Promise<LocalMessage | undefined> {
    const known = this.#asking.get(messageId);
    if (known !== undefined) return known;
    const asking = this.#message(id, messageId).finally(() => this.#asking.delete(messageId));
    this.#asking.set(messageId, asking);
    return asking;
  }

  async #message(id: ConversationId, messageId: MessageId): Promise<LocalMessage | undefined> {
    const { state, known, history } = this.#deps;
    const copy = state.copies.get(id);
    const here = copy === undefined ? undefined : await known.find(copy, messageId);
    if (here !== undefined) return hasExpired(here) ? undefined : state.local(here);
    const acknowledged = state.messages(id).find((one) => one.message_id === messageId);
    if (acknowledged !== undefined) return acknowledged;
    const asked = copy?.upTo ?? 0;
    try {
      const fetched = paged(await history.message(id, messageId));
      if (copy === undefined) return state.local(fetched);
      const [message = fetched] = this.#beside(copy, [fetched], asked);
      return hasExpired(message) ? undefined : state.local(message);
    } catch (error) {
      if (error instanceof ParleyError && error.code === "not_found") return undefined;
      throw error;
    }
  }

  async #load(id: ConversationId, root: MessageId): Promise<{ more: boolean }> {
    const { state, rest, aside } = this.#deps;
    const copy = state.copies.get(id);
    if (copy === undefined) throw new ParleyError("not_found", "unable to load a thread; the conversation is unknown");
    // From the message on that it hangs on, everything is here.
    if (copy.byId(root) !== undefined && !copy.behind) return { more: false };
    const { generation, upTo: asked } = copy;
    const before = aside.of(copy).threads.get(root) ?? { done: false };
    if (before.done) return { more: false };
    const { messages, next_cursor } = await rest.call<ReplyPage>({
      method: "GET",
      path: `${pathOf(id)}/messages`,
      query: { thread_root: root, before: before.oldest, limit: PAGE_MESSAGES },
    });
    if (copy.generation !== generation) return { more: true };
    this.#beside(copy, messages.map(paged), asked);
    const done = messages.length === 0 || next_cursor === undefined;
    const oldest = Math.min(...messages.map((message) => message.seq), before.oldest ?? Number.MAX_SAFE_INTEGER);
    aside.of(copy).threads.set(root, { done, oldest });
    state.messagesChanged(id);
    return { more: !done };
  }

  /** Keeps what the server gave beside the copy, as it stands by now. */
  #beside(copy: ConversationCopy, fetched: readonly StoredMessage[], asked: number): readonly StoredMessage[] {
    const { state, aside, history } = this.#deps;
    const { messages, stale } = copy.broughtUp(fetched, asked, state.me);
    aside.put(copy, messages);
    state.onMessages(messages);
    if (stale.length > 0) void history.refresh(copy, stale).catch(() => undefined);
    return messages.map((message) => aside.get(copy, message.message_id) ?? message);
  }
}
