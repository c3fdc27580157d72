import type { ClientMessageId, Seq, UserId } from "../../shared/ids.ts";
import type { EntryKind } from "../../shared/protocol/entry.ts";
import { ALL } from "../../shared/protocol/fields.ts";
import type { Mentions } from "./delivery.ts";
import type { LogRow, Patch } from "./log-table.ts";

/** What a block is made of: an entry without what it says. */
export interface Outline extends Pick<
  LogRow,
  "seq" | "at" | "sender_id" | "client_id" | "kind" | "mentions" | "deleted_seq" | "thread" | "hidden_from"
> {
  /** Its last edit. */
  readonly edit: Seq | null;
}

/** What is unread of a stretch of the log, and how much of that mentions somebody. */
export interface Unread {
  unread: number;
  mentions: number;
}

/** A block as it is on disk. */
export interface StoredBlock {
  readonly last: Seq;
  readonly first: Seq;
  readonly at: number;
  readonly counts: string;
  readonly body: string;
}

/** Pairs, not objects: a user may be called `constructor`. */
interface StoredCounts {
  /** Messages that stand, by sender. */
  readonly by: readonly (readonly [UserId, number])[];
  /** Of those, the ones that mention somebody: sender, and whom. */
  readonly mentions: readonly (readonly [UserId, Mentions])[];
  /** The newest entry that deleted one. */
  readonly gone: Seq;
  /** Whether there is something that not everybody sees. */
  readonly veiled: boolean;
}

type Sparse<T> = [index: number, value: T][];

/** Columns: the n-th of each is the n-th entry's. */
interface StoredBody {
  readonly kinds: EntryKind[];
  readonly senders: UserId[];
  /** Indices into the two. */
  readonly kind: number[];
  readonly sender: number[];
  /** Milliseconds after the one before. */
  readonly at: number[];
  /** `KEY_CHARS` of each. */
  readonly keys: string;
  readonly mentions: Sparse<Mentions>;
  readonly deleted: Sparse<Seq>;
  readonly touched: Sparse<Seq>;
  readonly hidden: Sparse<UserId>;
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const KEY_CHARS = 12;
const NO_KEY = " ".repeat(KEY_CHARS);

/** 32 bits in six characters. */
const encode = (bits: number): string => {
  let text = "";
  for (let shift = 30; shift >= 0; shift -= 6) text += ALPHABET.charAt((bits >>> shift) & 63);
  return text;
};

/**
 * 64 bits in the place of a client id (two multiplicative hashes, mixed). Asked for only among entries of one sender in the few
 * minutes around an id's time: whoever makes two of his own ids collide deceives nobody but himself.
 */
export const keyOf = (sender: UserId, id: ClientMessageId): string => {
  const text = `${sender} ${id}`;
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    a = Math.imul(a ^ char, 0x9e3779b1);
    b = Math.imul(b ^ char, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return encode(a >>> 0) + encode(b >>> 0);
};

const indexIn = <T>(list: T[], item: T): number => {
  const known = list.lastIndexOf(item);
  return known >= 0 ? known : list.push(item) - 1;
};

const namesUser = (mentions: Mentions | undefined, user: UserId): boolean =>
  mentions !== undefined && (mentions.includes(user) || mentions.includes(ALL));

/** What every block tells of itself without being read: enough where it is wanted as a whole. */
export class BlockCounts {
  readonly #by: ReadonlyMap<UserId, number>;
  readonly #counts: StoredCounts;

  constructor(stored: string) {
    this.#counts = JSON.parse(stored) as StoredCounts;
    this.#by = new Map(this.#counts.by);
  }

  /** Whether they are those of this head for everybody. */
  holdsAt(head: Seq): boolean {
    return !this.#counts.veiled && this.#counts.gone <= head;
  }

  addTo(counts: Unread, user: UserId): void {
    for (const [sender, count] of this.#by) if (sender !== user) counts.unread += count;
    for (const [sender, mentions] of this.#counts.mentions)
      if (sender !== user && namesUser(mentions, user)) counts.mentions++;
  }
}

/** What is known here of some hundred entries in a row that are pruned, or are about to be. */
export class Block {
  readonly first: Seq;
  readonly #body: Omit<StoredBody, "mentions" | "deleted" | "touched" | "hidden">;
  readonly #stamps: number[] = [];
  readonly #mentions: Map<number, Mentions>;
  readonly #deleted: Map<number, Seq>;
  /** The newest entry that edited or deleted it. Of pruned ones it says nothing. */
  readonly #touched: Map<number, Seq>;
  readonly #hidden: Map<number, UserId>;

  private constructor(first: Seq, at: number, body: StoredBody) {
    this.first = first;
    this.#body = body;
    let stamp = at;
    for (const ms of body.at) this.#stamps.push((stamp += ms));
    this.#mentions = new Map(body.mentions);
    this.#deleted = new Map(body.deleted);
    this.#touched = new Map(body.touched);
    this.#hidden = new Map(body.hidden);
  }

  static read({ first, at, body }: StoredBlock): Block {
    return new Block(first, at, JSON.parse(body) as StoredBody);
  }

  /** Of entries in a row, at least one. */
  static of(outlines: readonly Outline[]): Block {
    const begin = outlines[0];
    if (!begin) throw new Error("unable to make a block; it is of nothing");
    const body: StoredBody = {
      kinds: [],
      senders: [],
      kind: [],
      sender: [],
      at: [],
      keys: outlines
        .map(({ sender_id, client_id }) => (client_id === null ? NO_KEY : keyOf(sender_id, client_id)))
        .join(""),
      mentions: [],
      deleted: [],
      touched: [],
      hidden: [],
    };
    let before = begin.at;
    for (const [index, { at, kind, sender_id, mentions, deleted_seq, edit, hidden_from }] of outlines.entries()) {
      body.kind.push(indexIn(body.kinds, kind));
      body.sender.push(indexIn(body.senders, sender_id));
      body.at.push(at - before);
      before = at;
      if (mentions !== null) body.mentions.push([index, JSON.parse(mentions) as Mentions]);
      if (deleted_seq !== null) body.deleted.push([index, deleted_seq]);
      if (deleted_seq !== null || edit !== null) body.touched.push([index, Math.max(deleted_seq ?? 0, edit ?? 0)]);
      if (hidden_from !== null) body.hidden.push([index, hidden_from]);
    }
    return new Block(begin.seq, begin.at, body);
  }

  get last(): Seq {
    return this.first + this.#stamps.length - 1;
  }

  get stored(): StoredBlock {
    const body: StoredBody = {
      ...this.#body,
      mentions: [...this.#mentions],
      deleted: [...this.#deleted],
      touched: [...this.#touched],
      hidden: [...this.#hidden],
    };
    return {
      last: this.last,
      first: this.first,
      at: this.#stamps[0] ?? 0,
      counts: JSON.stringify(this.#counts()),
      body: JSON.stringify(body),
    };
  }

  has(seq: Seq): boolean {
    return seq >= this.first && seq <= this.last;
  }

  stampOf(seq: Seq): number | undefined {
    return this.#stamps[seq - this.first];
  }

  /** An entry that is in it changed. Answers whether that is to be seen here. */
  change(seq: Seq, patch: Patch, edit: Seq | undefined): boolean {
    const index = seq - this.first;
    const set = <T>(map: Map<number, T>, value: T | null | undefined): boolean => {
      if (value === undefined) return false;
      if (value === null) return map.delete(index);
      map.set(index, value);
      return true;
    };
    const { mentions } = patch;
    const touched = Math.max(patch.deleted_seq ?? 0, edit ?? 0);
    return [
      set(this.#deleted, patch.deleted_seq),
      set(this.#hidden, patch.hidden_from),
      set(this.#mentions, typeof mentions === "string" ? (JSON.parse(mentions) as Mentions) : mentions),
      touched > 0 && set(this.#touched, Math.max(touched, this.#touched.get(index) ?? 0)),
    ].some(Boolean);
  }

  /** Its entries that one behind `after` edited or deleted. */
  touchedBy(after: Seq): Seq[] {
    return [...this.#touched].flatMap(([index, by]) => (by > after ? [this.first + index] : []));
  }

  /** Adds messages of others in (after, upTo] that stand at `head`. */
  addTo(counts: Unread, user: UserId, range: { readonly after: Seq; readonly upTo: Seq; readonly head: Seq }): void {
    const { from, end } = this.#within(range.after, range.upTo);
    for (let index = from; index <= end; index++) {
      if (!this.#is(index, "message") || this.#senderOf(index) === user) continue;
      if ((this.#deleted.get(index) ?? Infinity) <= range.head || this.#hidden.get(index) === user) continue;
      counts.unread++;
      if (namesUser(this.#mentions.get(index), user)) counts.mentions++;
    }
  }

  /** The place of a key among the entries of a sender in (after, upTo]. */
  find(sender: UserId, key: string, after: Seq, upTo: Seq): Seq | undefined {
    const { from, end } = this.#within(after, upTo);
    const { keys } = this.#body;
    for (let at = keys.indexOf(key, from * KEY_CHARS); at >= 0; at = keys.indexOf(key, at + 1)) {
      const index = at / KEY_CHARS;
      if (index > end) return undefined;
      if (Number.isInteger(index) && this.#senderOf(index) === sender) return this.first + index;
    }
    return undefined;
  }

  /** Entries in (after, upTo] of these kinds, the newest first. */
  *newest(
    kinds: readonly EntryKind[],
    after: Seq,
    upTo: Seq,
  ): Iterable<Pick<LogRow, "seq" | "at" | "sender_id" | "hidden_from">> {
    const { from, end } = this.#within(after, upTo);
    for (let index = end; index >= from; index--) {
      if (!kinds.some((kind) => this.#is(index, kind))) continue;
      const [sender_id, at] = [this.#senderOf(index), this.#stamps[index] ?? 0];
      yield { seq: this.first + index, at, sender_id, hidden_from: this.#hidden.get(index) ?? null };
    }
  }

  /** Messages after `after` that mention somebody. */
  mentioning(after: Seq): Pick<LogRow, "seq" | "sender_id" | "mentions">[] {
    return [...this.#mentions]
      .map(([index, names]) => ({
        seq: this.first + index,
        sender_id: this.#senderOf(index),
        mentions: JSON.stringify(names),
      }))
      .filter(({ seq }) => seq > after)
      .toSorted((a, b) => a.seq - b.seq);
  }

  #within(after: Seq, upTo: Seq): { readonly from: number; readonly end: number } {
    return { from: Math.max(after + 1, this.first) - this.first, end: Math.min(upTo, this.last) - this.first };
  }

  #is(index: number, kind: EntryKind): boolean {
    return this.#body.kinds[this.#body.kind[index] ?? -1] === kind;
  }

  #senderOf(index: number): UserId {
    return this.#body.senders[this.#body.sender[index] ?? -1] ?? "";
  }

  #counts(): StoredCounts {
    const by = new Map<UserId, number>();
    const mentions: [UserId, Mentions][] = [];
    for (const { seq, sender_id } of this.newest(["message"], 0, this.last)) {
      const index = seq - this.first;
      if (this.#deleted.has(index)) continue;
      by.set(sender_id, (by.get(sender_id) ?? 0) + 1);
      const names = this.#mentions.get(index);
      if (names) mentions.push([sender_id, names]);
    }
    return { by: [...by], mentions, gone: Math.max(0, ...this.#deleted.values()), veiled: this.#hidden.size > 0 };
  }
}
