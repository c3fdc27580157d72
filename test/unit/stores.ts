import { readdirSync, readFileSync } from "node:fs";
import { found } from "../../src/core/conversation/founding.ts";
import type { Founding } from "../../src/core/conversation/founding.ts";
import { migrate } from "../../src/core/migrations.ts";
import type { Migration } from "../../src/core/migrations.ts";
import type { Sql } from "../../src/core/ports.ts";
import { NodeSql } from "./node-sql.ts";

const migrationsOf = (
  store:
    | "address"
    | "archive-sqlite"
    | "audit"
    | "conversation"
    | "dead-letters"
    | "directory"
    | "duties"
    | "jobs"
    | "user",
): readonly Migration[] => {
  const folder = new URL(`../../migrations/${store}/`, import.meta.url);
  return readdirSync(folder)
    .toSorted()
    .map((file) => ({ name: file.replace(/\.sql$/, ""), statements: readFileSync(new URL(file, folder), "utf8") }));
};

export const CONVERSATION = migrationsOf("conversation");
export const ARCHIVE = migrationsOf("archive-sqlite");
export const ADDRESS = migrationsOf("address");
export const AUDIT = migrationsOf("audit");
export const DEAD_LETTERS = migrationsOf("dead-letters");
export const DIRECTORY = migrationsOf("directory");
export const JOBS = migrationsOf("jobs");
export const DUTIES = migrationsOf("duties");
export const USER = migrationsOf("user");

/** An empty store of a conversation, with its tables. */
export const conversationStore = (): NodeSql => {
  const sql = new NodeSql();
  migrate(sql, CONVERSATION);
  return sql;
};

/** An empty store of a user, with its tables. */
export const userStore = (): NodeSql => {
  const sql = new NodeSql();
  migrate(sql, USER);
  return sql;
};

/** Founds a conversation of `members`, the first of whom founds it. Two are a direct one, unless `type` says so. */
export const foundConversation = (
  sql: Sql,
  members: readonly string[],
  at: number,
  more: Partial<Founding> = {},
  blocker?: string,
): Founding => {
  const [founder = "ann", ...others] = members;
  const founding: Founding = {
    conversation_id: "c1",
    type: members.length === 2 ? "direct" : "group",
    region: "local",
    founder,
    members: others,
    ...(members.length === 2 ? {} : { name: "Friends" }),
    ...more,
  };
  found(sql, founding, at, blocker);
  return founding;
};
