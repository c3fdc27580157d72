import type { Acked } from "../../src/core/conversation/write.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import type { Sql } from "../../src/core/ports.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";

/** What depends on an entry's kind, as far as the tests look at it. */
export interface FactBody {
  readonly content?: string;
  readonly target?: string;
  readonly emoji?: string;
  readonly op?: "add" | "remove" | "role";
  readonly user_id?: string;
  readonly role?: string;
  readonly changes?: {
    readonly name?: string;
    readonly pin?: string;
    readonly unpin?: string;
    readonly settings?: Readonly<Record<string, string | number>>;
  };
}

/** A row of a log, as the tests count with it. */
export interface Fact {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly sender: string;
  readonly clientId: string | null;
  readonly mentions: readonly string[];
  /** The entry that deleted it. */
  readonly deletedSeq: number | null;
  readonly thread: number | null;
  readonly expiresAt: number | null;
  readonly body: FactBody;
}

type StoredFact = Pick<
  LogRow,
  "seq" | "at" | "kind" | "sender_id" | "client_id" | "mentions" | "deleted_seq" | "thread" | "expires_at" | "body"
>;

const archives = new WeakMap<Sql, () => readonly LogRow[]>();

/** Where the part of a log is that its store has let go. */
export const archivedIn = (sql: Sql, rows: () => readonly LogRow[]): void => void archives.set(sql, rows);

/** What the store has of a log, and for the rest of it the archive. */
const storedFacts = (sql: Sql): readonly StoredFact[] => {
  const here = sql.all<StoredFact>(
    "SELECT seq, at, kind, sender_id, client_id, mentions, deleted_seq, thread, expires_at, body FROM log ORDER BY seq",
  );
  const pruned = sql.all<{ pruned: number }>("SELECT pruned FROM conversation")[0]?.pruned ?? 0;
  if (pruned === 0) return here;
  const places = new Map<number, StoredFact>();
  for (const row of archives.get(sql)?.() ?? []) if (row.seq <= pruned) places.set(row.seq, row);
  for (const row of here) places.set(row.seq, row);
  return [...places.values()].toSorted((a, b) => a.seq - b.seq);
};

export const factsOf = (sql: Sql): readonly Fact[] =>
  storedFacts(sql).map(({ seq, at, kind, sender_id, client_id, mentions, deleted_seq, thread, expires_at, body }) => ({
    seq,
    at,
    kind,
    sender: sender_id,
    clientId: client_id,
    mentions: mentions === null ? [] : (JSON.parse(mentions) as string[]),
    deletedSeq: deleted_seq,
    thread,
    expiresAt: expires_at,
    body: JSON.parse(body) as FactBody,
  }));

/** Between which entries somebody may read. */
export interface Stay {
  readonly joined: number;
  readonly left: number | undefined;
}

export const stayOf = (sql: Sql, user: string): Stay | undefined => {
  const row = sql.all<{ joined_seq: number; left_seq: number | null }>(
    "SELECT joined_seq, left_seq FROM members WHERE user_id = ?",
    user,
  )[0];
  return row && { joined: row.joined_seq, left: row.left_seq ?? undefined };
};

/** What of a log counts as unread for `user` who has read up to `read`, at `head`: deletions behind that are to come. */
export const unreadOf = (facts: readonly Fact[], user: string, read: number, head: number): readonly Fact[] =>
  facts.filter(
    ({ kind, sender, seq, deletedSeq }) =>
      kind === "message" && sender !== user && seq > read && seq <= head && (deletedSeq ?? Infinity) > head,
  );

export const mentionsOf = (facts: readonly Fact[], user: string): number =>
  facts.filter(({ mentions }) => mentions.includes(user) || mentions.includes("@all")).length;

export const broken = (rule: string, what: string, details: unknown): Error =>
  new Error(`${rule}: ${what}\n${JSON.stringify(details, null, 1)}`);

/** What of an entry never changes; the rest is emptied when what it says is deleted. */
const essence = ({ kind, seq, message_id, sender_id, timestamp }: Entry): string =>
  JSON.stringify({ kind, seq, message_id, sender_id, timestamp });

const isEmptied = (entry: Entry): boolean =>
  (entry.kind === "message" || entry.kind === "edit") && entry.content === "";

/**
 * What nobody may ever contradict: each entry as it was first seen, and each acknowledgement as it was first
 * given. The logs themselves are the last word.
 */
export class Truth {
  readonly #storeOf: (conversation: string) => Sql;
  readonly #texts = new Map<string, string>();
  readonly #essences = new Map<string, string>();
  readonly #acked = new Map<string, Acked>();

  constructor(storeOf: (conversation: string) => Sql) {
    this.#storeOf = storeOf;
  }

  /** The entries by which somebody came in: before one of them there may be nothing for him. */
  joins(conversation: string, user: string): readonly number[] {
    const sql = this.#storeOf(conversation);
    const stay = stayOf(sql, user);
    const added = factsOf(sql).filter(({ body }) => body.op === "add" && body.user_id === user);
    return [...added.map(({ seq }) => seq), ...(stay ? [stay.joined] : [])];
  }

  /** Entries came with a row of the list: what is deleted at the row's head is empty in them. */
  synced(row: Conversation, entries: readonly Entry[]): void {
    const facts = factsOf(this.#storeOf(row.conversation_id));
    const emptied = new Set<string>();
    for (const { kind, seq, body } of facts)
      if (kind === "delete" && seq <= row.head_seq) emptied.add(body.target ?? "");
    for (const entry of entries) {
      const message = entry.kind === "message" ? entry.message_id : entry.kind === "edit" ? entry.target : undefined;
      if (message !== undefined && emptied.has(message) && !isEmptied(entry))
        throw broken("SEQ-5", "a sync brought what is deleted", { entry, head: row.head_seq });
    }
  }

  /** Somebody was shown an entry. */
  seen(user: string, conversation: string, entry: Entry): void {
    const place = `${conversation} ${entry.seq}`;
    const stay = stayOf(this.#storeOf(conversation), user);
    if (!stay || entry.seq > (stay.left ?? Infinity)) throw broken("I6", `${user} was shown ${place}`, { stay, entry });
    const first = this.#essences.get(place);
    if (first === undefined) this.#essences.set(place, essence(entry));
    else if (first !== essence(entry)) throw broken("I3", `two entries at ${place}`, [first, entry]);
    if (isEmptied(entry)) {
      if (!this.#mayBeEmpty(conversation, entry)) throw broken("SEQ-5", `${place} is empty`, entry);
      return;
    }
    const text = JSON.stringify(entry);
    const known = this.#texts.get(place);
    if (known === undefined) this.#texts.set(place, text);
    else if (known !== text) throw broken("I3", `two texts at ${place}`, [known, text]);
  }

  #mayBeEmpty(conversation: string, entry: Entry): boolean {
    const facts = factsOf(this.#storeOf(conversation));
    if (entry.kind === "message") return (facts[entry.seq - 1]?.deletedSeq ?? null) !== null;
    return entry.kind === "edit" && facts.some(({ kind, body }) => kind === "delete" && body.target === entry.target);
  }

  /** Somebody was told that his write is done: it stays so, and where he was told before. */
  acknowledged(conversation: string, sender: string, clientId: string, ack: Omit<Acked, "at">): void {
    const name = `${conversation} ${sender} ${clientId}`;
    const first = this.#acked.get(name);
    if (first && (first.seq !== ack.seq || first.message_id !== ack.message_id)) {
      throw broken("I1", `two answers for ${name}`, [first, ack]);
    }
    this.#acked.set(name, { ...ack, at: 0 });
    this.#checkPlace(conversation, sender, clientId, ack.seq);
  }

  /** A write has one place: its entry, or, where it leaves none of its own, the one that is remembered for it. */
  #checkPlace(conversation: string, sender: string, clientId: string, place: number): void {
    const sql = this.#storeOf(conversation);
    const rows = factsOf(sql).filter((fact) => fact.sender === sender && fact.clientId === clientId);
    const noted = sql.all<{ seq: number }>(
      "SELECT seq FROM seen WHERE sender_id = ? AND client_id = ?",
      sender,
      clientId,
    );
    const places = new Set([...rows, ...noted].map(({ seq }) => seq));
    if (rows.length > 1 || places.size !== 1 || !places.has(place))
      throw broken("I1", `${clientId} of ${sender} is not there once`, { conversation, place, rows, noted });
  }

  /** A row of somebody's list was shown: at the head that it shows, its counts are exact. */
  shown(user: string, row: Conversation): void {
    const { conversation_id, head_seq, read_up_to, delivered_up_to, unread_count, mention_count } = row;
    const sql = this.#storeOf(conversation_id);
    const facts = factsOf(sql);
    const stay = stayOf(sql, user);
    const details = { user, conversation_id, head_seq, read_up_to, delivered_up_to, unread_count, mention_count, stay };
    if (!stay || head_seq > (stay.left ?? Infinity)) throw broken("I6", `${user} was shown more than is his`, details);
    const unread = unreadOf(facts, user, read_up_to, head_seq);
    if (unread.length !== unread_count) throw broken("I5", `${unread.length} are unread`, { ...details, facts });
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
      const [where = "", sender = "", clientId = ""] = name.split(" ");
      if (where === conversation) this.#checkPlace(conversation, sender, clientId, seq);
    }
  }
}
