import { badgeOf } from "../../shared/attention.ts";
import type { ConversationId } from "../../shared/ids.ts";
import type { ConversationType } from "../../shared/protocol/fields.ts";
import type { InboxRow } from "../inbox/inbox-row.ts";
import type { Preferences } from "../inbox/preferences.ts";
import type { Sql } from "../ports.ts";

type Counted = Parameters<typeof badgeOf>[0];

interface StoredCounts {
  conversation_id: ConversationId;
  type: ConversationType;
  unread: number;
  mentions: number;
  preferences: string | null;
}

const countedOf = ({ meta, preferences, unread, mentions }: InboxRow): Counted => ({
  type: meta.type,
  ...preferences,
  unread_count: unread,
  mention_count: mentions,
});

/**
 * [PUSH-11] The number on the app's icon. What it is made of is read when the first notification is composed, and kept up
 * with the rows from then on: of those that have something unread, which are few.
 */
export class Badge {
  readonly #sql: Sql;
  #counted: Map<ConversationId, Counted> | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** A row is another one now, on disk or not. */
  changed(row: InboxRow): void {
    if (!this.#counted) return;
    if (row.unread > 0) this.#counted.set(row.conversation_id, countedOf(row));
    else this.#counted.delete(row.conversation_id);
  }

  /** `unwritten`: rows that are not on disk as they are. */
  at(now: number, unwritten: Iterable<InboxRow>): number {
    if (!this.#counted) {
      this.#counted = this.#read();
      for (const row of unwritten) this.changed(row);
    }
    let sum = 0;
    for (const counted of this.#counted.values()) sum += badgeOf(counted, now);
    return sum;
  }

  #read(): Map<ConversationId, Counted> {
    const rows = this.#sql.all<StoredCounts>(
      `SELECT conversation_id, json_extract(meta, '$.meta.type') AS type, unread, mentions, preferences
       FROM inbox WHERE unread > 0`,
    );
    return new Map(
      rows.map(({ conversation_id, type, unread, mentions, preferences }) => [
        conversation_id,
        {
          type,
          ...(preferences === null ? {} : (JSON.parse(preferences) as Preferences)),
          unread_count: unread,
          mention_count: mentions,
        },
      ]),
    );
  }
}
