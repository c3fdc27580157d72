import { migrate } from "../../src/core/migrations.ts";
import { SqliteArchive } from "../../src/platform/archive/sqlite-archive.ts";
import { MemoryArchive } from "../support/memory-archive.ts";
import { NodeSql } from "../unit/node-sql.ts";
import { ARCHIVE } from "../unit/stores.ts";
import { describeArchive } from "./archive-store.ts";

describeArchive("SQLite", async () => {
  const sql = new NodeSql();
  migrate(sql, ARCHIVE);
  return {
    store: new SqliteArchive({ all: async (statement, ...bindings) => sql.all(statement, ...bindings) }),
    stop: async () => sql.close(),
  };
});

describeArchive("the memory of a test", async () => ({ store: new MemoryArchive(), stop: async () => undefined }));
