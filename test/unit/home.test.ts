import { describe, expect, it } from "vitest";
import { Home, HOME_OPEN } from "../../src/core/inbox/home.ts";
import { isEmpty } from "../../src/core/migrations.ts";
import { openStore } from "../../src/core/store.ts";
import { NodeSql } from "./node-sql.ts";
import { USER } from "./stores.ts";

const ONE = { names: ["local"], usual: "local" };
const SEVERAL = { names: ["local", "eu", "us"], usual: "local" };

/** A life of a user's object. `heard`: somebody else's call wrote something into it. */
const live = (sql: NodeSql, regions = SEVERAL): { home: Home; heard: () => void } => {
  const wasThere = !isEmpty(sql);
  const store = openStore(sql, USER, regions.names.length > 1 ? HOME_OPEN : undefined);
  const heard = (): void => store.run("INSERT INTO watchers (user_id, until) VALUES (?, ?)", "bob", 1);
  return { home: new Home({ sql: store, regions, wasThere }), heard };
};

describe("a home region", () => {
  it("[REG-2] is where the user is when it is first needed, and stays it", () => {
    const sql = new NodeSql();
    const { home } = live(sql);
    expect(home.region).toBeUndefined();
    expect(home.fix("us")).toBe("us");
    expect([home.region, home.fix("eu")]).toEqual(["us", "us"]);
    expect([live(sql).home.region, live(sql).home.fix("eu")]).toEqual(["us", "us"]);
  });

  it("[REG-2] is the usual one of whom nothing is known", () => {
    const sql = new NodeSql();
    expect(live(sql).home.fix(undefined)).toBe("local");
    expect(live(sql).home.fix("eu")).toBe("local");
  });

  it("[REG-2] is open of whoever was only heard of, also in a later life", () => {
    const sql = new NodeSql();
    const { home, heard } = live(sql);
    heard();
    expect(home.region).toBeUndefined();
    expect(live(sql).home.region).toBeUndefined();
    expect(live(sql).home.fix("eu")).toBe("eu");
  });

  it("[REG-2] is the usual one of whoever was there when that was the only one", () => {
    const sql = new NodeSql();
    live(sql, ONE).heard();
    const { home } = live(sql);
    expect(home.region).toBe("local");
    expect(home.fix("eu")).toBe("local");
    expect(live(sql, { ...SEVERAL, usual: "eu" }).home.region).toBe("local");
  });

  it("costs nothing where there is one", () => {
    const sql = new NodeSql();
    const { home } = live(sql, ONE);
    expect([home.region, home.fix("eu")]).toEqual(["local", "local"]);
    expect(isEmpty(sql)).toBe(true);
  });

  it("that was taken off the list is forgotten only as long as it is", () => {
    const sql = new NodeSql();
    live(sql).home.fix("us");
    const without = { names: ["local", "eu"], usual: "local" };
    expect(live(sql, without).home.fix("eu")).toBe("local");
    expect(live(sql).home.region).toBe("us");
  });

  it("is written once", () => {
    const sql = new NodeSql();
    live(sql).heard();
    const before = sql.rowsWritten;
    const { home } = live(sql);
    for (const near of ["us", "eu", undefined]) home.fix(near);
    expect(sql.rowsWritten - before).toBe(1);
  });
});
