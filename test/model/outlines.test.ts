import { describe, expect, it } from "vitest";
import { rowOf } from "../../src/core/conversation/log-table.ts";
import { Alarms } from "../../src/core/conversation/alarms.ts";
import type { LogRow, LogTable } from "../../src/core/conversation/log-table.ts";
import { Roster } from "../../src/core/conversation/roster.ts";
import { Rotation } from "../../src/core/conversation/rotation.ts";
import { openTables } from "../../src/core/conversation/tables.ts";
import type { Tables } from "../../src/core/conversation/tables.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import type { NodeSql } from "../unit/node-sql.ts";
import { conversationStore, foundConversation } from "../unit/stores.ts";
import { PATIENCE_MS } from "./runs.ts";

const PEOPLE = ["ann", "bob", "constructor"];
const RUNS = Number(process.env["MODEL_RUNS"] ?? 4);
const STEPS = 120;
const LATE_MS = 1_000_000;

/** The newest message below `before` that the reader sees. */
const newestOf = (log: LogTable, before: number, reader?: string): LogRow[] =>
  log
    .after(0, 1_000_000)
    .filter(({ kind, seq, hidden_from }) => kind === "message" && seq < before && hidden_from !== (reader ?? ""))
    .slice(-1);

/** One log twice: once wholly at hand, once pruned all the time. Whatever is asked, both have to answer the same. */
class Pair {
  readonly whole: Tables;
  pruned: Tables;
  head = 1;
  now = 1000;
  turns = 0;
  readonly ids: { sender: string; id: string; at: number }[] = [];
  readonly #random: () => number;
  readonly #sql: NodeSql;
  readonly #oracle: NodeSql;

  constructor(random: () => number) {
    this.#random = random;
    [this.#oracle, this.#sql] = [conversationStore(), conversationStore()];
    for (const sql of [this.#oracle, this.#sql])
      foundConversation(sql, PEOPLE, this.now, { type: "group", name: "pair" });
    this.whole = openTables(this.#oracle);
    this.pruned = openTables(this.#sql);
  }

  number(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.number(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** The object sleeps and wakes. */
  wake(): void {
    this.pruned = openTables(this.#sql);
  }

  step(): void {
    this.now += this.number(3);
    const messages = this.whole.log.after(0, 1_000_000).filter(({ kind }) => kind === "message");
    const standing = messages.filter(({ deleted_seq }) => deleted_seq === null);
    const what = this.number(10);
    if (what < 6 || standing.length === 0) this.#say(standing);
    else if (what === 6) this.#insert({ kind: "reaction", body: "{}" });
    else if (what === 7) this.#edit(this.pick(standing));
    else if (what === 8) this.#delete(this.pick(standing));
    else this.#show(this.pick(messages));
  }

  /** The older generation goes, as soon as there is anything in it. */
  turn(): void {
    this.#sql.run("UPDATE conversation SET archived = ? WHERE one = 1", this.head);
    this.#sql.run("DELETE FROM stale WHERE seq > ?", 0);
    const { log } = this.pruned;
    const roster = new Roster(this.#sql, "group", false);
    for (const member of roster.all()) Object.assign(member, { flushed: this.head, veiled: true });
    const clock = { now: () => this.now };
    const horizon = { entries: 1 + this.number(12), ms: 0, step: 1 + this.number(6) };
    const rotation = new Rotation({
      sql: this.#sql,
      clock,
      log,
      roster,
      horizon,
      alarms: new Alarms(() => undefined),
      head: () => this.head,
    });
    if (rotation.step() === "turned") this.turns++;
  }

  #say(standing: readonly LogRow[]): void {
    const root = standing.filter(({ thread }) => thread === null)[this.number(3)];
    const mentions = this.pick([[], [], ["bob"], ["@all"], ["constructor", "ann"], ["prototype"]]);
    this.#insert({
      kind: "message",
      body: JSON.stringify({ type: "text", content: `text ${this.head}` }),
      mentions: mentions.length > 0 ? JSON.stringify(mentions) : null,
      thread: root && this.number(2) === 0 ? root.seq : null,
      expires_at: this.number(8) === 0 ? this.now + LATE_MS + this.number(50) : null,
      hidden_from: this.number(6) === 0 ? this.pick(PEOPLE) : null,
    });
  }

  #insert(entry: Pick<LogRow, "kind" | "body"> & Partial<LogRow>): LogRow {
    this.head++;
    const sender_id = this.pick(PEOPLE);
    const client_id = this.number(4) === 0 ? null : `id-${this.head}`;
    const row = { ...rowOf({ sender_id, client_id, at: this.now, ...entry, seq: this.head }) };
    if (client_id !== null) this.ids.push({ sender: row.sender_id, id: client_id, at: row.at });
    this.whole.log.insert(row, false);
    this.pruned.log.insert(row, false);
    return row;
  }

  /** Whoever changes an entry has it recalled before, with its edits. */
  #each(row: LogRow, work: (tables: Tables) => void): void {
    work(this.whole);
    const edits = row.edited === null ? [] : (JSON.parse(row.edited) as { entries: number[] }).entries;
    const { log } = this.pruned;
    const rows = [row.seq, ...edits].filter((seq) => seq <= log.pruned).map((seq) => this.#archived.get(seq));
    log.recalling(
      (seq) => rows.find((one) => one?.seq === seq),
      () => work(this.pruned),
    );
    this.archive();
  }

  readonly #archived = new Map<number, LogRow>();

  /** The archive has everything as it stands. */
  archive(): void {
    for (const row of this.whole.log.after(0, 1_000_000)) this.#archived.set(row.seq, row);
  }

  #edit(row: LogRow): void {
    const entry = this.#insert({
      kind: "edit",
      body: JSON.stringify({ target: row.seq, content: "new" }),
      sender_id: row.sender_id,
    });
    this.#each(row, ({ messages }) => messages.edit(row, "new", entry));
  }

  #delete(row: LogRow): void {
    const entry = this.#insert({ kind: "delete", body: JSON.stringify({ target: row.seq }) });
    this.#each(row, ({ messages }) => messages.delete(row, entry.seq, entry.at));
  }

  #show(row: LogRow): void {
    this.#each(row, ({ log }) => log.change(row.seq, { hidden_from: null }));
  }

  /** Everything that is asked of a log without reading what is in the archive. */
  questions(): ((tables: Tables) => unknown)[] {
    const [user, after] = [this.pick(PEOPLE), this.number(this.head + 1)];
    const head = after + this.number(this.head - after + 1);
    const roots = [...new Set(this.whole.log.after(0, 1_000_000).map(({ thread }) => thread ?? 0))];
    const [root, { sender, id, at }] = [this.pick(roots), this.pick(this.ids)];
    const last = this.pruned.log.pruned + 1 + this.number(this.head - this.pruned.log.pruned + 1);
    return [
      ({ messages }) => messages.countOthers(user, after, head),
      ({ messages }) => new Map(messages.newestBySender(after)),
      ({ log }) => log.newestCounted(after, user),
      ({ log }) => log.newestCounted(0, null),
      ({ log }) => log.mentioning(after),
      ({ log }) => log.findBetween(sender, id, at - 2, at + 2),
      ({ log }) => log.findBetween(sender, id, at, at),
      ({ log }) => log.findBetween(sender, id, at + 1, at + 99),
      ({ log }) => log.findBetween("bob", id, at, at),
      ({ log }) => log.stampOf(1 + after),
      ({ messages }) => new Set(messages.rootsAmong(roots, user)),
      ({ messages }) => messages.thread(root, user, after, head),
      ({ messages }) => messages.threadRead(root, user),
      ({ messages }) => messages.threads(user, this.number(1), this.head + 1, 1000),
      ({ messages }) => messages.threads(user, after, head, 3),
      ({ messages }) => messages.nextExpiry(),
      ({ messages }) => messages.expired(this.now + 2 * LATE_MS, 1000).toSorted((a, b) => a.seq - b.seq),
      ({ log }) => newestOf(log, last),
      ...PEOPLE.map(
        (reader) =>
          ({ log }: Tables) =>
            newestOf(log, last, reader),
      ),
      ({ log }) => log.after(this.pruned.log.pruned, 1000).filter(({ seq }) => seq > this.pruned.log.pruned),
      // Whoever is brought what is here looks at what it changed.
      ({ log }) =>
        this.whole.log
          .after(this.pruned.log.pruned, 1000)
          .filter(({ kind }) => kind === "edit" || kind === "delete")
          .map(({ body }) => log.at((JSON.parse(body) as { target: number }).target)),
      // A deletion empties edits, and the newest message may be shown as it stood before one.
      ({ log }) =>
        [
          ...["", ...PEOPLE].flatMap((reader) => newestOf(log, last, reader)),
          ...this.whole.messages.expired(Infinity, 1000),
        ]
          .flatMap(({ edited }) => (edited === null ? [] : (JSON.parse(edited) as { entries: number[] }).entries))
          .map((seq) => log.at(seq)),
    ];
  }
}

describe("what is known of entries that are pruned", () => {
  it(
    "is exactly what the log would answer, whatever happened before and after",
    () => {
      const seed = chooseSeed();
      console.log(`outlines: PARLEY_SEED=${seed}`);
      const random = seeded(seed);
      let turns = 0;
      for (let run = 0; run < RUNS; run++) {
        const pair = new Pair(random);
        for (let step = 0; step < STEPS; step++) {
          pair.step();
          pair.archive();
          if (pair.number(2) === 0) pair.turn();
          if (pair.number(9) === 0) pair.wake();
          if (pair.ids.length === 0) continue;
          for (const [index, ask] of pair.questions().entries())
            expect(ask(pair.pruned), `run ${run}, step ${step}, question ${index}`).toEqual(ask(pair.whole));
        }
        turns += pair.turns;
      }
      expect(turns).toBeGreaterThan(4 * RUNS);
    },
    PATIENCE_MS,
  );
});
