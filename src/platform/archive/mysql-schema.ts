import { bigint, customType, index, mysqlTable, primaryKey } from "drizzle-orm/mysql-core";
import type { SegmentState } from "../../core/archive/segmented-store.ts";

/** Ids differ in a capital, so they are compared byte by byte. */
const id = customType<{ data: string; config: { length: number } }>({
  dataType: (config) => `varchar(${config?.length ?? 64}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
});
/** JSON as it was written: the type of that name would write it anew. */
const text = customType<{ data: string }>({ dataType: () => "mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" });
/** Below 2^53, all of them. */
const number = (name: string) => bigint(name, { mode: "number" });

/**
 * Entries of conversations as they stood when they were archived last. Where the database is sharded, it is by
 * `conversation_id` (docs/runbook.md has the VSchema): every statement names the conversation, so each is one shard's.
 */
export const entries = mysqlTable(
  "entries",
  {
    conversation_id: id("conversation_id", { length: 64 }).notNull(),
    seq: number("seq").notNull(),
    at: number("at").notNull(),
    sender_id: id("sender_id", { length: 64 }).notNull(),
    client_id: id("client_id", { length: 64 }),
    kind: id("kind", { length: 32 }).notNull(),
    mentions: text("mentions"),
    body: text("body").notNull(),
    edited: text("edited"),
    deleted_seq: number("deleted_seq"),
    deleted_at: number("deleted_at"),
    thread: number("thread"),
    expires_at: number("expires_at"),
    hidden_from: id("hidden_from", { length: 64 }),
    /** Last: an upsert sets columns in this order, and compares with it until then. */
    version: number("version").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.conversation_id, table.seq] }),
    index("entries_by_thread").on(table.conversation_id, table.thread, table.seq),
  ],
);

/** Files of entries that are in no table any more, or soon: one per conversation and month, or several. */
export const segments = mysqlTable(
  "segments",
  {
    conversation_id: id("conversation_id", { length: 64 }).notNull(),
    first_seq: number("first_seq").notNull(),
    last_seq: number("last_seq").notNull(),
    /** Of core/archive/segmented-store.ts. */
    state: id("state", { length: 16 }).notNull().$type<SegmentState>(),
    blob_key: id("blob_key", { length: 512 }).notNull(),
    sha256: id("sha256", { length: 64 }).notNull(),
    entries: number("entries").notNull(),
    bytes: number("bytes").notNull(),
    version: number("version").notNull(),
    sealed_at: number("sealed_at").notNull(),
    threads: text("threads"),
  },
  (table) => [primaryKey({ columns: [table.conversation_id, table.first_seq] })],
);
