import { Appender } from "../../src/core/conversation/appender.ts";
import type { Acked, Draft } from "../../src/core/conversation/appender.ts";
import { LogTable } from "../../src/core/conversation/log-table.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import { conversationMark } from "../../src/core/conversation/message-id.ts";
import { Roster } from "../../src/core/conversation/roster.ts";
import type { Result } from "../../src/shared/result.ts";
import { conversationStore, foundConversation } from "./stores.ts";
import { VirtualTime } from "./virtual-time.ts";

export const MARK = conversationMark("c1");

export const draftOf = (client_message_id: string, more: Partial<Draft> = {}): Draft => ({
  conversation_id: "c1",
  client_message_id,
  type: "text",
  content: "hello",
  ...more,
});

/** A log of `ann`, `bob` and `cem`, its writer, and a clock. Entry 1 is the founding. */
export class Log {
  readonly time = new VirtualTime();
  readonly sql = conversationStore();
  readonly table = new LogTable(this.sql);
  appender: Appender;

  constructor() {
    foundConversation(this.sql, ["ann", "bob", "cem"], this.time.now());
    this.appender = this.#load();
  }

  /** The writer's memory is gone. */
  reload(): void {
    this.appender = this.#load();
  }

  append(sender: string, ...ids: readonly string[]): Result<Acked>[] {
    return this.appender.append(
      sender,
      ids.map((id) => draftOf(id)),
    ).results;
  }

  /** Where the one message that is sent ends up; a refusal fails the test. */
  place(sender: string, id: string): Acked {
    const [result] = this.append(sender, id);
    if (!result?.ok) throw new Error(`refused: ${result?.refusal.message}`);
    return result.value;
  }

  rows(): LogRow[] {
    return this.table.after(0, 1_000_000);
  }

  /** Ids that have a row of their own. */
  seen(): string[] {
    return this.sql.all<{ client_id: string }>("SELECT client_id FROM seen").map(({ client_id }) => client_id);
  }

  #load(): Appender {
    return new Appender({
      sql: this.sql,
      clock: this.time,
      log: this.table,
      roster: new Roster(this.sql),
      mark: MARK,
    });
  }
}
