import { describe, expect, it } from "vitest";
import { conversationPage } from "../../src/core/inbox/conversation-page.ts";
import type { ListPage } from "../../src/core/conversation/pages.ts";
import { deliveryOf, Home, META, settings } from "./inbox-fixtures.ts";
import { valueOf } from "./conversation-fixtures.ts";

interface Page {
  readonly conversations: { readonly conversation_id: string }[];
  readonly next_cursor?: string;
}

/** A list of conversations in which something last happened at the times given. */
const homeOf = (activity: Readonly<Record<string, number>>): Home => {
  const home = new Home();
  for (const [conversation_id, at] of Object.entries(activity)) {
    const meta = { ...META, created_at: at };
    home.inbox.apply(deliveryOf([{ ...settings(1, "bob"), at }], { conversation_id, meta }));
  }
  return home;
};

const pageOf = (home: Home, page: ListPage): Page => JSON.parse(valueOf(conversationPage(home.inbox, page))) as Page;

const walk = (home: Home, limit: number): string[][] => {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = pageOf(home, { limit, ...(cursor === undefined ? {} : { cursor }) });
    pages.push(page.conversations.map(({ conversation_id }) => conversation_id));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return pages;
};

describe("[CONV-2] the list", () => {
  it("is newest activity first, and the id decides between equals", () => {
    const home = homeOf({ b: 1000, a: 1000, d: 3000, c: 2000, e: 1000 });
    expect(walk(home, 200)).toEqual([["d", "c", "a", "b", "e"]]);
    expect(walk(home, 2)).toEqual([["d", "c"], ["a", "b"], ["e"]]);
    expect(walk(home, 1).flat()).toEqual(["d", "c", "a", "b", "e"]);
    expect(walk(home, 5)).toHaveLength(1);
  });

  it("is empty for who is in none", () => expect(walk(homeOf({}), 10)).toEqual([[]]));

  it("what becomes active while somebody pages is shown neither twice nor instead of another", () => {
    const home = homeOf({ a: 1000, b: 2000, c: 3000, d: 4000 });
    const first = pageOf(home, { limit: 2 });
    home.inbox.apply(deliveryOf([{ ...settings(2, "bob"), at: 9_000_000_000_000 }], { conversation_id: "c" }));
    const second = pageOf(home, { limit: 2, cursor: first.next_cursor ?? "" });
    expect(first.conversations.map(({ conversation_id }) => conversation_id)).toEqual(["d", "c"]);
    expect(second.conversations.map(({ conversation_id }) => conversation_id)).toEqual(["b", "a"]);
    expect(second.next_cursor).toBeUndefined();
  });

  it("[LIST-1] a cursor that is not of this list is refused", () => {
    for (const cursor of ["x", "m1.61", "c1.6"])
      expect(conversationPage(homeOf({ a: 1 }).inbox, { cursor })).toMatchObject({ refusal: { code: "bad_request" } });
  });
});
