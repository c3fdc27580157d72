import type { MessageId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { ConversationState, LegalHold } from "../../shared/protocol/http-admin.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import type { Clock, Sql } from "../ports.ts";
import type { Soon } from "../soon.ts";
import type { Alarms } from "./alarms.ts";
import type { Search } from "../search/search.ts";
import type { Archiving } from "./archiving.ts";
import type { Appender } from "./appender.ts";
import type { EntryCodec } from "./entry-codec.ts";
import { heldJson } from "./held.ts";
import type { Held, HeldRow } from "./held.ts";
import type { LogReader } from "./log-reader.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import type { MessageActs } from "./message-acts.ts";
import { seqOfMessageId } from "./message-id.ts";
import { editedOf } from "./message-table.ts";
import { pageOf } from "./pages.ts";
import type { ListPage } from "./pages.ts";
import { NO_MESSAGE } from "./refusals.ts";
import type { Roster } from "./roster.ts";
import type { ConversationRecord } from "./views.ts";

export interface DutiesDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly record: ConversationRecord;
  readonly roster: Roster;
  readonly log: LogTable;
  readonly reader: LogReader;
  readonly held: Held;
  readonly acts: MessageActs;
  readonly codec: EntryCodec;
  readonly appender: Appender;
  readonly alarms: Alarms;
  readonly parts: { readonly archiving: Pick<Archiving, "state">; readonly search: Pick<Search, "indexed"> };
  readonly mark: string;
  /** Entries are in the log. */
  appended(rows: readonly LogRow[]): void;
  /** They are on their way to the members. */
  pump(): void;
}

const DONE = { ok: true, value: true } as const;

/** What operators do with a conversation. Nobody's role matters here. */
export class Duties {
  readonly #deps: DutiesDeps;
  #more = false;

  constructor(deps: DutiesDeps) {
    this.#deps = deps;
  }

  placeHold(hold: LegalHold): Result<true> {
    this.#deps.held.place(hold);
    return DONE;
  }

  /** What only this hold kept goes soon. */
  releaseHold(id: string): Result<true> {
    const { held, alarms, clock } = this.#deps;
    held.release(id);
    if (!held.isActive && held.hasAny) alarms.by(clock.now() + 1);
    return DONE;
  }

  /** The alarm: what no hold keeps any more goes, a bounded part of it. */
  run(): void {
    this.#more = this.#deps.held.letGo(LIMITS.heldPerAlarm);
  }

  /** Sees to it that the alarm rings for the rest. */
  awaitNext(): void {
    if (this.#more) this.#deps.alarms.by(this.#deps.clock.now() + 1);
  }

  /** Removes a message for everybody. Again, or when it is gone already, there is nothing to do. */
  takeDown(id: MessageId): Soon<Result<true>> {
    return this.#deps.reader.acting(
      () => this.#find(id),
      (row) => this.#takeDown(id, row),
    );
  }

  #takeDown(id: MessageId, row: LogRow | undefined): Result<true> {
    const { acts, appender } = this.#deps;
    if (!row) return NO_MESSAGE;
    if (row.deleted_seq !== null) return DONE;
    const removal = acts.removal(row, id, "taken_down");
    this.#deps.appended(appender.add([removal.entry], (rows) => rows.forEach((entry) => removal.apply(entry))));
    this.#deps.pump();
    return DONE;
  }

  /** With its edits, which are emptied with it. */
  #find(id: MessageId): LogRow | undefined {
    const { log, mark } = this.#deps;
    const place = seqOfMessageId(id, mark);
    const row = place && log.at(place.seq);
    if (!row || row.at !== place.atMs || row.kind !== "message") return undefined;
    for (const edit of editedOf(row)?.entries ?? []) log.at(edit);
    return row;
  }

  /** Messages as they were, oldest first. */
  heldPage(page: ListPage): Result<string> {
    const { held, codec } = this.#deps;
    return pageOf<HeldRow>(page, {
      noun: "held",
      letter: "h",
      first: { seq: 0, key: "" },
      read: ({ seq, key }, limit) => held.page({ seq, version: Number(key) }, limit),
      place: ({ seq, version }) => ({ seq, key: String(version) }),
      json: (rows) => rows.map((row) => heldJson(row, codec.idOf(row))),
    });
  }

  /** Without anything that was written in it. */
  state(sizes: Readonly<Record<string, number>>): ConversationState {
    const { record, roster, log, held, sql } = this.#deps;
    const { archived_up_to, pruned_up_to } = this.#deps.parts.archiving.state;
    return {
      conversation_id: record.conversation_id,
      type: record.type,
      region: record.region,
      created_at: toIso(record.created_at),
      members: roster.size,
      epoch: record.epoch,
      head_seq: log.head().seq,
      archived_up_to,
      pruned_up_to,
      indexed_up_to: this.#deps.parts.search.indexed,
      holds: held.all(),
      held: held.size,
      sizes: { ...sizes, rows: sql.all<{ n: number }>("SELECT COUNT(*) AS n FROM log")[0]?.n ?? 0 },
    };
  }
}
