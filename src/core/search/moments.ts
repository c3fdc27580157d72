import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { chunkOf, firstOf } from "./chunk-index.ts";
import type { SearchSource } from "./source.ts";

/** Where in a log a time begins, to a chunk: stamps rise with places, so halving finds it. */
export class Moments {
  readonly #source: SearchSource;
  /** By chunk, the time of its first message or of the first one after it: that never changes. */
  readonly #known = new Map<number, number>();

  constructor(source: SearchSource) {
    this.#source = source;
  }

  /** A place at or before the first message that is stamped at or after `at`, and at most a chunk before it. */
  async from(at: number, head: Seq): Promise<Seq> {
    const chunk = await this.#halve(head, (first) => first < at);
    return firstOf(Math.max(chunk - 1, 0));
  }

  /** A place behind the last message that is stamped before `at`, and at most a chunk behind it. */
  async until(at: number, head: Seq): Promise<Seq> {
    const chunk = await this.#halve(head, (first) => first < at);
    return Math.min(firstOf(chunk), head + 1);
  }

  /** The first chunk of which it is not so. */
  async #halve(head: Seq, isBefore: (first: number) => boolean): Promise<number> {
    let low = 0;
    let high = head === 0 ? 0 : chunkOf(head) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (isBefore(await this.#firstAt(middle, head))) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #firstAt(chunk: number, head: Seq): Promise<number> {
    const known = this.#known.get(chunk);
    if (known !== undefined) return known;
    const after = firstOf(chunk) - 1;
    const [row] = await this.#source.range({ after, before: head + 1, order: "oldest", limit: 1, kind: "message" });
    // Nothing is there yet: what comes is newer than anything that is asked for now.
    if (!row) return Infinity;
    if (this.#known.size >= LIMITS.searchTimes) this.#known.clear();
    this.#known.set(chunk, row.at);
    return row.at;
  }
}
