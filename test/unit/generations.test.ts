import { describe, expect, it } from "vitest";
import { rowOf } from "../../src/core/conversation/log-table.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import { openTables } from "../../src/core/conversation/tables.ts";
import { migrate } from "../../src/core/migrations.ts";
import { NodeSql } from "./node-sql.ts";
import { CONVERSATION, conversationStore } from "./stores.ts";

const messageAt = (seq: number, more: Partial<LogRow> = {}): LogRow => ({
  ...rowOf({
    seq,
    at: 1000 + seq,
    sender_id: "ann",
    client_id: `id-${seq}`,
    kind: "message",
    body: JSON.stringify({ type: "text", content: `text ${seq}` }),
  }),
  ...more,
});

/** A conversation of which entries up to `pruned` are in the archive only; the next two are in the older generation. */
const prunedStore = (pruned: number): NodeSql => {
  const sql = conversationStore();
  sql.run(
    `INSERT INTO conversation (one, conversation_id, type, region, epoch, created_at, generation, pruned, archived)
     VALUES (1, 'c1', 'group', 'local', 1, 0, 1, ?, ?)`,
    pruned,
    pruned + 2,
  );
  for (const [table, seq] of [
    ["log_0", pruned + 1],
    ["log_0", pruned + 2],
    ["log_1", pruned + 3],
  ])
    sql.run(
      `INSERT INTO ${table} (seq, at, sender_id, kind, body) VALUES (?, ?, 'ann', 'message', '{}')`,
      seq ?? 0,
      1000 + Number(seq),
    );
  return sql;
};

const staleOf = (sql: NodeSql): number[] =>
  sql.all<{ seq: number }>("SELECT seq FROM stale ORDER BY seq").map(({ seq }) => seq);
const keptOf = (sql: NodeSql): number[] =>
  sql.all<{ seq: number }>("SELECT seq FROM kept ORDER BY seq").map(({ seq }) => seq);

describe("a store of before", () => {
  it("keeps what is in its log, and goes on", () => {
    const sql = new NodeSql();
    migrate(sql, CONVERSATION.slice(0, 4));
    sql.run(
      `INSERT INTO conversation (one, conversation_id, type, region, epoch, created_at) VALUES (1, 'c1', 'group', 'local', 1, ?)`,
      0,
    );
    const rows = [
      messageAt(1, { expires_at: 5000 }),
      messageAt(2, { thread: 1 }),
      messageAt(3, { edited: "{}", deleted_seq: 9, deleted_at: 99, hidden_from: "bob", mentions: '["cem"]' }),
    ];
    for (const row of rows) {
      const columns = Object.keys(row);
      sql.run(
        `INSERT INTO log (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
        ...Object.values(row),
      );
    }
    migrate(sql, CONVERSATION);
    const { log, messages } = openTables(sql);
    expect(log.after(0, 10)).toEqual(rows);
    expect(messages.nextExpiry()).toBe(5000);
    expect(messages.rootsAmong([1, 2, 3], "ann")).toEqual(new Set([1]));
    log.insert(messageAt(4), false);
    expect(log.head().seq).toBe(4);
    expect(log.pruned).toBe(0);
    expect(log.claimed).toBe(0);
  });
});

describe("entries in their generation", () => {
  it("new ones go to the newer one, and all are read as one log", () => {
    const sql = prunedStore(10);
    const { log } = openTables(sql);
    log.insert(messageAt(14), false);
    expect(sql.all("SELECT seq FROM log_1 ORDER BY seq")).toEqual([{ seq: 13 }, { seq: 14 }]);
    expect(log.after(10, 9).map(({ seq }) => seq)).toEqual([11, 12, 13, 14]);
    expect([11, 12, 13, 14, 15].map((seq) => log.at(seq)?.seq)).toEqual([11, 12, 13, 14, undefined]);
  });

  it("when the newer one is empty, it begins where the older one ends", () => {
    const sql = prunedStore(10);
    sql.run("DELETE FROM log_1 WHERE seq > ?", 0);
    const { log } = openTables(sql);
    expect(log.head().seq).toBe(12);
    log.insert(messageAt(13), false);
    log.change(13, { body: "{}" });
    expect(log.at(13)?.body).toBe("{}");
    log.change(12, { body: `{"a":1}` });
    expect(log.at(12)?.body).toBe(`{"a":1}`);
  });
});

describe("an entry that changes", () => {
  it("is to be archived again when it is archived, or on its way there", () => {
    const sql = prunedStore(10);
    const { log } = openTables(sql);
    log.change(12, { hidden_from: "bob" });
    log.change(13, { hidden_from: "bob" });
    expect(log.at(12)?.hidden_from).toBe("bob");
    expect(staleOf(sql)).toEqual([12]);
    log.claimed = 13;
    log.change(13, { hidden_from: null });
    log.change(13, { deleted_seq: 14 });
    expect(log.at(13)).toMatchObject({ hidden_from: null, deleted_seq: 14 });
    expect(staleOf(sql)).toEqual([12, 13]);
  });

  it("is kept when it was pruned, and is then what it became, whatever is recalled", () => {
    const sql = prunedStore(10);
    const { log } = openTables(sql);
    const before = messageAt(4, { thread: 2 });
    expect(() => log.change(4, { body: "{}" })).toThrow("unable to change entry 4");
    log.recalling(
      () => before,
      () => {
        expect(log.at(4)).toEqual(before);
        log.change(4, { deleted_seq: 13, deleted_at: 77 });
        expect(log.at(4)).toEqual({ ...before, deleted_seq: 13, deleted_at: 77 });
      },
    );
    log.change(4, { body: "{}" });
    expect(log.at(4)).toEqual({ ...before, body: "{}", deleted_seq: 13, deleted_at: 77 });
    expect([keptOf(sql), staleOf(sql)]).toEqual([[4], [4]]);
  });

  it("is forgotten again when it was only recalled", () => {
    const { log } = openTables(prunedStore(10));
    const found = (): number | undefined => log.at(4)?.seq;
    expect(log.recalling((seq) => messageAt(seq), found)).toBe(4);
    expect(log.at(4)).toBeUndefined();
  });

  it("is told to whoever listens, each time", () => {
    const { log } = openTables(prunedStore(10));
    const told: number[] = [];
    log.onChange((seq) => told.push(seq));
    log.recalling(messageAt, () => {
      for (const seq of [11, 4, 13, 4]) log.change(seq, { body: "{}" });
    });
    expect(told).toEqual([11, 4, 13, 4]);
  });
});
