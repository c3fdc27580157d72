import type { Draft } from "../../src/core/conversation/write.ts";
import type { Conversation, SyncAnswer } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { ServerEvent } from "../../src/shared/protocol/events.ts";
import { broken } from "./truth.ts";
import type { Truth } from "./truth.ts";

/** What a device asks of its connection. */
export type Upward =
  | { readonly type: "send"; readonly draft: Draft }
  | { readonly type: "delivered" | "read"; readonly conversation_id: string; readonly up_to: number }
  | { readonly type: "log"; readonly conversation_id: string; readonly after: number }
  | { readonly type: "sync"; readonly since: number };

export interface Copy {
  readonly texts: Map<number, string>;
  /** Everything up to here is stored. */
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
  readonly outbox = new Map<string, Draft>();
  readonly #deps: DeviceDeps;
  readonly #acking = new Set<string>();
  readonly #missing = new Set<string>();
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
      copy = { texts: new Map(), top: 0, row: undefined };
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
    for (const draft of this.outbox.values()) this.#deps.send({ type: "send", draft });
    if (sync) this.sync();
    for (const id of this.#missing) this.#fetch(id);
  }

  disconnected(): void {
    this.isConnected = false;
  }

  sync(): void {
    if (!this.isConnected || this.#syncing) return;
    this.#syncing = true;
    this.#deps.send({ type: "sync", since: this.since });
  }

  send(draft: Draft): void {
    this.outbox.set(draft.client_message_id, draft);
    if (this.isConnected) this.#deps.send({ type: "send", draft });
  }

  read(id: string, upTo: number): void {
    if (this.isConnected) this.#deps.send({ type: "read", conversation_id: id, up_to: upTo });
  }

  receive(event: ServerEvent): void {
    if (event.type === "ack") {
      const { conversation_id, client_message_id, seq, message_id } = event;
      this.outbox.delete(client_message_id);
      this.#deps.truth.acknowledged(conversation_id, this.user, client_message_id, { seq, message_id });
    } else if (event.type === "sync") this.#applySync(event);
    else if (event.type === "entries" && event.ref !== undefined) this.#applyLog(event.conversation_id, event.entries);
    else if (this.#syncing) this.#held.push(event);
    else this.#apply(event);
  }

  /** The answer to a `log` did not come: it is asked again on the next occasion. */
  failed(id: string): void {
    this.#missing.add(id);
  }

  /** Asks for everything that is known to be missing, and acknowledges what is there. */
  repair(): void {
    for (const id of this.#missing) this.#fetch(id);
    for (const id of this.copies.keys()) this.#acknowledge(id);
  }

  #apply(event: ServerEvent): void {
    if (event.type === "entries") {
      this.#foldRow(event.conversation_id, event.entries, event.rev);
      this.#store(event.conversation_id, event.entries);
      this.#knows(event.rev);
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
      const copy = this.copy(id);
      this.#takeRow(row);
      const missed = entries[id] ?? [];
      const first = missed[0];
      if (truncated.includes(id)) {
        // Paged back from the newest: here by asking for all that is missing.
        this.#missing.add(id);
      } else if (first && first.seq > copy.top + 1) {
        throw broken("I7", `a sync left a hole in ${id}`, { device: this.id, top: copy.top, first: first.seq });
      }
      this.#store(id, missed);
      const end = Math.max(copy.top, missed.at(-1)?.seq ?? 0);
      if (!truncated.includes(id) && end < row.head_seq) {
        throw broken("I7", `a sync left out the end of ${id}`, { device: this.id, end, row });
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

  #applyLog(id: string, entries: readonly Entry[]): void {
    const before = this.copy(id).top;
    this.#store(id, entries);
    if (this.copy(id).top > before && entries.length > 0) this.#fetch(id);
    else this.#missing.delete(id);
  }

  #store(id: string, entries: readonly Entry[]): void {
    const copy = this.copy(id);
    for (const entry of entries) {
      const text = JSON.stringify(entry);
      this.#deps.truth.seen(id, entry.seq, text);
      copy.texts.set(entry.seq, text);
    }
    while (copy.texts.has(copy.top + 1)) copy.top++;
    if (copy.texts.size > copy.top && !this.#missing.has(id)) {
      this.#missing.add(id);
      this.#fetch(id);
    }
    this.#acknowledge(id);
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
    const copy = this.copy(row.conversation_id);
    if (!copy.row || row.rev >= copy.row.rev) copy.row = row;
  }

  /** A row and the entries after it make the row that a fresh snapshot would show (I7). */
  #foldRow(id: string, entries: readonly Entry[], rev: number | undefined): void {
    const { row } = this.copy(id);
    if (!row || !this.#synced) return;
    for (const entry of entries) {
      if (entry.seq <= row.head_seq) continue;
      if (entry.seq > row.head_seq + 1)
        throw broken("I7", `frames left a hole in ${id}`, { device: this.id, row, entry });
      row.head_seq = entry.seq;
      if (entry.seq <= row.read_up_to) row.delivered_up_to = Math.max(row.delivered_up_to, entry.seq);
      if (entry.kind !== "message") continue;
      row.last_message = { ...entry, conversation_id: id };
      if (entry.sender_id === this.user || entry.seq <= row.read_up_to) continue;
      row.unread_count++;
      if (entry.mentions?.includes(this.user) === true) row.mention_count++;
    }
    row.rev = Math.max(row.rev, rev ?? 0);
    this.#deps.truth.shown(this.user, row);
  }
}
