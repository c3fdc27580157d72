import type { Acked } from "../../src/core/conversation/write.ts";
import type { Sql } from "../../src/core/ports.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";

/** A row of a log, as the tests count with it. */
export interface Fact {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly sender: string;
  readonly clientId: string | null;
  readonly mentions: readonly string[];
}

interface StoredFact {
  seq: number;
  at: number;
  kind: string;
  sender_id: string;
  client_id: string | null;
  mentions: string | null;
}

export const factsOf = (sql: Sql): readonly Fact[] =>
  sql
    .all<StoredFact>("SELECT seq, at, kind, sender_id, client_id, mentions FROM log ORDER BY seq")
    .map(({ seq, at, kind, sender_id, client_id, mentions }) => ({
      seq,
      at,
      kind,
      sender: sender_id,
      clientId: client_id,
      mentions: mentions === null ? [] : (JSON.parse(mentions) as string[]),
    }));

/** What of a log counts as unread for `user` who has read up to `read`, as far as `head`. */
export const unreadOf = (facts: readonly Fact[], user: string, read: number, head: number): readonly Fact[] =>
  facts.filter(({ kind, sender, seq }) => kind === "message" && sender !== user && seq > read && seq <= head);

export const mentionsOf = (facts: readonly Fact[], user: string): number =>
  facts.filter(({ mentions }) => mentions.includes(user)).length;

export const broken = (rule: string, what: string, details: unknown): Error =>
  new Error(`${rule}: ${what}\n${JSON.stringify(details, null, 1)}`);

/**
 * What nobody may ever contradict: the text of each entry as it was first seen, and each acknowledgement as it
 * was first given. The logs themselves are the last word.
 */
export class Truth {
  readonly #storeOf: (conversation: string) => Sql;
  readonly #texts = new Map<string, string>();
  readonly #acked = new Map<string, Acked>();

  constructor(storeOf: (conversation: string) => Sql) {
    this.#storeOf = storeOf;
  }

  /** Somebody was shown an entry. */
  seen(conversation: string, seq: number, text: string): void {
    const place = `${conversation} ${seq}`;
    const first = this.#texts.get(place);
    if (first === undefined) this.#texts.set(place, text);
    else if (first !== text) throw broken("I3", `two entries at ${place}`, [first, text]);
  }

  /** Somebody was told that his message is in the log: it must be, once, and where he was told before. */
  acknowledged(conversation: string, sender: string, clientId: string, ack: Omit<Acked, "at" | "duplicate">): void {
    const name = `${conversation} ${sender} ${clientId}`;
    const first = this.#acked.get(name);
    if (first && (first.seq !== ack.seq || first.message_id !== ack.message_id)) {
      throw broken("I1", `two answers for ${name}`, [first, ack]);
    }
    this.#acked.set(name, { ...ack, at: 0, duplicate: false });
    const rows = this.#storeOf(conversation).all<{ seq: number }>(
      "SELECT seq FROM log WHERE sender_id = ? AND client_id = ?",
      sender,
      clientId,
    );
    if (rows.length !== 1 || rows[0]?.seq !== ack.seq) throw broken("I1", `${name} is not there once`, { ack, rows });
  }

  /** A row of somebody's list was shown: at the head that it shows, its counts are exact. */
  shown(user: string, row: Conversation): void {
    const { conversation_id, head_seq, read_up_to, delivered_up_to, unread_count, mention_count } = row;
    const facts = factsOf(this.#storeOf(conversation_id));
    const details = { user, conversation_id, head_seq, read_up_to, delivered_up_to, unread_count, mention_count };
    const unread = unreadOf(facts, user, read_up_to, head_seq);
    if (unread.length !== unread_count) throw broken("I5", `${unread.length} are unread`, details);
    if (mentionsOf(unread, user) !== mention_count) throw broken("I5", "mentions are miscounted", details);
    // A row may lag the log in which its owner has read on: then it is at the log's head that reading ends.
    if (read_up_to > facts.length || delivered_up_to > head_seq)
      throw broken("I4", "a watermark passed the head", details);
    if (delivered_up_to < Math.min(read_up_to, head_seq)) throw broken("I4", "read, and not delivered", details);
    if (head_seq > facts.length) throw broken("I3", "a row is ahead of its log", details);
  }

  /** I1 and I2, of one log. */
  checkLog(conversation: string): void {
    const facts = factsOf(this.#storeOf(conversation));
    const ids = new Set<string>();
    for (const [index, { seq, at, sender, clientId }] of facts.entries()) {
      if (seq !== index + 1) throw broken("I2", `${conversation} has a gap`, facts);
      if (at < (facts[index - 1]?.at ?? 0)) throw broken("I2", `a stamp of ${conversation} fell`, facts);
      if (clientId === null) continue;
      if (ids.has(`${sender} ${clientId}`)) throw broken("I1", `${clientId} is twice in ${conversation}`, facts);
      ids.add(`${sender} ${clientId}`);
    }
    for (const [name, { seq }] of this.#acked) {
      const [where, sender, clientId] = name.split(" ");
      const fact = facts[seq - 1];
      if (where === conversation && (fact?.sender !== sender || fact?.clientId !== clientId)) {
        throw broken("I1", `${name} was acknowledged and is not there`, fact);
      }
    }
  }
}
