import type { ConversationId, MessageId, Seq, UserId } from "../../src/shared/ids.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { ConversationCopy } from "./conversation-copy.ts";
import { fold, isChange } from "./fold.ts";
import type { StoredMessage } from "./store.ts";
import { withReply } from "./thread-fold.ts";

/** How far back a thread is known. */
interface Progress {
  oldest?: Seq;
  done: boolean;
}

/** What is kept of one conversation. */
export class AsideOf {
  /** Of the copy: when that begins anew, entries may have been skipped that changed what is here. */
  readonly generation: number;
  readonly messages = new Map<MessageId, StoredMessage>();
  readonly threads = new Map<MessageId, Progress>();
  /** Changes with `messages`. */
  version = 0;

  constructor(generation: number) {
    this.generation = generation;
  }
}

/** More than these of one conversation are let go together: whoever looks at them reads them again. */
const MESSAGES_MAX = 2000;

/** Messages that were read one by one or by thread, and do not join the stretch that a copy has in memory. */
export class Aside {
  readonly #all = new Map<ConversationId, AsideOf>();

  of(copy: ConversationCopy): AsideOf {
    const known = this.#all.get(copy.id);
    if (known?.generation === copy.generation && known.messages.size <= MESSAGES_MAX) return known;
    const fresh = new AsideOf(copy.generation);
    this.#all.set(copy.id, fresh);
    return fresh;
  }

  get(copy: ConversationCopy, id: MessageId): StoredMessage | undefined {
    return this.of(copy).messages.get(id);
  }

  put(copy: ConversationCopy, messages: readonly StoredMessage[]): void {
    const aside = this.of(copy);
    for (const message of messages) aside.messages.set(message.message_id, message);
    if (messages.length > 0) aside.version++;
  }

  /** What entries say about messages that are here. Gives those that only the server can tell. */
  apply(copy: ConversationCopy, entries: readonly Entry[], me: UserId | undefined): readonly MessageId[] {
    const stale: MessageId[] = [];
    for (const entry of entries) {
      if (entry.kind === "message") {
        const root = this.get(copy, entry.thread_root ?? "");
        if (root !== undefined) this.put(copy, [withReply(root, entry, me)]);
      } else if (isChange(entry)) {
        const before = this.get(copy, entry.target);
        const after = before === undefined ? undefined : fold(before, entry, me);
        if (after === "stale") stale.push(entry.target);
        else if (after !== undefined) this.put(copy, [after]);
      }
    }
    return stale;
  }

  /** Changes every message that is here. */
  alter(copy: ConversationCopy, change: (message: StoredMessage) => StoredMessage): void {
    const all = [...this.of(copy).messages.values()];
    this.put(
      copy,
      all.map(change).filter((message, index) => message !== all[index]),
    );
  }

  /** Nobody looks any more. */
  drop(id: ConversationId): void {
    this.#all.delete(id);
  }

  clear(): void {
    this.#all.clear();
  }
}
