import { describe, expect, it } from "vitest";
import { Name } from "../../src/core/directory/name.ts";
import { isReserved } from "../../src/core/directory/reserved.ts";
import { isEmpty } from "../../src/core/migrations.ts";
import { openStore } from "../../src/core/store.ts";
import { NodeSql } from "./node-sql.ts";
import { DIRECTORY } from "./stores.ts";
import { settled } from "./virtual-time.ts";

type Asked = { readonly user: string; readonly answer: (keeps: boolean) => void; readonly fail: () => void };

/** A name, and what is asked of those to whom it was given: answered by the test. */
const stage = (sql = new NodeSql()) => {
  const asked: Asked[] = [];
  const keeps = (user: string): Promise<boolean> =>
    new Promise((answer, reject) => asked.push({ user, answer, fail: () => reject(new Error("out of reach")) }));
  return { sql, asked, name: new Name({ sql: openStore(sql, DIRECTORY), keeps }) };
};

/** The same, after `ann` claimed it; `answers`: what whoever is asked says. */
const annHas = async (...answers: readonly boolean[]) => {
  const { sql, name, asked } = stage();
  expect(await name.claim("ann")).toBe(true);
  const left = [...answers];
  const answered = new Name({
    sql,
    keeps: async (user) => {
      asked.push({ user, answer: () => undefined, fail: () => undefined });
      return left.shift() ?? false;
    },
  });
  return { sql, asked, name: answered };
};

describe("[USER-5] a name", () => {
  it("that nobody claimed has no holder and leaves no trace", async () => {
    const { sql, name, asked } = stage();
    expect(name.holder).toBeUndefined();
    await name.review();
    expect(isEmpty(sql)).toBe(true);
    expect(asked).toEqual([]);
  });

  it("is given to whoever comes first, and stays his after a restart", async () => {
    const { sql, name, asked } = stage();
    expect(await name.claim("ann")).toBe(true);
    expect(name.holder).toBe("ann");
    expect(stage(sql).name.holder).toBe("ann");
    expect(asked).toEqual([]);
  });

  it("may be claimed again by whoever has it, for one row in all", async () => {
    const { sql, name, asked } = stage();
    await name.claim("ann");
    const before = sql.rowsWritten;
    expect(await name.claim("ann")).toBe(true);
    expect([asked.length, sql.rowsWritten - before]).toEqual([0, 0]);
  });

  // Who has it × what he says × who claims it: whether it is given, whom it is given to after that, who was asked.
  it.each<[string | undefined, boolean, string, boolean, string, number]>([
    [undefined, true, "bob", true, "bob", 0],
    [undefined, false, "bob", true, "bob", 0],
    ["ann", true, "ann", true, "ann", 0],
    ["ann", false, "ann", true, "ann", 0],
    ["ann", true, "bob", false, "ann", 1],
    ["ann", false, "bob", true, "bob", 1],
  ])(
    "held by %s (keeps it: %s), claimed by %s: %s, and is then %s's",
    async (holder, keeps, user, given, after, asks) => {
      const asked: string[] = [];
      const name = new Name({
        sql: openStore(new NodeSql(), DIRECTORY),
        keeps: async (whom) => {
          asked.push(whom);
          return keeps;
        },
      });
      if (holder !== undefined) await name.claim(holder);
      expect(await name.claim(user)).toBe(given);
      expect(name.holder).toBe(after);
      expect(asked).toEqual(Array.from({ length: asks }, () => holder));
    },
  );

  it.each([
    [true, "ann"],
    [false, undefined],
  ])("is reviewed: kept %s, it is then %s's", async (keeps, after) => {
    const { name, asked } = await annHas(keeps);
    await name.review();
    expect(name.holder).toBe(after);
    expect(asked.map(({ user }) => user)).toEqual(["ann"]);
  });

  it("is not taken from somebody who claimed it again while his answer was on its way", async () => {
    const { name, asked } = stage();
    await name.claim("ann");
    const bob = name.claim("bob");
    expect(asked.map(({ user }) => user)).toEqual(["ann"]);
    expect(await name.claim("ann")).toBe(true);
    asked[0]?.answer(false);
    await settled();
    expect(name.holder).toBe("ann");
    expect(asked.map(({ user }) => user)).toEqual(["ann", "ann"]);
    asked[1]?.answer(true);
    expect(await bob).toBe(false);
    expect(name.holder).toBe("ann");
  });

  it("that two want of whoever does not keep it is given to one, and the other asks that one", async () => {
    const { name, asked } = stage();
    await name.claim("ann");
    const [bob, cem] = [name.claim("bob"), name.claim("cem")];
    asked[0]?.answer(false);
    expect(await bob).toBe(true);
    asked[1]?.answer(false);
    await settled();
    expect(asked.map(({ user }) => user)).toEqual(["ann", "ann", "bob"]);
    asked[2]?.answer(true);
    expect(await cem).toBe(false);
    expect(name.holder).toBe("bob");
  });

  it("stays with a holder who is out of reach, and the claim fails", async () => {
    const { name, asked } = stage();
    await name.claim("ann");
    const failed = expect(name.claim("bob")).rejects.toThrow("out of reach");
    asked[0]?.fail();
    await failed;
    expect(name.holder).toBe("ann");
  });
});

describe("[USER-5] names that are nobody's to have", () => {
  it.each(["admin", "parley", "a.d.m.i.n", "__support__", "___", "..."])("%s", (name) => {
    expect(isReserved(name)).toBe(true);
  });

  it.each(["ann", "administrators", "adm1n", "parley_fan", "supporter", "a__"])("not %s", (name) => {
    expect(isReserved(name)).toBe(false);
  });
});
