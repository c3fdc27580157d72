import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createConnection } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../scripts/server.ts";
import { hasMariaDb, MariaDb } from "../support/mariadb.ts";
import { PlanetScale } from "../support/planetscale/planetscale.ts";

const isCi = /^(1|true)$/i.test(process.env["CI"] ?? "");

/** What a server says that starts with this archive, and whether it serves. */
const startWith = async (url: string): Promise<{ lines: string[]; status: number }> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), "parley-start-"));
  const lines: string[] = [];
  try {
    const server = await startServer({ dataDir, env: { ARCHIVE_URL: url }, log: (line) => void lines.push(line) });
    const { status } = await fetch(`${server.url}/healthz`);
    await server.kill();
    return { lines, status };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
};

describe.skipIf(!hasMariaDb && !isCi)("a server that starts with ARCHIVE_URL", () => {
  let db: MariaDb;
  let service: PlanetScale;
  beforeAll(async () => {
    db = await MariaDb.start();
    service = await PlanetScale.start({ socket: db.socket });
  });
  afterAll(async () => {
    await service?.stop();
    await db?.stop();
  });

  it("serves without its archive, and says that it is not there", async () => {
    service.troubles.lasting({ status: 503 });
    const { lines, status } = await startWith(service.url);
    service.troubles.lasting(undefined);
    expect(status).toBe(200);
    expect(lines).toContain("ARCHIVE_URL: unable to reach the archive; HTTP 503; again in 30 s");
    expect(lines.join("\n")).not.toContain("pscale");
  });

  it("makes the tables once, and refuses a history that is not its own", async () => {
    const first = await startWith(service.url);
    expect(first.lines).toContain("ARCHIVE_URL: applied 0000_entries, 0001_segments.");
    expect((await startWith(service.url)).lines.filter((line) => line.startsWith("ARCHIVE_URL"))).toEqual([]);
    const connection = await createConnection({ socketPath: db.socket, user: "root", database: "parley" });
    await connection.query("UPDATE archive_migrations SET hash = 'other' WHERE id = 2");
    await connection.end();
    await expect(startWith(service.url)).rejects.toThrow(/migration 0001_segments is not the one that made it/);
  });
});
