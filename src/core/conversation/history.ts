import type { MessageId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import type { Soon } from "../soon.ts";
import type { LastMessage } from "./delivery.ts";
import type { EntryCodec, Extras } from "./entry-codec.ts";
import type { LogRange } from "./log-range.ts";
import type { LogReader } from "./log-reader.ts";
import type { LogRow } from "./log-table.ts";
import { endOf } from "./member.ts";
import type { Member } from "./member.ts";
import type { MessageTable } from "./message-table.ts";
import { BAD_CURSOR, listJson } from "./pages.ts";
import type { ReactionTable } from "./reaction-table.ts";
import type { Receipts } from "./receipts.ts";
import { NO_MESSAGE, NOT_FOUND } from "./refusals.ts";
import type { Roster } from "./roster.ts";

export interface HistoryDeps {
  readonly reader: LogReader;
  readonly messages: MessageTable;
  readonly reactions: ReactionTable;
  readonly roster: Roster;
  readonly codec: EntryCodec;
  /** Nobody counts receipts in a channel. */
  readonly receipts: Receipts | undefined;
  readonly epoch: number;
  head(): Seq;
  /** Below it the member sees nothing. */
  floor(member: Member): Seq;
  find(member: Member, id: MessageId): LogRow | undefined;
}

export interface MessagePage {
  readonly before?: Seq;
  readonly after?: Seq;
  readonly limit?: number;
  readonly cursor?: string;
  readonly thread_root?: MessageId;
}

/** Entries of one conversation for a gap or a sync: JSON array text, and where it ends. */
export interface LogSlice {
  readonly entries: string;
  readonly count: number;
  /** The place of the last one; `after` when there is none. */
  readonly end: Seq;
  readonly bytes: number;
  readonly head_seq: Seq;
  readonly epoch: number;
}

/**
 * Reading: messages and entries, as JSON of the contract, wherever they lie. For members, and for who left up to there.
 */
export class History {
  readonly #deps: HistoryDeps;

  constructor(deps: HistoryDeps) {
    this.#deps = deps;
  }

  /** Newest first; with `after` oldest first. A cursor goes on in the direction in which it was given. */
  messages(user: UserId, page: MessagePage): Soon<Result<string>> {
    return this.#deps.reader.read(() => this.#messages(user, page));
  }

  message(user: UserId, id: MessageId): Soon<Result<string>> {
    return this.#deps.reader.read(() => {
      const member = this.#deps.roster.reader(user);
      if (!member) return NOT_FOUND;
      const row = this.#deps.find(member, id);
      const [json] = row ? this.json([row], member) : [];
      return json === undefined ? NO_MESSAGE : { ok: true, value: json };
    });
  }

  /** The newest message at or below `head`, for a list: without what changes often. */
  last(member: Member, head: Seq): (LastMessage & { readonly at: number }) | undefined {
    const [row] = this.#deps.reader.page({
      after: this.#deps.floor(member) - 1,
      before: head + 1,
      order: "newest",
      limit: 1,
      kind: "message",
      reader: member.user_id,
    });
    if (!row) return undefined;
    const receipts = this.#receipts(row, member);
    return {
      seq: row.seq,
      at: row.at,
      json: this.#deps.codec.message(row, {}, this.#end(member), member.user_id),
      ...(receipts ? { receipts } : {}),
    };
  }

  /** Entries after `after`, in order. Bounded by bytes as well: what is cut is asked for again. */
  log(user: UserId, after: Seq, limit: number = LIMITS.pageDefault): Soon<Result<LogSlice>> {
    return this.#deps.reader.read(() => this.#log(user, after, Math.min(limit, LIMITS.pageMax)));
  }

  /** Messages as their reader sees them. */
  json(rows: readonly LogRow[], reader: Member): string[] {
    const seqs = rows.map((row) => row.seq);
    const end = this.#end(reader);
    const reactions = this.#deps.reactions.summaries(seqs, reader.user_id, end);
    const roots = this.#deps.messages.rootsAmong(seqs, reader.user_id);
    return rows.map((row) => {
      const receipts = this.#receipts(row, reader);
      const thread = roots.has(row.seq) ? this.#thread(row.seq, reader) : undefined;
      const emoji = reactions.get(row.seq);
      const extras: Extras = {
        ...(emoji ? { reactions: emoji } : {}),
        ...(receipts ? { receipts } : {}),
        ...(thread ? { thread } : {}),
      };
      return this.#deps.codec.message(row, extras, end, reader.user_id);
    });
  }

  /** The last entry that the member is given. */
  #end(member: Member): Seq {
    return Math.min(endOf(member, Infinity), this.#deps.head());
  }

  #receipts(row: LogRow, reader: Member): Extras["receipts"] {
    return row.sender_id === reader.user_id && !reader.left ? this.#deps.receipts?.counts(reader, row) : undefined;
  }

  #thread(root: Seq, reader: Member): Extras["thread"] {
    const { messages } = this.#deps;
    const read = messages.threadRead(root, reader.user_id);
    const counts = messages.thread(root, reader.user_id, read, this.#end(reader));
    if (!counts) return undefined;
    const { replies, unread, lastAt } = counts;
    return { replies, unread, last_reply_at: toIso(lastAt) };
  }

  #messages(user: UserId, page: MessagePage): Result<string> {
    const member = this.#deps.roster.reader(user);
    if (!member) return NOT_FOUND;
    const limit = page.limit ?? LIMITS.pageDefault;
    let { before, after } = page;
    if (page.cursor !== undefined) {
      const mark = decodeCursor(page.cursor, ["b", "a"]);
      if (!mark) return BAD_CURSOR;
      before = mark.list === "b" ? mark.seq : before;
      after = mark.list === "a" ? mark.seq : undefined;
    }
    const root = page.thread_root === undefined ? undefined : this.#deps.find(member, page.thread_root);
    if (page.thread_root !== undefined && !root) return NO_MESSAGE;
    const upwards = after !== undefined;
    const range: LogRange = {
      after: Math.max(after ?? 0, this.#deps.floor(member) - 1),
      before: Math.min(before ?? Infinity, this.#end(member) + 1),
      order: upwards ? "oldest" : "newest",
      limit: limit + 1,
      kind: "message",
      reader: user,
      ...(root ? { thread: root.seq } : {}),
    };
    const found = this.#deps.reader.page(range);
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    const next = found.length > limit && last ? encodeCursor(upwards ? "a" : "b", last.seq) : undefined;
    return { ok: true, value: listJson("messages", this.json(rows, member), next) };
  }

  #log(user: UserId, after: Seq, limit: number): Result<LogSlice> {
    const member = this.#deps.roster.reader(user);
    if (!member) return NOT_FOUND;
    const head = this.#end(member);
    const from = Math.max(after, this.#deps.floor(member) - 1);
    const parts: string[] = [];
    let bytes = 2;
    let end = from;
    for (const row of this.#deps.reader.page({ after: from, before: head + 1, order: "oldest", limit })) {
      const json = this.#deps.codec.json(row, user);
      bytes += json.length + 1;
      if (parts.length > 0 && bytes > LIMITS.deliverBatchBytes) break;
      parts.push(json);
      end = row.seq;
    }
    const slice = { entries: `[${parts.join(",")}]`, count: parts.length, end, bytes };
    return { ok: true, value: { ...slice, head_seq: head, epoch: this.#deps.epoch } };
  }
}
