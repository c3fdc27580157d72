import { env as bindings } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { Alarms } from "../../src/core/conversation/alarms.ts";
import { found } from "../../src/core/conversation/founding.ts";
import { rowOf } from "../../src/core/conversation/log-table.ts";
import { Roster } from "../../src/core/conversation/roster.ts";
import { Rotation } from "../../src/core/conversation/rotation.ts";
import { openTables } from "../../src/core/conversation/tables.ts";
import { openStore } from "../../src/core/store.ts";
import type { Sql, SqlValue } from "../../src/core/ports.ts";
import type { ConversationObject } from "../../src/objects/conversation/conversation-object.ts";
import { CONVERSATION_MIGRATIONS } from "../../src/objects/conversation/migrations.ts";

const env = bindings as unknown as { readonly CONVERSATION: DurableObjectNamespace<ConversationObject> };
const HOT = 1000;

/** An object's own database, and what the platform says that it wrote. */
class CountingSql implements Sql {
  rows = 0;
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  all<Row>(statement: string, ...values: readonly SqlValue[]): Row[] {
    const cursor = this.#storage.sql.exec(statement, ...values);
    const rows = cursor.toArray() as Row[];
    this.rows += cursor.rowsWritten;
    return rows;
  }

  run(statement: string, ...values: readonly SqlValue[]): void {
    this.rows += this.#storage.sql.exec(statement, ...values).rowsWritten;
  }

  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }
}

it("a generation of 1,000 messages goes for a handful of rows, and is made anew as it was", async () => {
  await runInDurableObject(env.CONVERSATION.getByName("g_local_pruned"), (_object, state) => {
    const counting = new CountingSql(state.storage);
    const sql = openStore(counting, CONVERSATION_MIGRATIONS);
    const founding = { conversation_id: "g_local_pruned", type: "group", region: "local", founder: "ann" } as const;
    found(sql, { ...founding, members: ["bob"], name: "pruned" }, 1000);
    const { log, messages } = openTables(sql);
    const roster = new Roster(sql, "group", false);
    let head = 1;
    const say = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const body = JSON.stringify({ type: "text", content: `message ${head}` });
        const client_id = crypto.randomUUID();
        log.insert(rowOf({ seq: ++head, at: 1000 + head, sender_id: "ann", client_id, kind: "message", body }), false);
      }
      sql.run("UPDATE conversation SET archived = ? WHERE one = 1", head);
      for (const member of roster.all()) member.flushed = head;
    };
    const horizon = { entries: HOT, ms: 0 };
    const alarms = new Alarms(() => undefined);
    const rotation = new Rotation({
      sql,
      clock: { now: () => 1_000_000 },
      log,
      roster,
      horizon,
      alarms,
      head: () => head,
    });
    const made = (): unknown[] =>
      sql.all("SELECT name, sql FROM sqlite_master WHERE tbl_name IN ('log_0', 'log_1') ORDER BY name");
    say(HOT - 1);
    expect(rotation.step()).toBe("turned");
    const before = made();
    for (let turn = 1; turn <= 3; turn++) {
      const rows = counting.rows;
      say(HOT);
      const sent = counting.rows - rows - 1;
      expect(rotation.step()).toBe("turned");
      const pruning = counting.rows - rows - 1 - sent;
      console.log(`cost pruning ${HOT} messages: ${pruning} rows written (sending them: ${sent})`);
      expect(sent).toBe(HOT);
      expect(pruning).toBeLessThanOrEqual(12);
      expect(log.pruned).toBe(turn * HOT);
      expect(made()).toEqual(before);
      expect(messages.countOthers("bob", 0, head)).toEqual({ unread: head - 1, mentions: 0 });
    }
  });
});
