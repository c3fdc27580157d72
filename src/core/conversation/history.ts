import type { MessageId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import type { EntryCodec } from "./entry-codec.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import { seqOfMessageId } from "./message-id.ts";
import type { Receipts } from "./receipts.ts";
import { NOT_FOUND } from "./refusals.ts";
import { participantOf } from "./roster.ts";
import type { Roster } from "./roster.ts";

export interface HistoryDeps {
  readonly log: LogTable;
  readonly roster: Roster;
  readonly codec: EntryCodec;
  readonly receipts: Receipts;
  readonly mark: string;
  readonly epoch: number;
  head(): Seq;
}

export interface MessagePage {
  readonly before?: Seq;
  readonly after?: Seq;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface ListPage {
  readonly limit?: number;
  readonly cursor?: string;
}

/** Entries of one conversation for a gap or a sync: JSON array text, and where it ends. */
export interface LogSlice {
  readonly entries: string;
  readonly count: number;
  readonly bytes: number;
  readonly head_seq: Seq;
  readonly epoch: number;
}

const BAD_CURSOR = refuse("bad_request", "unable to page; the cursor is not one of this list");
const list = (noun: string, items: readonly string[], next?: string): string =>
  `{"${noun}":[${items.join(",")}]${next === undefined ? "" : `,"next_cursor":"${next}"`}}`;

/** Reading: pages of messages, entries, members and receipts, as JSON of the contract. Members only. */
export class History {
  readonly #deps: HistoryDeps;

  constructor(deps: HistoryDeps) {
    this.#deps = deps;
  }

  /** Newest first; with `after` oldest first. A cursor goes on in the direction in which it was given. */
  messages(user: UserId, page: MessagePage): Result<string> {
    if (!this.#deps.roster.get(user)) return NOT_FOUND;
    const limit = page.limit ?? LIMITS.pageDefault;
    let { before, after } = page;
    if (page.cursor !== undefined) {
      const mark = decodeCursor(page.cursor, ["b", "a"]);
      if (!mark) return BAD_CURSOR;
      before = mark.list === "b" ? mark.seq : before;
      after = mark.list === "a" ? mark.seq : undefined;
    }
    const upwards = after !== undefined;
    const found = upwards
      ? this.#deps.log.messagesAfter(after ?? 0, limit + 1).filter((row) => before === undefined || row.seq < before)
      : this.#deps.log.messagesBefore(before ?? this.#deps.head() + 1, limit + 1);
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    const next = found.length > limit && last ? encodeCursor(upwards ? "a" : "b", last.seq) : undefined;
    return {
      ok: true,
      value: list(
        "messages",
        rows.map((row) => this.#message(row, user)),
        next,
      ),
    };
  }

  /** The newest message, as its reader sees it. */
  lastMessage(user: UserId): { readonly json: string; readonly at: number } | undefined {
    const row = this.#deps.log.messagesBefore(this.#deps.head() + 1, 1)[0];
    return row && { json: this.#message(row, user), at: row.at };
  }

  /** Entries after `after`, in order. Bounded by bytes as well: what is cut is asked for again. */
  log(user: UserId, after: Seq, limit: number = LIMITS.pageDefault): Result<LogSlice> {
    if (!this.#deps.roster.get(user)) return NOT_FOUND;
    const parts: string[] = [];
    let bytes = 2;
    for (const row of this.#deps.log.after(after, Math.min(limit, LIMITS.pageMax))) {
      const { json } = this.#deps.codec.entry(row);
      bytes += json.length + 1;
      if (parts.length > 0 && bytes > LIMITS.deliverBatchBytes) break;
      parts.push(json);
    }
    const slice = { entries: `[${parts.join(",")}]`, count: parts.length, bytes };
    return { ok: true, value: { ...slice, head_seq: this.#deps.head(), epoch: this.#deps.epoch } };
  }

  members(user: UserId, page: ListPage): Result<string> {
    if (!this.#deps.roster.get(user)) return NOT_FOUND;
    const limit = page.limit ?? LIMITS.pageDefault;
    const from = page.cursor === undefined ? { key: "" } : decodeCursor(page.cursor, ["m"]);
    if (!from) return BAD_CURSOR;
    const found = this.#deps.roster.page(from.key, limit + 1);
    const members = found.slice(0, limit);
    const next = found.length > limit ? encodeCursor("m", 0, members.at(-1)?.user_id) : undefined;
    return {
      ok: true,
      value: list(
        "members",
        members.map((member) => JSON.stringify(participantOf(member))),
        next,
      ),
    };
  }

  /** Who of the others has a message, and since when. */
  receipts(user: UserId, id: MessageId, page: ListPage): Result<string> {
    if (!this.#deps.roster.get(user)) return NOT_FOUND;
    const place = seqOfMessageId(id, this.#deps.mark);
    const row = place && this.#deps.log.at(place.seq);
    if (!row || row.at !== place.atMs || row.kind !== "message")
      return refuse("not_found", "unable to find the message");
    const limit = page.limit ?? LIMITS.pageDefault;
    const from = page.cursor === undefined ? { key: "" } : decodeCursor(page.cursor, ["r"]);
    if (!from) return BAD_CURSOR;
    const found = this.#deps.roster
      .page(from.key, LIMITS.plainGroupMembers)
      .filter((member) => member.user_id !== row.sender_id && member.delivered >= row.seq);
    const items = found.slice(0, limit).map((member) => {
      const { delivered_at, read_at } = this.#deps.receipts.of(member, row.seq) ?? {};
      return JSON.stringify({
        user_id: member.user_id,
        delivered_at: delivered_at === undefined ? undefined : toIso(delivered_at),
        read_at: read_at === undefined ? undefined : toIso(read_at),
      });
    });
    const next = found.length > limit ? encodeCursor("r", 0, found[limit - 1]?.user_id) : undefined;
    return { ok: true, value: list("receipts", items, next) };
  }

  #message(row: LogRow, reader: UserId): string {
    return this.#deps.codec.message(
      row,
      row.sender_id === reader ? this.#deps.receipts.counts(reader, row.seq) : undefined,
    );
  }
}
