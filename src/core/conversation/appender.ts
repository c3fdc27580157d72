import type { ClientMessageId, ConversationId, MessageId, Seq, UserId } from "../../shared/ids.ts";
import type { MessageType } from "../../shared/protocol/fields.ts";
import { refuse } from "../../shared/result.ts";
import type { Err, Result } from "../../shared/result.ts";
import type { Clock, Sql } from "../ports.ts";
import { Dedupe } from "./dedupe.ts";
import type { Delivery } from "./delivery.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import { messageIdOf, seqOfMessageId } from "./message-id.ts";
import type { Roster } from "./roster.ts";

/** A message on its way into the log. */
export interface Draft {
  readonly conversation_id: ConversationId;
  readonly client_message_id: ClientMessageId;
  readonly type: MessageType;
  readonly content: string;
  readonly reply_to?: MessageId;
  readonly mentions?: readonly UserId[];
}

/** What the sender is told: durable, at this place. */
export interface Acked {
  readonly message_id: MessageId;
  readonly seq: Seq;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly duplicate: boolean;
}

export interface AppendAnswer {
  readonly results: readonly Result<Acked>[];
  /** What the sender's inbox lacks up to the new head. */
  readonly delivery?: Delivery;
}

export interface AppenderDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: LogTable;
  readonly roster: Roster;
  readonly mark: string;
}

/** Puts entries at the end of the log: each client id once, without gaps, with stamps that never fall. */
export class Appender {
  readonly #deps: AppenderDeps;
  readonly #dedupe: Dedupe;
  #head: { readonly seq: Seq; readonly at: number };

  constructor(deps: AppenderDeps) {
    this.#deps = deps;
    this.#dedupe = new Dedupe(deps.log);
    this.#head = deps.log.head();
  }

  get head(): Seq {
    return this.#head.seq;
  }

  /** Admits or refuses each draft, then writes all that were admitted in one transaction. */
  append(sender: UserId, drafts: readonly Draft[]): { readonly results: Result<Acked>[]; readonly rows: LogRow[] } {
    const at = Math.max(this.#deps.clock.now(), this.#head.at);
    const rows: LogRow[] = [];
    const placed = new Map<ClientMessageId, Seq>();
    const results = drafts.map((draft): Result<Acked> => {
      const earlier = placed.get(draft.client_message_id) ?? this.#dedupe.find(sender, draft.client_message_id, at);
      if (earlier !== undefined) return this.#repeat(earlier, rows);
      const refusal = this.#refusal(draft);
      if (refusal) return refusal;
      const row = this.#row(sender, draft, this.#head.seq + rows.length + 1, at);
      rows.push(row);
      placed.set(draft.client_message_id, row.seq);
      return {
        ok: true,
        value: { message_id: messageIdOf(at, row.seq, this.#deps.mark), seq: row.seq, at, duplicate: false },
      };
    });
    this.#write(rows, at);
    return { results, rows };
  }

  #write(rows: readonly LogRow[], at: number): void {
    const insert = (row: LogRow): void =>
      this.#deps.log.insert(row, row.client_id !== null && this.#dedupe.needsRow(row.client_id, at));
    const [only] = rows;
    if (!only) return;
    // One row needs no transaction of its own: the turn is one, and nothing comes after it that could throw.
    if (rows.length === 1 && (only.client_id === null || !this.#dedupe.needsRow(only.client_id, at))) insert(only);
    else this.#deps.sql.transaction(() => rows.forEach(insert));
    this.#head = { seq: this.#head.seq + rows.length, at };
    for (const row of rows) {
      if (row.client_id !== null) this.#dedupe.remember(row.sender_id, row.client_id, row.seq, at);
    }
  }

  #repeat(seq: Seq, unwritten: readonly LogRow[]): Result<Acked> {
    const row = unwritten.find((candidate) => candidate.seq === seq) ?? this.#deps.log.at(seq);
    if (!row) throw new Error(`unable to repeat an answer; entry ${seq} is missing`);
    return {
      ok: true,
      value: { message_id: messageIdOf(row.at, seq, this.#deps.mark), seq, at: row.at, duplicate: true },
    };
  }

  #refusal(draft: Draft): Err | undefined {
    for (const user of draft.mentions ?? []) {
      if (!this.#deps.roster.get(user))
        return refuse("bad_request", "unable to send; a mention names somebody who is not a member");
    }
    if (draft.reply_to === undefined) return undefined;
    const place = seqOfMessageId(draft.reply_to, this.#deps.mark);
    const row = place && this.#deps.log.at(place.seq);
    return row && row.at === place.atMs && row.kind === "message"
      ? undefined
      : refuse("bad_request", "unable to send; reply_to names no message of this conversation");
  }

  #row(sender: UserId, draft: Draft, seq: Seq, at: number): LogRow {
    const { type, content, reply_to, mentions } = draft;
    return {
      seq,
      at,
      sender_id: sender,
      client_id: draft.client_message_id,
      kind: "message",
      mentions: mentions && mentions.length > 0 ? JSON.stringify(mentions) : null,
      body: JSON.stringify({ type, content, reply_to, mentions }),
    };
  }
}
