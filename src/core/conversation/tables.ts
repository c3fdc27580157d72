import type { Sql } from "../ports.ts";
import { Held } from "./held.ts";
import { LogTable } from "./log-table.ts";
import { MessageTable } from "./message-table.ts";
import { PinTable } from "./pin-table.ts";
import { ReactionTable } from "./reaction-table.ts";
import { Restored } from "./restored.ts";
import { RetentionTable } from "./retention-table.ts";

/** What a conversation has on disk of its log and what is made of it. */
export interface Tables {
  readonly log: LogTable;
  readonly messages: MessageTable;
  readonly reactions: ReactionTable;
  readonly pins: PinTable;
  readonly held: Held;
  readonly retention: RetentionTable;
  readonly restored: Restored;
}

export const openTables = (sql: Sql): Tables => {
  const log = new LogTable(sql);
  return {
    log,
    messages: new MessageTable(sql, log),
    reactions: new ReactionTable(sql),
    pins: new PinTable(sql),
    held: new Held(sql, log),
    retention: new RetentionTable(sql),
    restored: new Restored(sql),
  };
};
