import type { Seq, UserId } from "../../shared/ids.ts";
import type { Result } from "../../shared/result.ts";
import type { Alarms } from "../conversation/alarms.ts";
import type { EntryCodec } from "../conversation/entry-codec.ts";
import type { History } from "../conversation/history.ts";
import type { LogRow, LogTable } from "../conversation/log-table.ts";
import type { Member } from "../conversation/member.ts";
import type { MessageTable } from "../conversation/message-table.ts";
import type { Roster } from "../conversation/roster.ts";
import type { Clock, Sql } from "../ports.ts";
import { ChunkIndex } from "./chunk-index.ts";
import { ConversationSearch } from "./conversation-search.ts";
import type { SearchAsk, SearchSlice } from "./conversation-search.ts";
import { Indexer } from "./indexer.ts";
import type { SearchSource } from "./source.ts";

export interface SearchDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly mark: string;
  readonly log: LogTable;
  readonly messages: MessageTable;
  readonly roster: Roster;
  readonly codec: EntryCodec;
  readonly history: History;
  readonly alarms: Alarms;
  head(): Seq;
  floor(member: Member): Seq;
}

/** What is here is read at once. */
const sourceOf = ({ log, messages }: Pick<SearchDeps, "log" | "messages">): SearchSource => ({
  range: async ({ order, limit, ...range }) => messages.page(range, order, limit),
  rows: async (seqs) => seqs.map((seq) => log.at(seq)).filter((row): row is LogRow => row !== undefined),
});

/** The search of a conversation, and what keeps its index. */
export class Search {
  readonly #search: ConversationSearch;
  readonly #indexer: Indexer;

  constructor(deps: SearchDeps) {
    const { sql, clock, mark, log, roster, codec, history, alarms } = deps;
    const head = () => deps.head();
    const index = new ChunkIndex(sql);
    const source = sourceOf(deps);
    this.#indexer = new Indexer({ clock, index, source, head, wake: (at) => alarms.by(at) });
    log.onChange((seq) => {
      if (log.at(seq)?.kind === "message") this.#indexer.changed(seq);
    });
    this.#search = new ConversationSearch({
      clock,
      mark,
      index,
      source,
      reader: (user) => roster.reader(user),
      head,
      floor: (member) => deps.floor(member),
      idOf: (row) => codec.idOf(row),
      at: (seq) => log.at(seq),
      json: (rows, reader) => history.json(rows, reader),
    });
  }

  find(user: UserId, ask: SearchAsk): Promise<Result<SearchSlice>> {
    return this.#search.search(user, ask);
  }

  /** The alarm: some of what there is to index is. */
  run(): Promise<void> {
    return this.#indexer.run();
  }

  /** The last place that the index has: what is behind it is searched in the log. */
  get indexed(): Seq {
    return this.#indexer.indexed();
  }
}
