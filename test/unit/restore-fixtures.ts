import { isMarked, resumeRestored } from "../../src/core/conversation/restored.ts";
import { Restores } from "../../src/core/duties/restores.ts";
import type { Restorable } from "../../src/core/duties/restores.ts";
import { Inbox } from "../../src/core/inbox/inbox.ts";
import type { SqlValue } from "../../src/core/ports.ts";
import { openStore } from "../../src/core/store.ts";
import type { LegalHold } from "../../src/shared/protocol/http-admin.ts";
import { refuse } from "../../src/shared/result.ts";
import type { Result } from "../../src/shared/result.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";
import { noticesIn } from "./inbox-fixtures.ts";
import { NodeSql } from "./node-sql.ts";
import { DUTIES, userStore } from "./stores.ts";

type Snapshot = ReadonlyMap<string, readonly Record<string, SqlValue>[]>;

const tablesOf = (sql: NodeSql): string[] =>
  sql.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").map(({ name }) => name);

const snapshotOf = (sql: NodeSql): Snapshot =>
  new Map(tablesOf(sql).map((table) => [table, sql.all(`SELECT * FROM ${table}`)]));

const restoreTo = (sql: NodeSql, snapshot: Snapshot): void => {
  for (const [table, rows] of snapshot) {
    sql.run(`DELETE FROM ${table}`);
    for (const row of rows) {
      const columns = Object.keys(row);
      const places = columns.map(() => "?").join(", ");
      sql.run(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`, ...Object.values(row));
    }
  }
};

/** Two people, three messages, and a point in time; and what came after it: more, read and delivered, and one that was deleted. */
export const markedIn = async () => {
  const talk = new Talk();
  const homes = new Map<string, Inbox>();
  for (const user of ["ann", "bob"]) {
    const sql = userStore();
    const notices = noticesIn(sql, talk.time);
    const deps = { sql, clock: talk.time, user, notices, hidesReads: () => false, deviceGone: () => undefined };
    homes.set(user, new Inbox(deps));
  }
  const state = (user: string) => {
    const inbox = homes.get(user);
    if (!inbox) throw new Error(`${user} has no inbox`);
    return inbox;
  };
  talk.answer = async (user, delivery) => {
    const inbox = state(user);
    inbox.apply(delivery);
    inbox.flush();
    return inbox.state("c1");
  };
  const write = async (content: string): Promise<string> => {
    const { message_id } = valueOf(talk.send("bob", content, {}, state("bob").state("c1")));
    await talk.pass(10_000);
    return message_id;
  };
  const [first] = [await write("one"), await write("two"), await write("three")];
  const snapshot = snapshotOf(talk.sql);
  const past = talk.time.now();
  await talk.pass(10_000);
  for (const content of ["four", "five", "six"]) await write(content);
  talk.do("bob", { op: "delete", message_id: first });
  await talk.pass(10_000);
  const inbox = state("ann");
  talk.conversation.receipt({ user: "ann", read: 6, inbox: inbox.state("c1") });
  await talk.pass(10_000);

  const platform = { restored: 0, isThere: true, going: async (): Promise<void> => undefined };
  const rest: Restorable = {
    restorePoint: async (at) =>
      platform.isThere
        ? talk.conversation.duties.restorePoint(at)
        : refuse("unsupported", "unable to restore; the platform has nothing of that time"),
    markLeaving: async (epoch) => talk.conversation.duties.markLeaving(epoch),
    goBack: async () => {
      await platform.going();
      if (!isMarked(talk.sql)) return { ok: true, value: true };
      restoreTo(talk.sql, snapshot);
      platform.restored++;
      talk.crash();
      throw new Error("the object ended");
    },
    resume: async (epoch, holds) => {
      if (isMarked(talk.sql)) return { ok: true, value: undefined };
      const head = resumeRestored(talk.sql, epoch, holds);
      talk.crash();
      await talk.conversation.onAlarm();
      return { ok: true, value: head };
    },
  };
  /** The call that fails: before it does anything, or before its answer arrives. */
  let failing: { step: number; readonly when: "before" | "after" } | undefined;
  const failingAt = (when: "before" | "after"): void => {
    if (failing?.when !== when || failing.step !== 0) return;
    failing = undefined;
    throw new Error("the server died");
  };
  const over =
    <A extends unknown[], T>(call: (...args: A) => Promise<Result<T>>) =>
    async (...args: A): Promise<Result<T>> => {
      failingAt("before");
      const passed = (): void => {
        failingAt("after");
        if (failing) failing.step--;
      };
      const answer = await call(...args).catch((error: unknown) => {
        passed();
        throw error;
      });
      passed();
      return answer;
    };
  const conversation = (): Restorable => ({
    restorePoint: over((at: number) => rest.restorePoint(at)),
    markLeaving: over((epoch: number) => rest.markLeaving(epoch)),
    goBack: over((at: number) => rest.goBack(at)),
    resume: over((epoch: number, holds: readonly LegalHold[]) => rest.resume(epoch, holds)),
  });
  const sql = openStore(new NodeSql(), DUTIES);
  const open = (): Restores => new Restores({ sql, clock: talk.time, conversation, waits: () => undefined });
  const hold: LegalHold = {
    hold_id: "h1",
    conversation_id: "c1",
    reason: "r",
    placed_at: "2026-01-01T00:00:00.000Z",
    placed_by: "root",
  };
  const world = {
    talk,
    homes,
    past,
    platform,
    hold,
    restores: open(),
    fail: (step: number, when: "before" | "after") => (failing = { step, when }),
    /** Whether the call that was to fail came. */
    get hasFailed() {
      return failing === undefined;
    },
    /** The object that carries it through begins anew, and its alarm rings. */
    anotherLife: async (): Promise<void> => {
      failing = undefined;
      world.restores = open();
      if (world.restores.nextAt() === Infinity) await world.restores.restore("c1", past);
      else await world.restores.ring(talk.time.now());
    },
    shown: (user: string): string[] => {
      const page = valueOf(talk.conversation.history.messages(user, { after: 0 }));
      return (JSON.parse(page) as { messages: { content: string }[] }).messages.map(({ content }) => content);
    },
  };
  return world;
};
