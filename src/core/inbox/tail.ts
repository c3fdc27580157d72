import type { MessageId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { EncodedEntry } from "../conversation/delivery.ts";
import { emptiedEntry } from "../conversation/entry-codec.ts";

/** A stretch of a log: the entries follow `after`. */
export interface Stretch {
  readonly after: Seq;
  /** JSON, in order. */
  readonly entries: readonly string[];
}

/** What an entry names, as far as a deletion has to know. */
interface Named {
  readonly kind: string;
  readonly message_id: MessageId;
  readonly target?: MessageId;
}

/**
 * The newest entries of a conversation, as they were delivered, up to the head of the row that they belong to: what
 * devices that were away are given without asking the conversation. What all of them have is let go before it
 * is written. A deletion empties here what it empties in the log.
 */
export class Tail {
  #after: Seq;
  #entries: string[];
  #bytes = 0;

  constructor(after: Seq, entries: string[] = []) {
    this.#after = after;
    this.#entries = entries;
    for (const { length } of entries) this.#bytes += length;
  }

  /** As it was written: JSON has no line breaks of its own, so that nothing is parsed to tell entries apart. */
  static read(text: string | null, head: Seq): Tail {
    const entries = text === null ? [] : text.split("\n");
    return new Tail(head - entries.length, entries);
  }

  get text(): string | null {
    return this.#entries.length === 0 ? null : this.#entries.join("\n");
  }

  get head(): Seq {
    return this.#after + this.#entries.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What is kept behind `after`. */
  since(after: Seq): Stretch {
    const from = Math.min(Math.max(after, this.#after), this.head);
    return { after: from, entries: this.#entries.slice(from - this.#after) };
  }

  /** The next entry. What does not follow begins anew. */
  push({ seq, kind, json }: Pick<EncodedEntry, "seq" | "kind" | "json">): void {
    if (seq !== this.head + 1) this.clear(seq - 1);
    if (kind === "delete") this.#empty(json);
    this.#entries.push(json);
    this.#bytes += json.length;
    // Not with each entry: a busy conversation would move all of them each time.
    if (this.#entries.length > 2 * LIMITS.tailEntries || this.#bytes > 2 * LIMITS.tailBytes) this.#bound();
  }

  /** The row goes on at `head`, with the newest entries before it, if there are any. */
  jump(head: Seq, entries: readonly EncodedEntry[]): void {
    for (const entry of entries) if (entry.seq > this.head) this.push(entry);
    if (this.head !== head) this.clear(head);
  }

  /** Nothing is kept up to `head`. */
  clear(head: Seq): void {
    this.#after = head;
    this.#entries = [];
    this.#bytes = 0;
  }

  /** What lies before a place is gone. */
  cut(seq: Seq): void {
    this.#drop(Math.min(seq - 1, this.head) - this.#after);
  }

  /** Lets go what every device has, and of the rest what is too much. */
  settle(acknowledged: Seq): void {
    this.#drop(Math.min(acknowledged, this.head) - this.#after);
    this.#bound();
  }

  #bound(): void {
    let from = Math.max(0, this.#entries.length - LIMITS.tailEntries);
    let bytes = this.#bytes;
    for (const [index, { length }] of this.#entries.entries()) {
      if (index >= from && bytes <= LIMITS.tailBytes) break;
      bytes -= length;
      from = Math.max(from, index + 1);
    }
    this.#drop(from);
  }

  #drop(count: number): void {
    if (count <= 0) return;
    for (const { length } of this.#entries.slice(0, count)) this.#bytes -= length;
    this.#entries = this.#entries.slice(count);
    this.#after += count;
  }

  #empty(deletion: string): void {
    const { target } = JSON.parse(deletion) as Named;
    if (target === undefined) return;
    for (const [index, json] of this.#entries.entries()) {
      if (!json.includes(target)) continue;
      const named = JSON.parse(json) as Named;
      const says = named.kind === "message" ? named.message_id : named.kind === "edit" ? named.target : undefined;
      if (says !== target) continue;
      const emptied = emptiedEntry(json);
      this.#bytes += emptied.length - json.length;
      this.#entries[index] = emptied;
    }
  }
}
