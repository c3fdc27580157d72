import { migrate } from "../../src/core/migrations.ts";
import { SqliteArchive } from "../../src/platform/archive/sqlite-archive.ts";
import { MemoryArchive } from "../support/memory-archive.ts";
import { NodeSql } from "../unit/node-sql.ts";
import { ARCHIVE } from "../unit/stores.ts";
import { describeArchive } from "./archive-store.ts";
import { describeSegmented } from "./segmented-store.ts";

const sql = new NodeSql();
migrate(sql, ARCHIVE);
const store = new SqliteArchive({ all: async (statement, ...bindings) => sql.all(statement, ...bindings) });
describeArchive("SQLite", async () => ({ store, stop: async () => undefined }));
describeSegmented("SQLite", () => store);

describeArchive("the memory of a test", async () => ({ store: new MemoryArchive(), stop: async () => undefined }));
