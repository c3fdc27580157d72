import type { Seq } from "../../src/shared/ids.ts";
import { aboutOf } from "./conversation-copy.ts";
import type { AboutEntry, ConversationCopy } from "./conversation-copy.ts";
import { withChanged } from "./conversation-row.ts";
import { fold } from "./fold.ts";
import type { History } from "./history.ts";
import type { LocalState } from "./local-state.ts";
import type { StoredMessage } from "./store.ts";
import { withReply } from "./thread-fold.ts";

export interface ElsewhereDeps {
  readonly state: LocalState;
  readonly history: History;
  readonly onError: (error: unknown) => void;
}

/** Entries about messages that only the store holds. */
export class Elsewhere {
  readonly #deps: ElsewhereDeps;

  constructor(deps: ElsewhereDeps) {
    this.#deps = deps;
  }

  /** `head`: up to where the row counted before these entries. Resolves when the changes are stored. */
  async apply(copy: ConversationCopy, entries: readonly AboutEntry[], head: Seq): Promise<void> {
    const { state, history } = this.#deps;
    const { generation } = copy;
    if (entries.length > 0) await state.writer.settled();
    for (const entry of entries) {
      const target = aboutOf(entry) ?? "";
      const before = copy.byId(target) ?? (await state.store.message(copy.id, target));
      if (copy.generation !== generation) return;
      if (before === undefined) continue;
      const after = entry.kind === "message" ? withReply(before, entry, state.me) : fold(before, entry, state.me);
      if (after === "stale") history.refresh(copy, [target]).catch(this.#deps.onError);
      else await this.#put(copy, entry, before, after, head);
    }
  }

  async #put(
    copy: ConversationCopy,
    entry: AboutEntry,
    before: StoredMessage,
    after: StoredMessage,
    head: Seq,
  ): Promise<void> {
    const { state, history } = this.#deps;
    const change = state.begin();
    if (before.seq >= copy.windowFrom) copy.put([after]);
    change.messages(copy, [after]);
    const row = state.rows.get(copy.id);
    if (row !== undefined && entry.kind !== "message")
      change.row(withChanged(row, head, { entry, before, after }, state.me));
    await change.commit();
    const newlyGone = before.deleted_at === undefined && after.deleted_at !== undefined;
    if (newlyGone && before.thread_root !== undefined)
      history.refresh(copy, [before.thread_root]).catch(this.#deps.onError);
  }
}
