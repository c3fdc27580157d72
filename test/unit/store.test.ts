import { describe, expect, it } from "vitest";
import { isEmpty } from "../../src/core/migrations.ts";
import type { Migration } from "../../src/core/migrations.ts";
import { openStore } from "../../src/core/store.ts";
import { NodeSql } from "./node-sql.ts";

const FIRST: Migration = { name: "0001-initial", statements: "CREATE TABLE a (x INTEGER);" };
const SECOND: Migration = { name: "0002-more", statements: "ALTER TABLE a ADD COLUMN z INTEGER;" };
const tables = (sql: NodeSql): unknown[] => sql.all("SELECT name FROM sqlite_master");

describe("a store", () => {
  it("that nobody wrote to is read without a trace", () => {
    const sql = new NodeSql();
    const store = openStore(sql, [FIRST]);
    expect(store.all("SELECT x FROM a")).toEqual([]);
    expect(store.all("\n  select COUNT(*) FROM a")).toEqual([]);
    expect(tables(sql)).toEqual([]);
  });

  it.each<[string, (store: ReturnType<typeof openStore>) => void]>([
    ["a write", (store) => store.run("INSERT INTO a (x) VALUES (?)", 7)],
    ["a write that answers", (store) => store.all("INSERT INTO a (x) VALUES (?) RETURNING x", 7)],
    ["a write in a transaction", (store) => store.transaction(() => store.run("INSERT INTO a (x) VALUES (?)", 7))],
  ])("is made by %s, and is what it was for the next life", (_what, write) => {
    const sql = new NodeSql();
    const store = openStore(sql, [FIRST]);
    write(store);
    expect(store.all("SELECT x FROM a")).toEqual([{ x: 7 }]);
    expect(openStore(sql, [FIRST, SECOND]).all("SELECT x, z FROM a")).toEqual([{ x: 7, z: null }]);
  });

  it("that is there is brought up to date when it is opened", () => {
    const sql = new NodeSql();
    openStore(sql, [FIRST]).run("INSERT INTO a (x) VALUES (?)", 7);
    openStore(sql, [FIRST, SECOND]);
    expect(sql.all("SELECT x, z FROM a")).toEqual([{ x: 7, z: null }]);
  });

  it("that is new begins with a statement of its own, and one that is there does not", () => {
    const sql = new NodeSql();
    const first = "INSERT INTO a (x) VALUES (1)";
    expect(openStore(sql, [FIRST], first).all("SELECT x FROM a")).toEqual([]);
    const store = openStore(sql, [FIRST], first);
    store.run("INSERT INTO a (x) VALUES (?)", 7);
    store.run("INSERT INTO a (x) VALUES (?)", 8);
    expect(openStore(sql, [FIRST], first).all("SELECT x FROM a")).toEqual([{ x: 1 }, { x: 7 }, { x: 8 }]);
  });

  it("keeps its tables when the transaction that made it is thrown away", () => {
    const sql = new NodeSql();
    const store = openStore(sql, [FIRST]);
    const fail = (): void =>
      store.transaction(() => {
        store.run("INSERT INTO a (x) VALUES (?)", 7);
        throw new Error("no");
      });
    expect(fail).toThrow("no");
    expect(isEmpty(sql)).toBe(false);
    expect(store.all("SELECT x FROM a")).toEqual([]);
  });
});
