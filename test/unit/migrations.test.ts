import { describe, expect, it } from "vitest";
import { isEmpty, migrate } from "../../src/core/migrations.ts";
import type { Migration } from "../../src/core/migrations.ts";
import { NodeSql } from "./node-sql.ts";

const FIRST: Migration = { name: "0001-initial", statements: "CREATE TABLE a (x INTEGER); CREATE TABLE b (y TEXT);" };
const SECOND: Migration = { name: "0002-more", statements: "ALTER TABLE a ADD COLUMN z INTEGER;" };
const BROKEN: Migration = {
  name: "0002-broken",
  statements: "CREATE TABLE c (x INTEGER); CREATE TABLE a (x INTEGER);",
};

const tables = (sql: NodeSql): string[] =>
  sql
    .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .map(({ name }) => name);

describe("migrations", () => {
  it("make a store, once", () => {
    const sql = new NodeSql();
    expect(isEmpty(sql)).toBe(true);
    migrate(sql, [FIRST]);
    migrate(sql, [FIRST]);
    expect(isEmpty(sql)).toBe(false);
    expect(tables(sql)).toEqual(["a", "b", "migrations"]);
  });

  it("bring an older store up to date, and keep what is in it", () => {
    const sql = new NodeSql();
    migrate(sql, [FIRST]);
    sql.run("INSERT INTO a (x) VALUES (?)", 7);
    migrate(sql, [FIRST, SECOND]);
    expect(sql.all("SELECT x, z FROM a")).toEqual([{ x: 7, z: null }]);
  });

  it("refuse a history that was edited, renamed, reordered or shortened", () => {
    const histories: [string, readonly Migration[]][] = [
      ["edited", [{ ...FIRST, statements: `${FIRST.statements} ` }, SECOND]],
      ["renamed", [{ ...FIRST, name: "0001-first" }, SECOND]],
      ["reordered", [SECOND, FIRST]],
      ["shortened", [FIRST]],
      ["emptied", []],
    ];
    for (const [how, history] of histories) {
      const sql = new NodeSql();
      migrate(sql, [FIRST, SECOND]);
      expect(() => migrate(sql, history), how).toThrow(/unable to open the store; migration 000/);
      expect(tables(sql)).toEqual(["a", "b", "migrations"]);
    }
  });

  it("that fail leave nothing behind", () => {
    const sql = new NodeSql();
    migrate(sql, [FIRST]);
    expect(() => migrate(sql, [FIRST, BROKEN])).toThrow();
    expect(tables(sql)).toEqual(["a", "b", "migrations"]);
    migrate(sql, [FIRST, SECOND]);
    expect(sql.all<{ name: string }>("SELECT name FROM migrations ORDER BY id").map(({ name }) => name)).toEqual([
      FIRST.name,
      SECOND.name,
    ]);
  });

  it("that fail on a new store leave it empty", () => {
    const sql = new NodeSql();
    expect(() => migrate(sql, [FIRST, BROKEN])).toThrow();
    expect(isEmpty(sql)).toBe(true);
    expect(tables(sql)).toEqual([]);
  });
});
