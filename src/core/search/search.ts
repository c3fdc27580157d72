import type { Seq, UserId } from "../../shared/ids.ts";
import type { Result } from "../../shared/result.ts";
import { LIMITS } from "../../shared/limits.ts";
import { ArchiveDown } from "../archive/archive-down.ts";
import type { Alarms } from "../conversation/alarms.ts";
import type { EntryCodec } from "../conversation/entry-codec.ts";
import type { History } from "../conversation/history.ts";
import type { LogReader } from "../conversation/log-reader.ts";
import type { LogTable } from "../conversation/log-table.ts";
import type { Member } from "../conversation/member.ts";
import type { Rotation } from "../conversation/rotation.ts";
import type { Roster } from "../conversation/roster.ts";
import type { Clock, Sql } from "../ports.ts";
import { ChunkIndex } from "./chunk-index.ts";
import { ConversationSearch } from "./conversation-search.ts";
import type { SearchAsk, SearchSlice } from "./conversation-search.ts";
import { Indexer } from "./indexer.ts";

export interface SearchDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly mark: string;
  readonly log: LogTable;
  readonly reader: LogReader;
  readonly roster: Roster;
  readonly codec: EntryCodec;
  /** What knows how messages look, and what waits for the index before it lets entries go. */
  readonly parts: { readonly history: History; readonly rotation: Rotation };
  readonly alarms: Alarms;
  head(): Seq;
  floor(member: Member): Seq;
}

/** The search of a conversation, and what keeps its index. */
export class Search {
  readonly #deps: Pick<SearchDeps, "clock" | "alarms">;
  readonly #search: ConversationSearch;
  readonly #indexer: Indexer;
  readonly #index: ChunkIndex;

  constructor(deps: SearchDeps) {
    const { sql, clock, mark, log, reader, roster, codec, parts, alarms } = deps;
    this.#deps = { clock, alarms };
    const head = () => deps.head();
    const index = new ChunkIndex(sql);
    this.#index = index;
    this.#indexer = new Indexer({ clock, index, source: reader, head, wake: (at) => alarms.by(at) });
    parts.rotation.holds.push(() => this.#indexer.hold);
    log.onChange((seq) => {
      if (log.at(seq)?.kind === "message") this.#indexer.changed(seq);
    });
    this.#search = new ConversationSearch({
      clock,
      mark,
      index,
      source: reader,
      reader: (user) => roster.reader(user),
      head,
      floor: (member) => deps.floor(member),
      idOf: (row) => codec.idOf(row),
      at: (seq) => log.at(seq),
      json: (rows, member) => parts.history.json(rows, member),
    });
  }

  /** What was written before there was an index gets one when somebody looks for something. */
  async find(user: UserId, ask: SearchAsk): Promise<Result<SearchSlice>> {
    const { clock, alarms } = this.#deps;
    if (this.#indexer.isBehind) alarms.by(clock.now() + LIMITS.searchIndexAgainMs);
    try {
      return await this.#search.search(user, ask);
    } catch (error) {
      if (error instanceof ArchiveDown) return error.refusal;
      throw error;
    }
  }

  /** The alarm: some of what there is to index is. What is archived and cannot be had waits. */
  async run(): Promise<void> {
    try {
      await this.#indexer.run();
    } catch (error) {
      if (!(error instanceof ArchiveDown)) throw error;
      this.#deps.alarms.by(this.#deps.clock.now() + LIMITS.searchRenewMs);
    }
  }

  /** What lies before a place is gone, and its words with it. */
  forget(before: Seq): void {
    this.#index.forget(before);
  }

  /** The last place that the index has: what is behind it is searched in the log. */
  get indexed(): Seq {
    return this.#indexer.indexed();
  }
}
