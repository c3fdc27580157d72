import { describe, expect, it } from "vitest";
import { Blocks } from "../../src/core/inbox/blocks.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { valueOf } from "./conversation-fixtures.ts";
import { deliveryOf, Home, META, settings } from "./inbox-fixtures.ts";
import type { NodeSql } from "./node-sql.ts";
import { userStore } from "./stores.ts";

const open = (sql: NodeSql = userStore()) => {
  const changes: [string, boolean][] = [];
  const blocks = new Blocks({ sql, user: "ann", changed: (...change) => changes.push(change) });
  return { sql, blocks, changes };
};

const pages = (blocks: Blocks, limit: number): string[][] => {
  const all: string[][] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const page = JSON.parse(valueOf(blocks.page({ limit, ...(cursor === undefined ? {} : { cursor }) }))) as {
      blocks: { user_id: string }[];
      next_cursor?: string;
    };
    all.push(page.blocks.map(({ user_id }) => user_id));
    cursor = page.next_cursor;
    more = cursor !== undefined;
  }
  return all;
};

describe("[USER-2] the list of those who are blocked", () => {
  it("says who is on it, over a crash too, and tells of changes only", () => {
    const { sql, blocks, changes } = open();
    expect(blocks.has("bob")).toBe(false);
    valueOf(blocks.set("bob", true));
    valueOf(blocks.set("bob", true));
    valueOf(blocks.set("cem", false));
    expect([blocks.has("bob"), blocks.has("cem"), blocks.size]).toEqual([true, false, 1]);
    expect(open(sql).blocks.has("bob")).toBe(true);
    valueOf(blocks.set("bob", false));
    expect([blocks.has("bob"), blocks.size]).toEqual([false, 0]);
    expect(open(sql).blocks.has("bob")).toBe(false);
    expect(changes).toEqual([
      ["bob", true],
      ["bob", false],
    ]);
  });

  it("has nobody on it who is called like something that objects inherit", () => {
    expect(open().blocks.has("constructor")).toBe(false);
  });

  it("is not for oneself", () => {
    expect(open().blocks.set("ann", true)).toMatchObject({ ok: false, refusal: { code: "bad_request" } });
  });

  it("[LIM-15] is bounded; who is on it already is no further one", () => {
    const { blocks } = open();
    for (let i = 0; i < LIMITS.blocks; i++) valueOf(blocks.set(`user-${i}`, true));
    expect(blocks.set("bob", true)).toMatchObject({ ok: false, refusal: { code: "limit_exceeded" } });
    valueOf(blocks.set("user-1", true));
    valueOf(blocks.set("user-1", false));
    valueOf(blocks.set("bob", true));
  });

  it("[LIST-1] pages in the order of ids, and a cursor of another list is refused", () => {
    const { blocks } = open();
    for (const user of ["cem", "bob", "eve", "dag"]) valueOf(blocks.set(user, true));
    valueOf(blocks.set("dag", false));
    expect(pages(blocks, 2)).toEqual([["bob", "cem"], ["eve"]]);
    expect(blocks.page({ cursor: "m0." })).toMatchObject({ ok: false, refusal: { code: "bad_request" } });
  });
});

describe("what the direct conversation has to be told", () => {
  it("waits on the disk until it knows", () => {
    const { sql, blocks } = open();
    valueOf(blocks.set("bob", true));
    expect(open(sql).blocks.untold()).toEqual(["bob"]);
    blocks.told("bob", true);
    expect([blocks.untold(), blocks.isTold("bob")]).toEqual([[], true]);
    expect(open(sql).blocks.untold()).toEqual([]);
    valueOf(blocks.set("bob", false));
    expect(open(sql).blocks.untold()).toEqual(["bob"]);
    blocks.told("bob", false);
    expect(sql.all("SELECT * FROM blocks")).toEqual([]);
  });

  it("is told again when it changed while it was told", () => {
    const { blocks } = open();
    valueOf(blocks.set("bob", true));
    valueOf(blocks.set("bob", false));
    blocks.told("bob", true);
    expect(blocks.untold()).toEqual(["bob"]);
    blocks.told("bob", false);
    expect(blocks.untold()).toEqual([]);
  });
});

describe("[BLOCK-3] who is blocked", () => {
  it("is not seen typing, whatever the conversation; the others are", async () => {
    const home = new Home();
    await home.receive(deliveryOf([settings(1, "cem")], { meta: { ...META, type: "group" } }));
    const typing = (user_id: string) =>
      JSON.stringify({ type: "typing", conversation_id: "c1", user_id, state: "start" });
    const seen = async (): Promise<unknown[]> => {
      home.sockets.frames.length = 0;
      await home.receive(deliveryOf([], { after: 1, live: [typing("bob"), typing("cem")] }));
      return home.sockets.frames.map((frame) => (frame.type === "typing" ? frame.user_id : undefined));
    };
    expect(await seen()).toEqual(["bob", "cem"]);
    home.blocks.set("bob", true);
    expect(await seen()).toEqual(["cem"]);
    home.blocks.set("bob", false);
    expect(await seen()).toEqual(["bob", "cem"]);
  });
});
