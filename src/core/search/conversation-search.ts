import type { MessageId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Result } from "../../shared/result.ts";
import { matches } from "../../shared/search-query.ts";
import type { SearchQuery } from "../../shared/search-query.ts";
import { ArchiveDown } from "../archive/archive-down.ts";
import type { LogRow } from "../conversation/log-table.ts";
import { endOf } from "../conversation/member.ts";
import type { Member } from "../conversation/member.ts";
import { messageIdOf, seqOfMessageId, timeOfId } from "../conversation/message-id.ts";
import { NOT_FOUND } from "../conversation/refusals.ts";
import type { Clock } from "../ports.ts";
import { chunkOf, expressionOf, firstOf, lastOf } from "./chunk-index.ts";
import type { ChunkIndex } from "./chunk-index.ts";
import { editsFor, isSearchable, textOf } from "./message-text.ts";
import { Moments } from "./moments.ts";
import type { SearchSource } from "./source.ts";

export interface SearchAsk {
  readonly query: SearchQuery;
  readonly limit: number;
  /** A place in the order of ids (see `idBefore`): only what is before it. */
  readonly before?: string;
}

export interface Hit {
  readonly id: MessageId;
  /** The message, as its reader sees it. */
  readonly json: string;
}

export interface SearchSlice {
  /** The newest first. */
  readonly hits: readonly Hit[];
  /** All that is at or behind this place in the order of ids was looked at; without it: everything was. */
  readonly rest?: string;
  /** What is archived is out of reach: what lies in it may be missing. */
  readonly incomplete?: true;
}

export interface ConversationSearchDeps {
  readonly clock: Clock;
  readonly mark: string;
  readonly index: ChunkIndex;
  readonly source: SearchSource;
  reader(user: UserId): Member | undefined;
  head(): Seq;
  /** Below it the member sees nothing. */
  floor(member: Member): Seq;
  idOf(row: LogRow): MessageId;
  /** An entry as it stands at this moment; asked for while it is read. */
  at(seq: Seq): LogRow | undefined;
  /** Messages as their reader sees them. */
  json(rows: readonly LogRow[], reader: Member): readonly string[];
}

type Fulfilled = PromiseFulfilledResult<LogRow[]>;

/** One call, under way. */
interface Walk {
  readonly ask: SearchAsk;
  readonly expression: string;
  readonly member: Member;
  readonly end: Seq;
  /** What is looked at lies from `floor` on, and before `before`, which moves. */
  readonly floor: Seq;
  before: Seq;
  /** Chunks that may still be looked at. */
  left: number;
  readonly found: LogRow[];
}

/**
 * Looks for messages of one conversation, the newest first: in what is not indexed yet one after the other, further back
 * where the index says that they may be. What is found is decided by the messages as they stand, in the reader's name.
 */
export class ConversationSearch {
  readonly #deps: ConversationSearchDeps;
  readonly #moments: Moments;

  constructor(deps: ConversationSearchDeps) {
    this.#deps = deps;
    this.#moments = new Moments(deps.source);
  }

  /** Bounded work: it may end before there is nothing left, and says where. Throws `ArchiveDown` when nothing can be told. */
  async search(user: UserId, ask: SearchAsk): Promise<Result<SearchSlice>> {
    const member = this.#deps.reader(user);
    if (!member) return NOT_FOUND;
    const walk = await this.#begin(member, ask);
    const isWhole = await this.#walk(walk);
    const hits = await this.#hits(walk);
    if (!isWhole) return { ok: true, value: { hits, incomplete: true } };
    const rest = await this.#rest(walk);
    return { ok: true, value: rest === undefined ? { hits } : { hits, rest } };
  }

  async #begin(member: Member, ask: SearchAsk): Promise<Walk> {
    const head = this.#deps.head();
    const end = Math.min(endOf(member, Infinity), head);
    const floor = Math.max(this.#deps.floor(member), await this.#from(ask, head));
    const before = Math.min(end + 1, await this.#until(ask, head));
    const expression = expressionOf(ask.query);
    return { ask, expression, member, end, floor, before, left: LIMITS.searchChunksPerCall, found: [] };
  }

  /** Whether it went as far as it was to go: what is archived may be out of reach, and what was found by then is shown. */
  async #walk(walk: Walk): Promise<boolean> {
    try {
      while (this.#goesOn(walk)) await this.#step(walk);
      return true;
    } catch (error) {
      if (error instanceof ArchiveDown && walk.found.length > 0) return false;
      throw error;
    }
  }

  async #from({ query }: SearchAsk, head: Seq): Promise<Seq> {
    return query.after === undefined ? 0 : this.#moments.from(query.after, head);
  }

  async #until({ query, before }: SearchAsk, head: Seq): Promise<Seq> {
    const own = before === undefined ? undefined : seqOfMessageId(before, this.#deps.mark);
    if (own) return own.seq;
    const times = [query.before ?? Infinity, before === undefined ? Infinity : timeOfId(before) + 1];
    const at = Math.min(...times);
    return at === Infinity ? Infinity : this.#moments.until(at, head);
  }

  /** Looks at the next chunks, downwards. */
  async #step(walk: Walk): Promise<void> {
    const { index } = this.#deps;
    const top = chunkOf(walk.before - 1);
    if (top >= index.chunks) {
      const lowest = Math.max(chunkOf(walk.floor), index.chunks, top - LIMITS.searchReads + 1);
      await this.#look(
        walk,
        Array.from({ length: top - lowest + 1 }, (_, down) => top - down),
      );
      return;
    }
    const candidates = index.candidates(walk.expression, top, LIMITS.searchCandidates);
    for (let next = 0; next < candidates.length; next += LIMITS.searchReads) {
      if (!this.#goesOn(walk)) return;
      await this.#look(walk, candidates.slice(next, next + LIMITS.searchReads));
    }
    if (candidates.length < LIMITS.searchCandidates && walk.found.length < walk.ask.limit) walk.before = walk.floor;
  }

  #goesOn({ before, floor, left, found, ask }: Walk): boolean {
    return before > floor && left > 0 && found.length < ask.limit;
  }

  /** Reads some chunks at once, and takes what is found in them in order: as far as they could be read, and the page is not full. */
  async #look(walk: Walk, chunks: readonly number[]): Promise<void> {
    const { member, floor, ask } = walk;
    const read = await Promise.allSettled(chunks.map((chunk) => this.#read(walk, chunk)));
    walk.left -= chunks.length;
    const failed = read.findIndex(({ status }) => status === "rejected");
    const rows = read.slice(0, failed < 0 ? read.length : failed).map((one) => (one as Fulfilled).value);
    const needed = editsFor(rows.flat(), { user: member.user_id, end: walk.end });
    const edits = new Map((needed.length > 0 ? await this.#deps.source.rows(needed) : []).map((row) => [row.seq, row]));
    for (const [index, some] of rows.entries()) {
      for (const row of some) {
        if (!this.#fits(walk, row, edits)) continue;
        walk.found.push(row);
        if (walk.found.length < ask.limit) continue;
        walk.before = row.seq;
        return;
      }
      walk.before = Math.max(firstOf(chunks[index] ?? 0), floor);
    }
    const [failure] = read.slice(rows.length);
    if (failure?.status === "rejected") throw failure.reason;
  }

  #read({ member, floor, before }: Walk, chunk: number): Promise<LogRow[]> {
    return this.#deps.source.range({
      after: Math.max(firstOf(chunk), floor) - 1,
      before: Math.min(lastOf(chunk) + 1, before),
      order: "newest",
      limit: LIMITS.searchChunk,
      kind: "message",
      reader: member.user_id,
    });
  }

  #fits({ ask, member, end }: Walk, row: LogRow, edits: ReadonlyMap<Seq, LogRow>): boolean {
    if (!isSearchable(row) || (row.expires_at ?? Infinity) <= this.#deps.clock.now()) return false;
    if (ask.before !== undefined && this.#deps.idOf(row) >= ask.before) return false;
    const said = textOf(row, { user: member.user_id, end }, edits);
    return matches(ask.query, { ...said, sender_id: row.sender_id, at: row.at });
  }

  /** While others were read some may have been taken away: they are looked at once more. */
  async #hits({ found, member }: Walk): Promise<Hit[]> {
    return this.#deps.source.reading(() => {
      const standing = found.flatMap((row) => {
        const now = this.#deps.at(row.seq) ?? row;
        return now.deleted_seq === null ? [now] : [];
      });
      const shown = this.#deps.json(standing, member);
      return standing.map((row, index): Hit => ({ id: this.#deps.idOf(row), json: shown[index] ?? "" }));
    });
  }

  async #rest({ found, before, floor }: Walk): Promise<string | undefined> {
    if (before <= floor) return undefined;
    const last = found.at(-1);
    return last?.seq === before ? this.#deps.idOf(last) : this.#placeOf(before);
  }

  /** What would be the id of a message at this place: all those that were not looked at are before it. */
  async #placeOf(before: Seq): Promise<string | undefined> {
    const range = { after: 0, before, order: "newest", limit: 1, kind: "message" } as const;
    const [row] = await this.#deps.source.range(range);
    return row && messageIdOf(row.at, before, this.#deps.mark);
  }
}
