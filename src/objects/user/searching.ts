import type { ListPage } from "../../core/conversation/pages.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import type { Clock, Timers } from "../../core/ports.ts";
import { TokenBucket } from "../../core/ratelimit/token-bucket.ts";
import { Gather } from "../../core/search/gather.ts";
import { LIMITS } from "../../shared/limits.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import type { SearchQuery } from "../../shared/search-query.ts";
import type { Uplink } from "./uplink.ts";

export interface SearchingDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly inbox: Pick<Inbox, "keys">;
  readonly uplink: Pick<Uplink, "search">;
}

/** What a user looks for in his conversations. */
export class Searching {
  readonly #gather: Gather;
  readonly #searches: TokenBucket;

  constructor({ clock, timers, inbox, uplink }: SearchingDeps) {
    this.#searches = new TokenBucket({ burst: LIMITS.searchBurst, perSecond: LIMITS.searchPerSecond }, clock);
    this.#gather = new Gather({
      clock,
      timers,
      list: () => inbox.keys(),
      ask: (id, ask) => uplink.search(id, ask),
    });
  }

  async search(query: SearchQuery, page: ListPage): Promise<Result<string>> {
    const wait = this.#searches.take();
    if (wait > 0) return refuse("rate_limited", "unable to search; too much at once", { retry_after_ms: wait });
    return this.#gather.search(query, page);
  }
}
