import type { ConversationId } from "../../shared/ids.ts";
import type { Sql } from "../ports.ts";

/** A conversation of the other system, and which of ours it is to be, if its own line says so. */
export interface Foreign {
  readonly id: string;
  readonly conversation_id?: ConversationId;
}

/** Which conversations of another system are which of ours. What was said first stays. */
export class ImportRegister {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** For each which one it is; `undefined`: its own line has not come. */
  register(foreign: readonly Foreign[]): (ConversationId | undefined)[] {
    return foreign.map(({ id, conversation_id }) => {
      const known = this.#sql.all<{ conversation_id: ConversationId }>(
        "SELECT conversation_id FROM imports WHERE foreign_id = ?",
        id,
      )[0];
      if (known || conversation_id === undefined) return known?.conversation_id;
      this.#sql.run("INSERT INTO imports (foreign_id, conversation_id) VALUES (?, ?)", id, conversation_id);
      return conversation_id;
    });
  }
}
