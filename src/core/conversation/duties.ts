import type { MessageId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { ConversationState, LegalHold } from "../../shared/protocol/http-admin.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import type { Sql } from "../ports.ts";
import type { Soon } from "../soon.ts";
import type { Search } from "../search/search.ts";
import type { Archiving } from "./archiving.ts";
import type { EntryCodec } from "./entry-codec.ts";
import { heldJson, retainedRow } from "./held.ts";
import type { HeldRow } from "./held.ts";
import type { LogRow } from "./log-table.ts";
import type { MessageActs } from "./message-acts.ts";
import { seqOfMessageId } from "./message-id.ts";
import { editedOf } from "./message-table.ts";
import { pageOf } from "./pages.ts";
import type { ListPage } from "./pages.ts";
import type { RestorePoint } from "../duties/restores.ts";
import type { Restored } from "./restored.ts";
import { Retention } from "./retention.ts";
import type { RetentionDeps } from "./retention.ts";
import { NO_MESSAGE } from "./refusals.ts";

export interface DutiesDeps extends RetentionDeps {
  readonly restored: Restored;
  readonly sql: Sql;
  readonly acts: MessageActs;
  readonly codec: EntryCodec;
  readonly parts: { readonly archiving: Pick<Archiving, "state">; readonly search: Pick<Search, "indexed" | "forget"> };
  readonly mark: string;
}

/** Places in a list of what is kept: behind all that went. */
const RETAINED = 2 ** 50;
const DONE = { ok: true, value: true } as const;

/** What operators do with a conversation. Nobody's role matters here. */
export class Duties {
  readonly #deps: DutiesDeps;
  readonly #retention: Retention;
  #more = false;

  constructor(deps: DutiesDeps) {
    this.#deps = deps;
    this.#retention = new Retention(deps);
  }

  placeHold(hold: LegalHold): Result<true> {
    this.#deps.held.place(hold);
    return DONE;
  }

  /** What only this hold kept goes soon. */
  releaseHold(id: string): Result<true> {
    const { held, alarms, clock } = this.#deps;
    held.release(id);
    if (!held.isActive) alarms.by(clock.now() + 1);
    return DONE;
  }

  /** The alarm: what no hold keeps any more goes, a bounded part of it. */
  run(): void {
    this.#more = this.#deps.held.letGo(LIMITS.heldPerAlarm);
  }

  /** The last part of it: policies may have to be asked, and the archive. Sees to it that the alarm rings for the rest. */
  async finish(): Promise<void> {
    if (this.#more) this.#deps.alarms.by(this.#deps.clock.now() + 1);
    await this.#retention.run();
    this.#retention.awaitNext();
  }

  /** How it stands, for somebody who is to restore it as it was at a time, ms since 1970. */
  restorePoint(at: number): Result<RestorePoint> {
    const { record, held, clock } = this.#deps;
    if (at < record.created_at || at >= clock.now())
      return refuse("bad_request", "unable to restore; the conversation was not there at that time");
    return { ok: true, value: { epoch: record.epoch, holds: held.all() } };
  }

  /** It is about to go back in time: what is written now would be lost. */
  get isLeaving(): boolean {
    return this.#deps.restored.isLeaving;
  }

  markLeaving(epoch: number): Result<true> {
    this.#deps.restored.markLeaving(epoch);
    return DONE;
  }

  /** For how many days messages are kept here, whatever the policies say; `null`: as they say. */
  retain(days: number | null): Result<true> {
    this.#retention.setOwn(days);
    return DONE;
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

  /** Messages as they were: those that went, oldest first, and then those that are only kept from going. */
  heldPage(page: ListPage): Soon<Result<string>> {
    const { held, codec, reader } = this.#deps;
    return reader.read(() =>
      pageOf<HeldRow>(page, {
        noun: "held",
        letter: "h",
        first: { seq: 0, key: "" },
        read: ({ seq, key }, limit) => {
          const gone = seq < RETAINED ? held.page({ seq, version: Number(key) }, limit) : [];
          return [...gone, ...this.#retained(Math.max(0, seq - RETAINED), limit - gone.length)];
        },
        place: ({ seq, version, why }) => ({ seq: seq + (why === "retention" ? RETAINED : 0), key: String(version) }),
        json: (rows) => rows.map((row) => heldJson(row, codec.idOf(row))),
      }),
    );
  }

  /** What members do not see any more because of its age, and a hold keeps. */
  #retained(after: Seq, limit: number): HeldRow[] {
    const { held, reader, retention } = this.#deps;
    const rows: HeldRow[] = [];
    let last = after;
    while (held.isActive && rows.length < limit) {
      const range = { after: last, before: retention.floor, order: "oldest", kind: "message" } as const;
      const page = reader.page({ ...range, limit: LIMITS.pageMax });
      for (const row of page) if (row.deleted_seq === null) rows.push(retainedRow(row, retention.state.raised_at));
      last = page.at(-1)?.seq ?? last;
      if (page.length < LIMITS.pageMax) break;
    }
    return rows.slice(0, Math.max(0, limit));
  }

  /** Without anything that was written in it. */
  state(sizes: Readonly<Record<string, number>>): ConversationState {
    const { record, roster, log, held, sql, retention } = this.#deps;
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
      ...(retention.floor > 1 ? { retained_from: retention.floor } : {}),
      ...(this.#retention.rule ? { retention: this.#retention.rule } : {}),
      holds: held.all(),
      held: held.size,
      sizes: { ...sizes, rows: sql.all<{ n: number }>("SELECT COUNT(*) AS n FROM log")[0]?.n ?? 0 },
    };
  }
}
