import type { Sql } from "../ports.ts";
import { LogTable } from "./log-table.ts";
import { MessageTable } from "./message-table.ts";
import { PinTable } from "./pin-table.ts";
import { ReactionTable } from "./reaction-table.ts";

/** What a conversation has on disk of its log and what is made of it. */
export interface Tables {
  readonly log: LogTable;
  readonly messages: MessageTable;
  readonly reactions: ReactionTable;
  readonly pins: PinTable;
}

export const openTables = (sql: Sql): Tables => ({
  log: new LogTable(sql),
  messages: new MessageTable(sql),
  reactions: new ReactionTable(sql),
  pins: new PinTable(sql),
});
