import type { ConversationId, MessageId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Result } from "../../shared/result.ts";
import type { SearchQuery } from "../../shared/search-query.ts";
import { BAD_CURSOR, listJson } from "../conversation/pages.ts";
import type { ListPage } from "../conversation/pages.ts";
import { ID_PLACE, idBefore } from "../conversation/message-id.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { within } from "../deadline.ts";
import type { Clock, Timers } from "../ports.ts";
import type { Hit, SearchAsk, SearchSlice } from "./conversation-search.ts";

/** A conversation of somebody's list. */
export interface Findable {
  readonly conversation_id: ConversationId;
  /** When its newest message came, ms since 1970. */
  readonly activity: number;
  /** The list is not kept up to date of it: there may be newer ones. */
  readonly away: boolean;
}

export interface GatherDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  list(): readonly Findable[];
  ask(id: ConversationId, ask: SearchAsk): Promise<Result<SearchSlice>>;
}

/** A conversation that may have more: everything that it was not asked for yet is before `bound`. */
interface Open {
  readonly id: ConversationId;
  bound: string;
  /** As it is asked; without it: from the newest on. */
  before?: string;
}

const byNewest = (a: { readonly id: MessageId }, b: { readonly id: MessageId }): number =>
  a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
const MARK = "q";

/**
 * One search over many conversations: those that may have the newest are asked first, some at once, until what they
 * have is newer than anything that others may have. What is not certain by then waits for the next page.
 */
export class Gather {
  readonly #deps: GatherDeps;

  constructor(deps: GatherDeps) {
    this.#deps = deps;
  }

  /** The contract's answer, as JSON. */
  async search(query: SearchQuery, page: ListPage): Promise<Result<string>> {
    const limit = page.limit ?? LIMITS.pageDefault;
    const mark = page.cursor === undefined ? undefined : decodeCursor(page.cursor, [MARK]);
    if (page.cursor !== undefined && !ID_PLACE.test(mark?.key ?? "")) return BAD_CURSOR;
    const run = new Run(this.#deps, { query, limit, ...(mark ? { before: mark.key } : {}) });
    const unknown = await run.go();
    if (unknown) return unknown;
    return { ok: true, value: run.answer() };
  }
}

class Run {
  readonly #deps: GatherDeps;
  readonly #ask: SearchAsk;
  readonly #named: boolean;
  #open: Open[];
  #hits: Hit[] = [];
  #incomplete: ConversationId[] = [];
  #calls = 0;

  constructor(deps: GatherDeps, ask: SearchAsk) {
    this.#deps = deps;
    this.#ask = ask;
    const { within: ids, before: until = Infinity, after = 0 } = ask.query;
    this.#named = ids.length > 0;
    const { before } = ask;
    const open = (id: ConversationId, bound: string): Open =>
      before === undefined ? { id, bound } : { id, bound: bound < before ? bound : before, before };
    this.#open = this.#named
      ? ids.map((id) => open(id, idBefore(until)))
      : deps
          .list()
          .filter(({ activity, away }) => away || activity >= after)
          .map(({ conversation_id: id, activity, away }) =>
            open(id, idBefore(away ? until : Math.min(activity + 1, until))),
          );
  }

  /** Asks until the page is full, or it is enough. A refusal: of the conversations that were named one is not there. */
  async go(): Promise<Result<string> | undefined> {
    const { clock } = this.#deps;
    const endsAt = clock.now() + LIMITS.searchMs;
    while (this.#open.length > 0 && this.#certain().length < this.#ask.limit) {
      const left = Math.min(LIMITS.searchWave, LIMITS.searchCalls - this.#calls);
      if (left <= 0 || clock.now() >= endsAt) return undefined;
      this.#open.sort((a, b) => (a.bound < b.bound ? 1 : -1));
      const wave = this.#open.slice(0, left);
      this.#calls += wave.length;
      const answers = await Promise.all(wave.map((one) => this.#one(one)));
      const gone = answers.find((answer) => answer !== undefined);
      if (gone) return gone;
    }
    return undefined;
  }

  answer(): string {
    const certain = this.#certain();
    const shown = certain.slice(0, this.#ask.limit);
    const isMore = this.#open.length > 0 || this.#hits.length > shown.length;
    const at = certain.length > 0 && shown.length === this.#ask.limit ? shown.at(-1)?.id : this.#bound();
    const next = isMore && at !== undefined ? encodeCursor(MARK, 0, at) : undefined;
    const json = listJson(
      "results",
      shown.map((hit) => hit.json),
      next,
    );
    if (this.#incomplete.length === 0) return json;
    return `${json.slice(0, -1)},"incomplete":${JSON.stringify(this.#incomplete)}}`;
  }

  /** Everything that is not known is before this. */
  #bound(): string {
    return this.#open.reduce((highest, { bound }) => (bound > highest ? bound : highest), "");
  }

  #certain(): Hit[] {
    const bound = this.#bound();
    return this.#hits.filter(({ id }) => id >= bound).sort(byNewest);
  }

  async #one(open: Open): Promise<Result<string> | undefined> {
    const answer = await this.#reach(open);
    const ends = answer === undefined || !answer.ok || answer.value.rest === undefined;
    if (ends) this.#open = this.#open.filter((one) => one !== open);
    if (answer === undefined) {
      this.#incomplete.push(open.id);
      return undefined;
    }
    if (!answer.ok) {
      if (answer.refusal.code !== "not_found") this.#incomplete.push(open.id);
      else if (this.#named) return answer;
      return undefined;
    }
    this.#hits.push(...answer.value.hits);
    const { rest, incomplete } = answer.value;
    if (incomplete) this.#incomplete.push(open.id);
    if (rest !== undefined) Object.assign(open, { bound: rest, before: rest });
    return undefined;
  }

  /** `undefined`: it did not answer in time, or not at all. */
  async #reach({ id, before }: Open): Promise<Result<SearchSlice> | undefined> {
    const ask = { ...this.#ask, ...(before === undefined ? {} : { before }) };
    try {
      const answer = await within(this.#deps.timers, LIMITS.searchCallMs, this.#deps.ask(id, ask));
      return answer === "late" ? undefined : answer;
    } catch {
      return undefined;
    }
  }
}
