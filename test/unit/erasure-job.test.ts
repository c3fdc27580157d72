import { beforeEach, describe, expect, it } from "vitest";
import { Alarm } from "../../src/core/alarm.ts";
import type { ErasedHere } from "../../src/core/conversation/erasing.ts";
import { migrate } from "../../src/core/migrations.ts";
import { ErasureJob } from "../../src/core/personal/erasure-job.ts";
import type { ErasureReach } from "../../src/core/personal/erasure-job.ts";
import { canonicalJson } from "../../src/shared/audit-chain.ts";
import { sha256 } from "../../src/shared/sha256.ts";
import { codeOf, valueOf } from "./conversation-fixtures.ts";
import { NodeSql } from "./node-sql.ts";
import { JOBS } from "./stores.ts";
import { VirtualTime } from "./virtual-time.ts";

const WISH = { erasure_id: "e1", user_id: "bob", reason: "he asked for it", by: "operator" };
/** Calls that each conversation takes; the last of them waits for the archive once. */
const LENGTHS: Readonly<Record<string, number>> = { c1: 40, c2: 1, c3: 5 };
const NONE = { messages: 0, reactions: 0, scheduled: 0, invites: 0, thread_reads: 0, memberships: 0 };

let time: VirtualTime;
let sql: NodeSql;
let world: World;

/** Everybody whom it reaches, who remembers what is done already. Fails at the calls that it is told to, before or after. */
class World implements ErasureReach {
  readonly calls: string[] = [];
  readonly certified: string[] = [];
  readonly done = new Map<string, number>();
  failAt = Infinity;
  archiveIsDown = false;
  #count = 0;

  async #pass<T>(call: string, work: () => T): Promise<T> {
    this.calls.push(call);
    if (++this.#count === this.failAt) throw new Error("before");
    const result = work();
    if (++this.#count === this.failAt) throw new Error("after");
    return result;
  }
  get count(): number {
    return this.#count;
  }

  suspend(): Promise<void> {
    return this.#pass("suspend", () => undefined);
  }
  conversations(): Promise<readonly string[]> {
    return this.#pass("list", () => ["c1", "gone", "c2", "c3"]);
  }
  conversation(id: string): Promise<ErasedHere | undefined> {
    return this.#pass(id, () => {
      const length = LENGTHS[id];
      if (length === undefined) return undefined;
      const calls = Math.min((this.done.get(id) ?? 0) + 1, length + 2);
      this.done.set(id, calls);
      const messages = Math.min(calls, length);
      const isDone = calls > length + 1 && !this.archiveIsDown;
      return {
        isDone,
        hasMore: calls < length,
        removed: { ...NONE, messages, memberships: calls >= length ? 1 : 0 },
        held: id === "c3" ? 2 : 0,
        stays: id === "c2",
      };
    });
  }
  account(): Promise<Record<string, number>> {
    return this.#pass("account", () => ({ devices: 3, list: 4 }));
  }
  certify({ hash }: { readonly hash: string }): Promise<void> {
    return this.#pass("certify", () => void this.certified.push(hash));
  }
}

const life = () => {
  const job = new ErasureJob({ sql, clock: time, reach: world, archiveBackupDays: 90, waits: () => alarm.changed() });
  const alarm: Alarm = new Alarm([job], () => undefined);
  return { job, alarm };
};

const run = async (rings = 400): Promise<void> => {
  for (let n = 0; n < rings; n++) {
    await life().alarm.ring(time.now());
    await time.pass(1000);
    if (valueOf(life().job.state()).status === "done") return;
  }
};

const check = (): void => {
  const { certificate, ...state } = valueOf(life().job.state());
  expect(state).toMatchObject({ status: "done", done: 4, of: 4 });
  if (!certificate) throw new Error("there is none");
  const { hash, ...rest } = certificate;
  expect(hash).toBe(sha256(canonicalJson(rest)));
  expect(rest.removed).toMatchObject({ messages: 46, memberships: 3, devices: 3, list: 4 });
  const remains = new Map(rest.remains.map(({ what, count }) => [what, count]));
  expect(remains.get("messages, for legal holds")).toBe(2);
  expect(remains.get("direct conversations, for the others")).toBe(1);
  expect(rest.horizons.map(({ days }) => days)).toEqual([30, 90, 7]);
  expect(new Set(world.certified)).toEqual(new Set([hash]));
};

const begin = (): void => {
  time = new VirtualTime();
  sql = new NodeSql();
  migrate(sql, JOBS);
  world = new World();
};
beforeEach(begin);

describe("the erasure of a person", () => {
  it("[DATA-11] [DATA-13] suspends first, then goes through his conversations, then his account, and is certified", async () => {
    valueOf(life().job.begin(WISH));
    await run();
    check();
    expect(world.calls[0]).toBe("suspend");
    expect(world.calls.slice(-2)).toEqual(["account", "certify"]);
    expect(valueOf(life().job.begin(WISH)).status).toBe("done");
    expect(codeOf(life().job.begin({ ...WISH, user_id: "ann" }))).toBe("conflict");
    expect(life().job.nextAt()).toBe(Infinity);
  });

  it("[DATA-11] comes to the same end wherever it is interrupted", async () => {
    valueOf(life().job.begin(WISH));
    await run();
    const steps = world.count;
    for (let at = 1; at <= steps; at++) {
      begin();
      world.failAt = at;
      valueOf(life().job.begin(WISH));
      await run();
      check();
    }
  });

  it("[DATA-11] does not end while the archive of a conversation is down, which holds up no other", async () => {
    world.archiveIsDown = true;
    valueOf(life().job.begin(WISH));
    await run(200);
    expect(valueOf(life().job.state())).toMatchObject({ status: "running", done: 1, of: 4 });
    expect([...world.done].every(([id, calls]) => calls > (LENGTHS[id] ?? 0))).toBe(true);
    expect(world.calls).not.toContain("account");
    world.archiveIsDown = false;
    await run();
    check();
  });
});
