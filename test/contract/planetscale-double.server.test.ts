import { Client, DatabaseError } from "@planetscale/database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasMariaDb, MariaDb } from "../support/mariadb.ts";
import { PlanetScale } from "../support/planetscale/planetscale.ts";
import { delay } from "../support/wait.ts";

const isCi = /^(1|true)$/i.test(process.env["CI"] ?? "");
const TRANSACTION_MS = 300;

/** What the double of PlanetScale has of the service's habits, as its own driver meets them. */
describe.skipIf(!hasMariaDb && !isCi)("the double of PlanetScale", () => {
  let db: MariaDb;
  let service: PlanetScale;
  let client: Client;
  beforeAll(async () => {
    db = await MariaDb.start();
    service = await PlanetScale.start({
      socket: db.socket,
      transactionMs: TRANSACTION_MS,
      rowsMax: 50,
      statementBytes: 10_000,
    });
    client = new Client({ url: service.url });
    await client.execute(
      "CREATE TABLE things (id bigint unsigned NOT NULL PRIMARY KEY, name varchar(20) COLLATE utf8mb4_bin, raw varbinary(20))",
    );
  });
  afterAll(async () => {
    await service?.stop();
    await db?.stop();
  });
  const failureOf = async (
    query: string,
    args: unknown[] = [],
  ): Promise<{ status: number; code: string; text: string }> => {
    try {
      await client.execute(query, args);
    } catch (error) {
      if (error instanceof DatabaseError) return { status: error.status, code: error.body.code, text: error.message };
    }
    throw new Error("it did not fail as the service does");
  };
  const names = async (): Promise<unknown[]> => {
    const { rows } = await client.execute("SELECT name FROM things ORDER BY id");
    return rows.map((row) => (row as { name: unknown }).name);
  };

  it("gives values as they are: large numbers as text, text, bytes, and nothing", async () => {
    const bytes = Uint8Array.from([0, 255, 39, 92, 10, 200]);
    await client.execute("INSERT INTO things VALUES (?, ?, ?), (1, 'a', NULL)", [
      "18446744073709551614",
      "😀'\\",
      bytes,
    ]);
    const { rows, types } = await client.execute("SELECT * FROM things ORDER BY id");
    expect(rows).toEqual([
      { id: "1", name: "a", raw: null },
      { id: "18446744073709551614", name: "😀'\\", raw: bytes },
    ]);
    expect(types).toEqual({ id: "UINT64", name: "VARCHAR", raw: "VARBINARY" });
    await client.execute("DELETE FROM things");
  });

  it("answers errors with 200 and UNKNOWN, the number and the statement in the text", async () => {
    await client.execute("INSERT INTO things (id, name) VALUES (1, 'a')");
    const twice = await failureOf("INSERT INTO things (id, name) VALUES (1, ?)", ["secret"]);
    expect(twice).toMatchObject({ status: 400, code: "UNKNOWN" });
    expect(twice.text).toMatch(/code = AlreadyExists .*\(errno 1062\) \(sqlstate 23000\).*secret/);
    expect((await failureOf("SELEKT 1")).text).toMatch(/\(errno 1064\)/);
    expect((await failureOf("SELECT * FROM nothing")).text).toMatch(/code = NotFound .*\(errno 1146\)/);
    await client.execute("DELETE FROM things");
  });

  it("refuses RETURNING, statements that are too large, and answers of too many rows", async () => {
    expect((await failureOf("INSERT INTO things (id) VALUES (5) RETURNING id")).text).toMatch(/syntax error/);
    expect((await failureOf("INSERT INTO things (id, name) VALUES (5, ?)", ["x".repeat(11_000)])).text).toMatch(
      /larger than max/,
    );
    expect((await failureOf("SELECT seq FROM seq_1_to_51")).text).toMatch(/Row count exceeded 50/);
    await client.execute("INSERT INTO things (id, name) VALUES (6, 'returning')");
    expect(await names()).toEqual(["returning"]);
    await client.execute("DELETE FROM things");
  });

  it("keeps a transaction in its session, which commits or leaves nothing", async () => {
    await client.transaction(async (tx) => {
      await tx.execute("INSERT INTO things (id, name) VALUES (1, 'kept')");
      expect(await names()).toEqual([]);
    });
    const broken = client.transaction(async (tx) => {
      await tx.execute("INSERT INTO things (id, name) VALUES (2, 'lost')");
      throw new Error("no");
    });
    await expect(broken).rejects.toThrow("no");
    expect(await names()).toEqual(["kept"]);
    await client.execute("DELETE FROM things");
  });

  it("ends a transaction that takes too long, and says so to its next statement", async () => {
    const late = client.transaction(async (tx) => {
      await tx.execute("INSERT INTO things (id, name) VALUES (3, 'late')");
      await delay(TRANSACTION_MS * 3);
      await tx.execute("INSERT INTO things (id, name) VALUES (4, 'later')");
    });
    await expect(late).rejects.toThrow(/code = Aborted .*exceeded timeout/);
    expect(await names()).toEqual([]);
  });

  it("knows nobody without the password", async () => {
    const stranger = new Client({ url: service.url.replace("pscale", "stolen") });
    await expect(stranger.execute("SELECT 1")).rejects.toMatchObject({ status: 401, body: { code: "UNKNOWN" } });
  });
});
