import type { MessageId } from "../../src/shared/ids.ts";
import type { Aside } from "./aside.ts";
import type { ConversationCopy } from "./conversation-copy.ts";
import type { LocalState } from "./local-state.ts";
import type { StoredMessage } from "./store.ts";

/** Messages wherever this device has them: in the copy, beside it, or in the store alone. */
export class Known {
  readonly #state: LocalState;
  readonly #aside: Aside;

  constructor(state: LocalState, aside: Aside) {
    this.#state = state;
    this.#aside = aside;
  }

  async find(copy: ConversationCopy, id: MessageId): Promise<StoredMessage | undefined> {
    const near = copy.byId(id) ?? this.#aside.get(copy, id);
    if (near !== undefined) return near;
    // What was trimmed from memory may still be on its way into the store.
    await this.#state.writer.settled();
    return copy.byId(id) ?? (await this.#state.store.message(copy.id, id));
  }

  /** Changes a message where it is; what is in memory at once. Does nothing when it is nowhere. */
  async update(
    copy: ConversationCopy,
    id: MessageId,
    change: (before: StoredMessage) => StoredMessage,
  ): Promise<StoredMessage | undefined> {
    const { generation } = copy;
    const beside = this.#aside.get(copy, id);
    if (beside !== undefined) this.#aside.put(copy, [change(beside)]);
    const near = copy.byId(id);
    if (near !== undefined) return this.#put(copy, near, change(near));
    if (beside !== undefined) this.#state.messagesChanged(copy.id);
    await this.#state.writer.settled();
    const stored = await this.#state.store.message(copy.id, id);
    if (copy.generation !== generation) return undefined;
    const before = copy.byId(id) ?? stored;
    return before === undefined ? undefined : this.#put(copy, before, change(before));
  }

  #put(copy: ConversationCopy, before: StoredMessage, after: StoredMessage): StoredMessage {
    if (after === before) return after;
    if (after.seq >= copy.windowFrom) copy.put([after]);
    const change = this.#state.begin();
    change.messages(copy, [after]);
    void change.commit();
    return after;
  }
}
