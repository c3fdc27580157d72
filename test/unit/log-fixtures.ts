import { Alarms } from "../../src/core/conversation/alarms.ts";
import { Appender } from "../../src/core/conversation/appender.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import { MessageActs } from "../../src/core/conversation/message-acts.ts";
import { conversationMark } from "../../src/core/conversation/message-id.ts";
import { Roster } from "../../src/core/conversation/roster.ts";
import { Rotation } from "../../src/core/conversation/rotation.ts";
import type { Horizon } from "../../src/core/conversation/rotation.ts";
import { openTables } from "../../src/core/conversation/tables.ts";
import type { Acked, Draft } from "../../src/core/conversation/write.ts";
import { effectiveSettings } from "../../src/shared/permissions.ts";
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
  tables = openTables(this.sql);
  appender: Appender;
  #roster: Roster;
  readonly #archive = new Map<number, LogRow>();

  constructor() {
    foundConversation(this.sql, ["ann", "bob", "cem"], this.time.now());
    this.#roster = this.#members();
    this.appender = this.#load();
  }

  /** The writer's memory is gone. */
  reload(): void {
    this.tables = openTables(this.sql);
    this.#roster = this.#members();
    this.appender = this.#load();
  }

  append(sender: string, ...ids: readonly string[]): Result<Acked>[] {
    return this.write(sender, ...ids.map((id) => draftOf(id)));
  }

  write(sender: string, ...drafts: readonly Draft[]): Result<Acked>[] {
    const member = this.#roster.get(sender);
    if (!member) throw new Error(`${sender} is no member`);
    return this.appender.append(member, drafts).results;
  }

  /** Where the one message that is sent ends up; a refusal fails the test. */
  place(sender: string, id: string): Acked {
    const [result] = this.append(sender, id);
    if (!result?.ok) throw new Error(`refused: ${result?.refusal.message}`);
    return result.value;
  }

  /** Everything is archived, and what may go goes. */
  prune(horizon: Horizon): void {
    const { log } = this.tables;
    for (const row of this.rows()) this.#archive.set(row.seq, row);
    this.sql.run("UPDATE conversation SET archived = ? WHERE one = 1", this.appender.head);
    for (const member of this.#roster.all()) member.flushed = this.appender.head;
    const [alarms, head] = [new Alarms(() => undefined), () => this.appender.head];
    const [sql, clock, roster] = [this.sql, this.time, this.#roster];
    const rotation = new Rotation({ sql, clock, log, roster, horizon, alarms, head });
    while (rotation.step() !== "rests");
  }

  rows(): LogRow[] {
    const { log } = this.tables;
    const pruned = [...this.#archive.values()].filter(({ seq }) => seq <= log.pruned);
    return [...pruned, ...log.after(log.pruned, 1_000_000)];
  }

  /** Ids that have a row of their own. */
  seen(): string[] {
    return this.sql.all<{ client_id: string }>("SELECT client_id FROM seen").map(({ client_id }) => client_id);
  }

  #members(): Roster {
    return new Roster(this.sql, "group", false);
  }

  #load(): Appender {
    const acts = new MessageActs({
      ...this.tables,
      roster: this.#roster,
      mark: MARK,
      standing: ({ role }) => ({ type: "group", role, settings: effectiveSettings("group") }),
      floor: () => 1,
      lifetime: () => 0,
      emptied: () => undefined,
      expires: () => undefined,
    });
    return new Appender({
      sql: this.sql,
      clock: this.time,
      log: this.tables.log,
      mark: MARK,
      judge: (member, write, at) => {
        if (write.op !== undefined && write.op !== "send") throw new Error("this log takes messages only");
        return acts.send(member, write, at);
      },
    });
  }
}
