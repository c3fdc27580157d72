import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveMigrations, ArchiveHistoryError, migrateArchive } from "../../scripts/archive-migrations.ts";
import { readArchiveUrl } from "../../src/platform/archive/archive-url.ts";
import { PlanetScaleArchive } from "../../src/platform/archive/planetscale-archive.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { hasMariaDb, MariaDb } from "../support/mariadb.ts";
import { PlanetScale } from "../support/planetscale/planetscale.ts";
import { startStores } from "../support/remote-stores.ts";
import { describeArchive, entry } from "./archive-store.ts";
import { describeSegmented } from "./segmented-store.ts";

const isCi = /^(1|true)$/i.test(process.env["CI"] ?? "");
/** Without a MariaDB these are skipped, which is counted; where CI is set, that is a failure. */
const wherePossible = describe.skipIf(!hasMariaDb && !isCi);

wherePossible("PlanetScale", () => {
  let db: MariaDb;
  let service: PlanetScale;
  beforeAll(async () => {
    db = await MariaDb.start();
    service = await PlanetScale.start({ socket: db.socket, transactionMs: 500, rowsMax: 2000 });
    await migrateArchive(service.url);
  });
  afterAll(async () => {
    await service?.stop();
    await db?.stop();
  });

  describeArchive("PlanetScale, out of workerd", async () => {
    const stores = await startStores({ ARCHIVE_URL: service.url });
    return { store: stores.archive, stop: () => stores.stop() };
  });

  describeSegmented("PlanetScale", () => {
    const url = readArchiveUrl(service.url);
    if ("problem" in url) throw new Error(url.problem);
    return new PlanetScaleArchive(url, { fetch: (to, init) => fetch(to, init) });
  });

  it("names the conversation in every statement, and keeps within what one may carry", () => {
    const asked = service.statements.filter((words) => /\b(insert|select|delete|update)\b/i.test(words));
    expect(asked.length).toBeGreaterThan(50);
    for (const words of asked.filter((one) => !one.includes("archive_migrations"))) {
      expect(words).toMatch(/^insert into \? \(\?, |where \(?\?\.\? = \? /);
    }
    expect(service.largest).toBeLessThan(2 * LIMITS.archiveStatementBytes + 100_000);
  });

  describe("with what a service may do", () => {
    const archiveOf = (text: string): PlanetScaleArchive => {
      const url = readArchiveUrl(text);
      if ("problem" in url) throw new Error(url.problem);
      const patience = { readMs: 2000, writeMs: 2000, attemptMs: 500 };
      return new PlanetScaleArchive(url, { fetch: (to, init) => fetch(to, init) }, patience);
    };
    let made = 0;
    const put = async (text = service.url): Promise<unknown> => {
      const conversation = `c_local_trouble-${made++}`;
      const store = archiveOf(text);
      const secret = entry(1, { body: JSON.stringify({ content: "it's the secret of the mill" }) });
      try {
        await store.put({ conversation, version: 1, rows: [secret] });
      } catch (error) {
        expect(String(error)).not.toMatch(/secret|pscale|insert/i);
        return String(error);
      }
      expect(await store.rows(conversation, [1])).toEqual([secret]);
      return "archived";
    };

    it.each<[string, () => void]>([
      ["a connection that breaks", () => service.troubles.next("reset")],
      ["503", () => service.troubles.next({ status: 503, body: "busy" }, { status: 502 })],
      ["429", () => service.troubles.next({ status: 429, headers: { "retry-after": "1" } })],
      ["a lock that is not given", () => service.errors.push([1205, "Lock wait timeout exceeded"])],
      ["a deadlock", () => service.errors.push([1213, "Deadlock found"], [1213, "Deadlock found"])],
      ["a primary that changes", () => service.errors.push([1290, "running with the --read-only option"])],
      ["an answer that is lost", () => (service.loseAnswers = 1)],
    ])("tries again after %s", async (_what, cause) => {
      cause();
      expect(await put()).toBe("archived");
    });

    it.each<[number, string]>([
      [1064, "You have an error in your SQL syntax near 'it''s the secret of the mill'"],
      [1146, "Table 'parley.entries' doesn't exist"],
      [1406, "Data too long for column 'kind'"],
    ])("does not try again after error %d, and tells nothing of what was to be written", async (errno, text) => {
      const before = service.statements.length;
      service.errors.push([errno, text]);
      expect(await put()).toBe(`ArchiveError: unable to reach the archive; error ${errno}`);
      expect(service.statements.length - before).toBe(1);
    });

    it("gives up after a while, and does not wait for what never answers", { timeout: 30_000 }, async () => {
      service.troubles.lasting({ status: 503 });
      const met = service.troubles.met;
      expect(await put()).toBe("ArchiveError: unable to reach the archive; HTTP 503");
      expect(service.troubles.met - met).toBe(LIMITS.archiveAttempts);
      service.troubles.lasting("hang");
      const from = Date.now();
      expect(await put()).toBe("ArchiveError: unable to reach the archive; no answer (TimeoutError)");
      expect(Date.now() - from).toBeLessThan(4000);
      service.troubles.lasting(undefined);
      expect(await put()).toBe("archived");
    });

    it("does not try again with a password that is wrong", async () => {
      const met = service.statements.length;
      expect(await put(service.url.replace("pscale_pw", "wrong"))).toBe(
        "ArchiveError: unable to reach the archive; HTTP 401",
      );
      expect(service.statements.length).toBe(met);
    });
  });

  describe("its migrations", () => {
    it("are applied once, and a history that was changed refuses", async () => {
      expect(await migrateArchive(service.url)).toEqual([]);
      const [first, ...rest] = archiveMigrations();
      if (!first) throw new Error("there is no migration");
      const changed = [{ ...first, statements: `${first.statements} ` }, ...rest];
      await expect(migrateArchive(service.url, changed)).rejects.toThrow(ArchiveHistoryError);
      await expect(migrateArchive(service.url, [])).rejects.toThrow(/is not the one that made it/);
    });

    it("go on where a crash left them, and say which are new", async () => {
      const known = archiveMigrations();
      const more = { name: "9000-more", statements: "CREATE TABLE `more` (`id` int NOT NULL PRIMARY KEY);" };
      const half = {
        ...more,
        statements: `${more.statements}\n--> statement-breakpoint\nALTER TABLE nothing ADD x int;`,
      };
      await expect(migrateArchive(service.url, [...known, half])).rejects.toThrow(/error 1146/);
      expect(await migrateArchive(service.url, [...known, more])).toEqual(["9000-more"]);
      expect(await migrateArchive(service.url, [...known, more])).toEqual([]);
    });
  });
});
