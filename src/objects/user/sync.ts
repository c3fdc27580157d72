import { inBatches } from "../../core/batches.ts";
import { conversationJson } from "../../core/inbox/inbox-row.ts";
import type { InboxRow } from "../../core/inbox/inbox-row.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import type { Stretch } from "../../core/inbox/tail.ts";
import type { ConversationId, DeviceId, Rev, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Uplink } from "./uplink.ts";
import type { Visits } from "./visits.ts";

/** What a device lacks of a conversation: the entries behind `after`, of which the last ones are kept in the row. */
interface Missed {
  readonly id: ConversationId;
  readonly after: Seq;
  readonly kept: Stretch;
}

/** What may still be read for one answer. */
interface Budget {
  bytes: number;
}

const isRow = (row: InboxRow | undefined): row is InboxRow => row !== undefined;

/** What a device missed (docs/protocol.md §6), put together as JSON. */
export class Sync {
  readonly #inbox: Inbox;
  readonly #uplink: Pick<Uplink, "log">;
  readonly #visits: Pick<Visits, "all">;

  constructor(inbox: Inbox, uplink: Pick<Uplink, "log">, visits: Pick<Visits, "all">) {
    this.#inbox = inbox;
    this.#uplink = uplink;
    this.#visits = visits;
  }

  /**
   * The fields of the answer, without the braces around them. Rows, and what is kept in them, are taken in one moment;
   * entries that come while logs are read are pushed besides, and a device that applies both is right.
   */
  async fields(since: Rev, device: DeviceId | undefined): Promise<string> {
    await this.#visits.all();
    // A `since` that was never given out is of a list that was lost: what it stands for is not known.
    const known = since <= this.#inbox.rev ? since : 0;
    const changed = this.#inbox
      .keys()
      .filter((key) => key.rev > known)
      .sort((a, b) => a.rev - b.rev);
    // Pages follow `rev`, so that the last of one is the `since` of the next; a page is in order of activity.
    const page = changed.slice(0, LIMITS.syncConversations);
    const more = changed.length > page.length;
    const rev = more ? (page.at(-1)?.rev ?? this.#inbox.rev) : this.#inbox.rev;
    const rows = page
      .map((key) => this.#inbox.row(key.conversation_id))
      .filter(isRow)
      .sort((a, b) => b.activity - a.activity);
    const conversations = rows.map(conversationJson).join(",");
    const missed = rows.map((row) => this.#missed(row, device));
    // A list of thousands is walked page by page, and none of them stays.
    this.#inbox.trim();
    const truncated = missed.filter(({ cut }) => cut).map(({ id }) => id);
    const entries = await this.#read(
      missed.filter(({ lacks }) => lacks),
      truncated,
    );
    return (
      `"rev":${rev},"conversations":[${conversations}],"entries":{${entries.join(",")}},` +
      `"truncated":${JSON.stringify(truncated)},"more":${more}`
    );
  }

  /** What of a conversation this device has not acknowledged; `cut`: not all of it is given. */
  #missed(row: InboxRow, device: DeviceId | undefined): Missed & { readonly lacks: boolean; readonly cut: boolean } {
    const isKnown = device !== undefined && this.#inbox.devices.isKnown(device);
    const acknowledged = isKnown ? (row.devices[device] ?? 0) : 0;
    const most = isKnown ? LIMITS.syncEntriesPerConversation : LIMITS.syncEntriesForNewDevice;
    const after = Math.max(acknowledged, row.head - most);
    const kept = row.tail.since(after);
    return { id: row.conversation_id, after, kept, lacks: after < row.head, cut: after > acknowledged };
  }

  /** Some at a time, because logs may have to be read. What cannot be had, or is too much, is named in `truncated`. */
  async #read(missed: readonly Missed[], truncated: ConversationId[]): Promise<string[]> {
    const parts: string[] = [];
    const budget: Budget = { bytes: LIMITS.syncEntriesBytes };
    const read = await inBatches(missed, (one) => this.#entries(one, budget));
    for (const [index, { id }] of missed.entries()) {
      const entries = read[index];
      if (entries !== undefined) parts.push(`${JSON.stringify(id)}:${entries}`);
      else if (!truncated.includes(id)) truncated.push(id);
    }
    return parts;
  }

  /**
   * All of it or nothing: from the log what is not kept, then what is. Every piece is charged at once: those that are
   * read side by side share what is left.
   */
  async #entries({ id, after, kept }: Missed, budget: Budget): Promise<string | undefined> {
    const parts: string[] = [];
    let at = after;
    while (at < kept.after) {
      if (budget.bytes <= 0) return undefined;
      const slice = await this.#uplink.log(id, at, kept.after - at);
      if (!slice.ok || slice.value.count === 0) return undefined;
      budget.bytes -= slice.value.entries.length;
      parts.push(slice.value.entries.slice(1, -1));
      // Where the member sees nothing of the beginning, the log gives what comes after it.
      at = slice.value.end;
    }
    if (budget.bytes <= 0) return undefined;
    const rest = kept.entries.slice(at - kept.after).join(",");
    budget.bytes -= rest.length;
    if (rest !== "") parts.push(rest);
    return `[${parts.join(",")}]`;
  }
}
