import type { Write } from "../../src/core/conversation/write.ts";
import type { Conversation, SyncAnswer } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { ServerEvent } from "../../src/shared/protocol/events.ts";
import { foldEntry, foldReceipt } from "./row-fold.ts";
import { broken } from "./truth.ts";
import type { Truth } from "./truth.ts";

/** What a device asks of its connection. */
export type Upward =
  | { readonly type: "write"; readonly write: Write }
  | { readonly type: "delivered" | "read"; readonly conversation_id: string; readonly up_to: number }
  | { readonly type: "open" | "close"; readonly conversation_id: string }
  | { readonly type: "log"; readonly conversation_id: string; readonly after: number }
  | { readonly type: "sync"; readonly since: number };

export interface Copy {
  readonly entries: Map<number, Entry>;
  /** There is nothing for this user below it. */
  floor: number;
  /** Everything from there up to here is stored. */
  top: number;
  row: Conversation | undefined;
}

interface DeviceDeps {
  readonly truth: Truth;
  send(frame: Upward): void;
  /** Acknowledges soon, or not yet, or together with what comes meanwhile. */
  later(work: () => void): void;
}

/**
 * A device as simple as one can be that keeps to the contract: a map of entries by conversation. It takes what
 * it is pushed, asks for what it sees to be missing, and knows from `rev` what a sync has to bring. Its rows
 * follow from a snapshot and the frames after it.
 */
export class Device {
  readonly user: string;
  readonly id: string;
  readonly copies = new Map<string, Copy>();
  /** Sent and not yet acknowledged: repeated on every connection. */
  readonly outbox = new Map<string, Write>();
  readonly #deps: DeviceDeps;
  readonly #acking = new Set<string>();
  readonly #missing = new Set<string>();
  /** Of them: where something came behind a hole since that was asked for. */
  readonly #news = new Set<string>();
  /** The last reading of this connection, by conversation. */
  readonly #reading = new Map<string, number>();
  /** Readings of which nobody knows whether they got through: they are repeated. */
  readonly #unread = new Map<string, number>();
  /**
   * Conversations whose rows may say less than before, once: the user's object died, and what it had shown and not yet
   * written comes again from the conversation.
   */
  readonly #forgotten = new Set<string>();
  /** Frames that came while a sync was under way: they are applied after it. */
  #held: ServerEvent[] = [];
  #syncing = false;
  #synced = false;
  since = 0;
  mute = false;
  isConnected = false;

  constructor(user: string, id: string, deps: DeviceDeps) {
    this.user = user;
    this.id = id;
    this.#deps = deps;
  }

  copy(id: string): Copy {
    let copy = this.copies.get(id);
    if (!copy) {
      copy = { entries: new Map(), floor: 1, top: 0, row: undefined };
      this.copies.set(id, copy);
    }
    return copy;
  }

  /** A connection stands. Without `sync` only what comes from now on is pushed. */
  connected(sync: boolean): void {
    this.isConnected = true;
    this.#synced = false;
    this.#held = [];
    this.#syncing = false;
    for (const write of this.outbox.values()) this.#deps.send({ type: "write", write });
    if (sync) this.sync();
    for (const id of this.#missing) this.#fetch(id);
  }

  disconnected(): void {
    this.isConnected = false;
    // What was asked may have been done, or not: on the next connection it is asked again.
    for (const [id, upTo] of this.#reading) this.readFailed(id, upTo);
    this.#reading.clear();
  }

  /** Whether frames are all it needs. */
  get isCurrent(): boolean {
    return this.#synced;
  }

  /** The user's object died. */
  forgotten(): void {
    for (const id of this.copies.keys()) this.#forgotten.add(id);
  }

  sync(): void {
    if (!this.isConnected || this.#syncing) return;
    this.#syncing = true;
    this.#deps.send({ type: "sync", since: this.since });
  }

  write(write: Write): void {
    this.outbox.set(write.client_message_id, write);
    if (this.isConnected) this.#deps.send({ type: "write", write });
  }

  read(id: string, upTo: number): void {
    if (!this.isConnected) return;
    this.#reading.set(id, upTo);
    this.#deps.send({ type: "read", conversation_id: id, up_to: upTo });
  }

  /** The conversation comes on the screen, or goes from it. */
  show(id: string, open: boolean): void {
    if (this.isConnected) this.#deps.send({ type: open ? "open" : "close", conversation_id: id });
  }

  /** A reading failed in a way that is worth a retry. */
  readFailed(id: string, upTo: number): void {
    this.#unread.set(id, Math.max(upTo, this.#unread.get(id) ?? 0));
  }

  /** It will never be done: it is not asked again. */
  refused(clientId: string): void {
    this.outbox.delete(clientId);
  }

  receive(event: ServerEvent): void {
    if (event.type === "ack") {
      const { conversation_id, client_message_id, seq, message_id, duplicate } = event;
      this.outbox.delete(client_message_id);
      const ack = { seq, message_id, duplicate: duplicate === true };
      this.#deps.truth.acknowledged(conversation_id, this.user, client_message_id, ack);
    } else if (event.type === "sync") this.#applySync(event);
    else if (event.type === "entries" && event.ref !== undefined) this.#applyLog(event.conversation_id, event.entries);
    else if (this.#syncing) this.#held.push(event);
    else this.#apply(event);
  }

  /** The answer to a `log` did not come: it is asked again on the next occasion. */
  failed(id: string): void {
    this.#missing.add(id);
  }

  /** There is nothing to be had any more. */
  gone(id: string): void {
    this.#missing.delete(id);
  }

  /** Asks for everything that is known to be missing, and acknowledges what is there. */
  repair(): void {
    for (const [id, upTo] of this.#unread) this.read(id, upTo);
    this.#unread.clear();
    for (const id of this.#missing) this.#fetch(id);
    for (const id of this.copies.keys()) this.#acknowledge(id);
  }

  #apply(event: ServerEvent): void {
    if (event.type === "entries") {
      this.#foldRow(event.conversation_id, event.entries, event.rev);
      this.#store(event.conversation_id, event.entries);
      this.#knows(event.rev);
    }
    if (event.type === "receipt") {
      const { row } = this.copy(event.conversation_id);
      if (row && this.#synced) foldReceipt(row, event, this.user);
    }
    if (event.type === "conversation") {
      this.#takeRow(event.conversation);
      this.#knows(event.conversation.rev);
    }
  }

  /** Only after a sync does a frame's `rev` mean that all before it is known. */
  #knows(rev: number | undefined): void {
    if (this.#synced && rev !== undefined) this.since = Math.max(this.since, rev);
  }

  #applySync({ rev, conversations, entries, truncated, more }: SyncAnswer): void {
    for (const row of conversations) {
      const id = row.conversation_id;
      this.#takeRow(row);
      const missed = entries[id] ?? [];
      this.#deps.truth.synced(row, missed);
      const cut = truncated.includes(id);
      // Paged back from the newest: here by asking for all that is missing.
      if (cut) this.#missing.add(id);
      else this.#begins(id, missed);
      this.#store(id, missed);
      const end = Math.max(this.copy(id).top, missed.at(-1)?.seq ?? 0);
      if (!cut && end < row.head_seq) {
        throw broken("I7", `a sync left out the end of ${id}`, { device: this.id, end, row, missed });
      }
    }
    this.#syncing = false;
    this.since = rev;
    if (more) return this.sync();
    this.#synced = true;
    const held = this.#held;
    this.#held = [];
    for (const event of held) this.#apply(event);
    this.repair();
  }

  /** Entries that follow what is there, or begin where the user came in. */
  #begins(id: string, entries: readonly Entry[]): void {
    const copy = this.copy(id);
    const first = entries[0];
    if (!first || first.seq <= copy.top + 1) return;
    if (!this.#deps.truth.joins(id, this.user).includes(first.seq))
      throw broken("I7", `there is a hole in ${id}`, { device: this.id, top: copy.top, first: first.seq });
    copy.floor = first.seq;
    copy.top = first.seq - 1;
  }

  #applyLog(id: string, entries: readonly Entry[]): void {
    this.#begins(id, entries);
    const before = this.copy(id).top;
    this.#store(id, entries);
    // What came while the answer was on its way may lie behind a hole that was not there when it was asked for.
    const isNews = this.#news.delete(id) && this.#hasHole(id);
    if (isNews || (this.copy(id).top > before && entries.length > 0)) this.#fetch(id);
    else this.#missing.delete(id);
  }

  #hasHole(id: string): boolean {
    const { entries, top } = this.copy(id);
    return Math.max(...entries.keys()) > top;
  }

  #store(id: string, entries: readonly Entry[]): void {
    const copy = this.copy(id);
    for (const entry of entries) {
      this.#deps.truth.seen(this.user, id, entry);
      copy.entries.set(entry.seq, entry);
    }
    while (copy.entries.has(copy.top + 1)) copy.top++;
    const highest = entries.at(-1)?.seq ?? 0;
    if (highest > copy.top) this.#lacks(id);
    this.#acknowledge(id);
  }

  #lacks(id: string): void {
    if (this.#missing.has(id)) this.#news.add(id);
    else {
      this.#missing.add(id);
      this.#fetch(id);
    }
  }

  #fetch(id: string): void {
    if (this.isConnected) this.#deps.send({ type: "log", conversation_id: id, after: this.copy(id).top });
  }

  #acknowledge(id: string): void {
    if (this.mute || this.#acking.has(id)) return;
    this.#acking.add(id);
    this.#deps.later(() => {
      this.#acking.delete(id);
      if (this.isConnected && this.copy(id).top > 0)
        this.#deps.send({ type: "delivered", conversation_id: id, up_to: this.copy(id).top });
    });
  }

  #takeRow(row: Conversation): void {
    this.#deps.truth.shown(this.user, row);
    const id = row.conversation_id;
    const copy = this.copy(id);
    if (copy.row && row.rev < copy.row.rev) return;
    const forgot = this.#forgotten.delete(id);
    if (copy.row && row.read_up_to < copy.row.read_up_to && !forgot)
      throw broken("I4", `${this.user} reads less of ${id} than before`, { device: this.id, had: copy.row, row });
    copy.row = row;
    // Usually its entries follow at once.
    this.#deps.later(() => {
      if ((copy.row?.head_seq ?? 0) > copy.top) this.#lacks(id);
    });
  }

  /** A row and the entries after it make the row that a fresh snapshot would show (I7). */
  #foldRow(id: string, entries: readonly Entry[], rev: number | undefined): void {
    const copy = this.copy(id);
    const { row } = copy;
    if (!row || !this.#synced) return;
    for (const entry of entries) {
      if (entry.seq <= row.head_seq) continue;
      // A channel's entries come only while it is open: after a pause its row is what the next sync says.
      if (entry.seq > row.head_seq + 1 && row.type === "channel") {
        copy.row = undefined;
        return;
      }
      if (entry.seq > row.head_seq + 1)
        throw broken("I7", `frames left a hole in ${id}`, { device: this.id, row, entry });
      if (foldEntry(row, entry, this.user, copy.entries)) copy.entries.set(entry.seq, entry);
      else {
        // What the entry is about is not here: only the server can say what it changes.
        copy.row = undefined;
        this.#synced = false;
        this.since = 0;
        return;
      }
    }
    row.rev = Math.max(row.rev, rev ?? 0);
    // Of a message that came emptied nobody knows any more whom it mentioned; its deletion follows.
    const isEmpty = (entry: Entry): boolean => entry.kind === "message" && entry.content === "";
    const emptied = [...copy.entries.values()].some((entry) => isEmpty(entry) && entry.seq > row.read_up_to);
    if (!emptied) this.#deps.truth.shown(this.user, row);
  }
}
