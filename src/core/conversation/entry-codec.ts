import type { ConversationId, MessageId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Message } from "../../shared/protocol/message.ts";
import { toIso } from "../../shared/time.ts";
import type { EncodedEntry, EntryTarget, Mentions } from "./delivery.ts";
import type { LogRow } from "./log-table.ts";
import { messageIdOf, seqOfMessageId } from "./message-id.ts";
import { editedOf, emptiedFields } from "./message-table.ts";
import type { Edited } from "./message-table.ts";

/** How the JSON of a message's entry begins: what follows it is the message. */
export const MESSAGE_PREFIX = `{"kind":"message",`;

/** What a message has besides what it says. */
export type Extras = Pick<Message, "receipts" | "reactions" | "thread">;

/** A place of the log at which there is nothing for whoever must not see what is there. */
const NOTHING = `{"changes":{}}`;

const shownTo = (row: LogRow, reader: UserId | undefined): LogRow =>
  row.hidden_from === null || row.hidden_from !== reader
    ? row
    : { ...row, kind: "settings", client_id: null, mentions: null, body: NOTHING, hidden_from: null };

/** What lies before that place is gone. Few entries say so, and members cannot write it. */
const retainedBy = ({ kind, body }: LogRow): { readonly retained?: Seq } => {
  if (kind !== "settings" || !body.includes('"retained_from":')) return {};
  const { retained_from } = (JSON.parse(body) as { changes: { retained_from?: Seq } }).changes;
  return retained_from === undefined ? {} : { retained: retained_from };
};

/** How entries that change others find them: from the log. */
export interface Lookup {
  at(seq: Seq): LogRow | undefined;
  /** The newest message below `seq` that the reader sees. */
  newestBelow(seq: Seq, reader: UserId | undefined): LogRow | undefined;
}

const mentionsOf = (row: LogRow): { readonly mentions?: Mentions } =>
  row.mentions === null ? {} : { mentions: JSON.parse(row.mentions) as Mentions };

/**
 * Rows of the log as JSON of the wire contract. The body is JSON already, so an entry is put together from
 * text: it is serialised once in its life, when it is written.
 */
export class EntryCodec {
  readonly #conversationId: ConversationId;
  readonly #mark: string;
  readonly #lookup: Lookup;

  constructor(conversationId: ConversationId, mark: string, lookup: Lookup) {
    this.#conversationId = conversationId;
    this.#mark = mark;
    this.#lookup = lookup;
  }

  #head(row: LogRow, body = row.body): string {
    const client = row.client_id === null ? "" : `"client_message_id":"${row.client_id}",`;
    return (
      `"seq":${row.seq},"message_id":"${this.idOf(row)}",` +
      `"sender_id":"${row.sender_id}",${client}"timestamp":"${toIso(row.at)}",${body.slice(1)}`
    );
  }

  idOf(row: Pick<LogRow, "at" | "seq">): MessageId {
    return messageIdOf(row.at, row.seq, this.#mark);
  }

  /** The entry alone. What is hidden from the reader leaves its place, and nothing in it. Without a reader: all that is there. */
  json(row: LogRow, reader?: UserId): string {
    const shown = shownTo(row, reader);
    return `${shown.kind === "message" ? MESSAGE_PREFIX : `{"kind":"${shown.kind}",`}${this.#head(shown)}`;
  }

  /** As `json`, with what a list needs to know of it and of what it changes. */
  entry(given: LogRow, reader?: UserId): EncodedEntry {
    const row = shownTo(given, reader);
    const changes = row.kind === "edit" || row.kind === "delete";
    const target = changes ? this.#target(row, reader) : undefined;
    return {
      seq: row.seq,
      at: row.at,
      sender: row.sender_id,
      kind: row.kind,
      ...mentionsOf(row),
      ...(target ? { target } : {}),
      ...retainedBy(row),
      json: this.json(row),
    };
  }

  #edited(row: LogRow, end: Seq, reader: UserId | undefined): Pick<Edited, "content" | "at"> | undefined {
    const edited = editedOf(row);
    if (!edited) return undefined;
    // Only the author edits: what is hidden is so from anybody else.
    const hidden = reader === undefined || reader === row.sender_id ? [] : (edited.hidden ?? []);
    const seq = edited.entries.findLast((entry) => entry <= end && !hidden.includes(entry));
    if (seq === edited.entries.at(-1)) return edited;
    const entry = seq === undefined ? undefined : this.#lookup.at(seq);
    return entry && { content: (JSON.parse(entry.body) as Edited).content, at: entry.at };
  }

  #target(row: LogRow, reader: UserId | undefined): EntryTarget | undefined {
    const { target } = JSON.parse(row.body) as { target: MessageId };
    const place = seqOfMessageId(target, this.#mark);
    const message = place && this.#lookup.at(place.seq);
    if (!message) return undefined;
    const isNewest = this.#lookup.newestBelow(row.seq, reader)?.seq === message.seq;
    return {
      seq: message.seq,
      sender: message.sender_id,
      ...mentionsOf(message),
      ...(isNewest ? { now: this.message(message, {}, Infinity, reader) } : {}),
    };
  }

  /** A message as it stands now, or to somebody who does not see every entry that changed it. */
  message(row: LogRow, extras: Extras = {}, end: Seq = Infinity, reader?: UserId): string {
    const edited = this.#edited(row, end, reader);
    const body = edited
      ? JSON.stringify({ ...(JSON.parse(row.body) as object), content: edited.content, edited_at: toIso(edited.at) })
      : row.body;
    const json = `{"conversation_id":${JSON.stringify(this.#conversationId)},${this.#head(row, body)}`;
    const more = JSON.stringify({
      deleted_at: row.deleted_at === null ? undefined : toIso(row.deleted_at),
      ...extras,
    });
    return more === "{}" ? json : `${json.slice(0, -1)},${more.slice(1)}`;
  }
}

/** The JSON of an entry whose message was deleted, to the letter as the log gives it. */
export const emptiedEntry = (json: string): string => {
  const { kind, seq, message_id, sender_id, client_message_id, timestamp, ...body } = JSON.parse(json) as Record<
    string,
    unknown
  >;
  return JSON.stringify({
    kind,
    seq,
    message_id,
    sender_id,
    client_message_id,
    timestamp,
    ...emptiedFields(body),
  });
};

/** As many of the first as travel in one call and one frame; at least one. */
export const batchOf = (entries: readonly EncodedEntry[]): readonly EncodedEntry[] => {
  let length = 0;
  const end = entries.findIndex(({ json }, index) => {
    length += json.length;
    return index > 0 && length > LIMITS.deliverBatchBytes;
  });
  return end < 0 ? entries : entries.slice(0, end);
};

/** As many of the last as are no more than `bytes` together. */
export const newestOf = (entries: readonly EncodedEntry[], bytes: number): readonly EncodedEntry[] => {
  let length = 0;
  const before = entries.findLastIndex(({ json }) => {
    length += json.length;
    return length > bytes;
  });
  return entries.slice(before + 1);
};

/** The newest encoded entries, so that a fan-out does not read them back from the disk. Bounded in number and bytes. */
export class RecentEntries {
  readonly #limit: number;
  #entries: EncodedEntry[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: EncodedEntry): void {
    this.#entries.push(entry);
    this.#bytes += entry.json.length;
    // Trimmed by half at a time: an array that loses its first element on each push is copied on each push.
    if (this.#entries.length < 2 * this.#limit && this.#bytes < LIMITS.recentBytes) return;
    this.#entries = this.#entries.slice(-Math.min(this.#limit, Math.ceil(this.#entries.length / 2)));
    this.#bytes = this.#entries.reduce((sum, { json }) => sum + json.length, 0);
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The place of the oldest one. */
  get first(): Seq | undefined {
    return this.#entries[0]?.seq;
  }

  /** An entry was emptied: what is still to be handed over is that. */
  replace(entry: EncodedEntry): void {
    const first = this.#entries[0];
    if (first && this.#entries[entry.seq - first.seq]) this.#entries[entry.seq - first.seq] = entry;
  }

  /** Entries after `after`, or `undefined` when some of them are no longer here. */
  after(after: Seq, limit: number): readonly EncodedEntry[] | undefined {
    const first = this.#entries[0];
    if (!first || first.seq > after + 1) return undefined;
    const from = after + 1 - first.seq;
    return this.#entries.slice(from, from + limit);
  }
}
