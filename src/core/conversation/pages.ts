import { LIMITS } from "../../shared/limits.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";

/** Which part of a list is wanted. */
export interface ListPage {
  readonly limit?: number;
  readonly cursor?: string;
}

export const BAD_CURSOR = refuse("bad_request", "unable to page; the cursor is not one of this list");

/** A list of the contract, as JSON. The items are JSON already. */
export const listJson = (noun: string, items: readonly string[], next?: string): string =>
  `{"${noun}":[${items.join(",")}]${next === undefined ? "" : `,"next_cursor":"${next}"`}}`;

interface Listing<T> {
  readonly noun: string;
  /** One letter that tells this list's cursors from others. */
  readonly letter: string;
  /** Where the first page begins. */
  readonly first: { readonly seq: number; readonly key: string };
  /** Items behind a place, in order. */
  read(from: { readonly seq: number; readonly key: string }, limit: number): readonly T[];
  /** The place of an item. */
  place(item: T): { readonly seq: number; readonly key?: string };
  json(items: readonly T[]): readonly string[];
}

/** A page of a list: one item more than is shown tells whether there is another page. */
export const pageOf = <T>(page: ListPage, listing: Listing<T>): Result<string> => {
  const limit = page.limit ?? LIMITS.pageDefault;
  const from = page.cursor === undefined ? listing.first : decodeCursor(page.cursor, [listing.letter]);
  if (!from) return BAD_CURSOR;
  const found = listing.read(from, limit + 1);
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const place = found.length > limit && last !== undefined ? listing.place(last) : undefined;
  const next = place && encodeCursor(listing.letter, place.seq, place.key);
  return { ok: true, value: listJson(listing.noun, listing.json(shown), next) };
};
