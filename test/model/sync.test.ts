import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EncodedEntry } from "../../src/core/conversation/delivery.ts";
import type { LogSlice } from "../../src/core/conversation/history.ts";
import { Sync } from "../../src/objects/user/sync.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { syncAnswer } from "../../src/shared/protocol/conversation.ts";
import type { SyncAnswer } from "../../src/shared/protocol/conversation.ts";
import { refuse } from "../../src/shared/result.ts";
import type { Result } from "../../src/shared/result.ts";
import { conform } from "../support/validate.ts";
import { seeded } from "../support/random.ts";
import { deliveryOf, Home, message, settings } from "../unit/inbox-fixtures.ts";
import { budget, PATIENCE_MS } from "./runs.ts";
import { broken } from "./truth.ts";

/** No conversation of these is a large one. */
const NO_VISITS = { all: async () => undefined };
const CONVERSATIONS = 6;
const DEVICES = ["phone", "tablet", "laptop"] as const;

/** A user's list, the logs behind it, and its sync. */
class List {
  readonly home = new Home("ann", []);
  readonly failing = new Set<string>();
  /** What was read from logs: each is a call to a conversation. */
  readonly reads: { readonly id: string; readonly after: number }[] = [];
  /** In the middle of a call to a conversation. */
  whileReading: () => void = () => undefined;
  readonly #conversations: number;
  readonly #logs = new Map<string, EncodedEntry[]>();
  readonly #reads = new Map<string, number>();

  constructor(conversations: number) {
    this.#conversations = conversations;
  }

  id(index: number): string {
    return `c${index % this.#conversations}`;
  }

  /** `count` more messages in a conversation, from somebody else or from the user. */
  grow(index: number, count: number, sender: string): void {
    const id = this.id(index);
    const log = this.#logs.get(id) ?? [];
    this.#logs.set(id, log);
    for (let left = count; left > 0; left--)
      log.push(log.length === 0 ? settings(1, "bob") : message(log.length + 1, sender));
    this.deliver(id);
  }

  /** What the list does not have, or has lost. */
  deliver(conversation_id: string): void {
    const { head } = this.home.inbox.state(conversation_id);
    const entries = (this.#logs.get(conversation_id) ?? []).slice(head);
    const read = this.#reads.get(conversation_id) ?? 0;
    const lost = read > (this.home.inbox.row(conversation_id)?.readUpTo ?? 0);
    const own = { read_up_to: read, unread: head + entries.length - read, mentions: 0 };
    if (entries.length > 0 || lost)
      this.home.inbox.apply(deliveryOf(entries, { conversation_id, after: head, ...(lost ? { own } : {}) }));
  }

  read(index: number, behind: number): void {
    const row = this.home.inbox.row(this.id(index));
    const read_up_to = (row?.head ?? 0) - behind;
    if (!row || read_up_to <= row.readUpTo) return;
    this.#reads.set(row.conversation_id, read_up_to);
    this.home.inbox.setRead(row, { read_up_to, unread: row.head - read_up_to, mentions: 0 }, []);
  }

  /** Memory is gone, with what was not written; conversations bring it again. */
  crash(): void {
    this.home.crash();
    for (const id of this.#logs.keys()) this.deliver(id);
  }

  readonly log = async (id: string, after: number, limit = LIMITS.pageDefault): Promise<Result<LogSlice>> => {
    this.reads.push({ id, after });
    this.whileReading();
    if (this.failing.has(id)) return refuse("internal", "unable to reach the conversation; try again");
    const log = this.#logs.get(id) ?? [];
    // A conversation may give less than it is asked for.
    const found = log.slice(after, after + Math.min(limit, 37));
    const entries = `[${found.map(({ json }) => json).join(",")}]`;
    const slice = { entries, count: found.length, end: after + found.length, bytes: 0 };
    return { ok: true, value: { ...slice, head_seq: log.length, epoch: 1 } };
  };

  /** A memory of nothing: each answer is made by an object that has just woken. */
  async answer(since: number, device: string | undefined): Promise<SyncAnswer> {
    const text = await new Sync(this.home.inbox, { log: this.log }, NO_VISITS).fields(since, device);
    return conform(syncAnswer, JSON.parse(`{${text}}`), "a sync answer");
  }
}

interface Held {
  since: number;
  readonly rows: Map<string, SyncAnswer["conversations"][number]>;
  /** Up to where each conversation is complete, from wherever it begins. */
  readonly tops: Map<string, number>;
  /** Where each conversation was when the device first acknowledged anything: from then on what it lacks is kept. */
  knownAt: ReadonlyMap<string, number> | undefined;
}

const place = fc.nat(CONVERSATIONS - 1);
const device = fc.nat(DEVICES.length - 1);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("grow" as const),
      place,
      count: fc.constantFrom(1, 2, 10, 60, 230),
      sender: fc.constantFrom("ann", "bob"),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("read" as const), place, behind: fc.nat(5) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("sync" as const), device }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("acknowledge" as const), device }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("flush" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("sleep" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("failing" as const), place, fails: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Rows as they are compared. What a device acknowledges raises no rev: it would raise one with every message. */
const rowsOf = (rows: Iterable<SyncAnswer["conversations"][number]>): string[] =>
  Array.from(rows, (row) =>
    JSON.stringify(row, (key, value: unknown) => (key === "delivered_up_to" ? undefined : value)),
  ).toSorted();

class Player {
  readonly #list = new List(CONVERSATIONS);
  readonly #held = new Map<string, Held>();
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
    for (const name of DEVICES)
      this.#held.set(name, { since: 0, rows: new Map(), tops: new Map(), knownAt: undefined });
  }

  async run(one: Step): Promise<void> {
    const { home } = this.#list;
    if (one.do === "grow") this.#list.grow(one.place, one.count, one.sender);
    else if (one.do === "read") this.#list.read(one.place, one.behind);
    else if (one.do === "acknowledge") this.#acknowledge(one.device);
    else if (one.do === "sync") await this.#sync(DEVICES[one.device] ?? "phone");
    else if (one.do === "flush") home.inbox.flush();
    else if (one.do === "crash") {
      await home.time.pass(1000);
      this.#list.crash();
    } else if (one.do === "sleep") {
      home.inbox.flush();
      await home.time.pass(1000);
      home.crash();
    } else if (one.fails) this.#list.failing.add(this.#list.id(one.place));
    else this.#list.failing.delete(this.#list.id(one.place));
  }

  async end(): Promise<void> {
    this.#list.failing.clear();
    for (const name of DEVICES) {
      await this.#sync(name);
      const held = this.#device(name);
      const fresh = await this.#list.answer(0, name);
      // I7: what a device knows from its syncs is what it would know from a fresh one.
      expect(rowsOf(held.rows.values())).toEqual(rowsOf(fresh.conversations));
    }
    this.#list.home.sql.close();
  }

  #device(name: string): Held {
    const held = this.#held.get(name);
    if (!held) throw new Error(`${name} is no device`);
    return held;
  }

  #acknowledge(index: number): void {
    const name = DEVICES[index] ?? "phone";
    const { inbox } = this.#list.home;
    const held = this.#device(name);
    for (const [id, top] of held.tops) {
      // Not everything at once: a device coalesces.
      if (this.#random() < 0.7) inbox.acknowledge(this.#list.home.row(id), name, top);
    }
    if (!inbox.devices.isKnown(name)) return;
    const heads = inbox
      .keys()
      .map(({ conversation_id }) => [conversation_id, inbox.state(conversation_id).head] as const);
    held.knownAt ??= new Map(heads);
  }

  async #sync(name: string): Promise<void> {
    const held = this.#device(name);
    this.#list.reads.length = 0;
    const answer = await this.#list.answer(held.since, name);
    const read = this.#list.reads.find(({ id, after }) => held.knownAt && after >= (held.knownAt.get(id) ?? 0));
    if (read)
      throw broken("SYNC-2", "a conversation was asked for what is kept", { read, knownAt: [...(held.knownAt ?? [])] });
    const again = await this.#list.answer(held.since, name);
    if (JSON.stringify(answer) !== JSON.stringify(again))
      throw broken("SYNC-7", "asked twice, answered twice", [answer, again]);
    if (answer.rev < held.since) throw broken("SYNC-1", "rev fell", answer);
    const activities = answer.conversations.map((row) => Date.parse(row.last_message?.timestamp ?? row.created_at));
    if (activities.some((at, i) => at > (activities[i - 1] ?? Infinity)))
      throw broken("SYNC-4", "not in order of activity", activities);
    for (const row of answer.conversations) this.#check(name, held, row, answer);
    held.since = answer.rev;
  }

  #check(name: string, held: Held, row: SyncAnswer["conversations"][number], answer: SyncAnswer): void {
    const { inbox } = this.#list.home;
    const id = row.conversation_id;
    held.rows.set(id, row);
    const entries = answer.entries[id] ?? [];
    const cut = answer.truncated.includes(id);
    const acknowledged = this.#list.home.row(id).devices[name] ?? 0;
    const most = inbox.devices.isKnown(name) ? LIMITS.syncEntriesPerConversation : LIMITS.syncEntriesForNewDevice;
    const from = Math.max(acknowledged, row.head_seq - most);
    const details = { id, cut, from, acknowledged, head: row.head_seq, first: entries[0]?.seq, count: entries.length };
    const seqs = entries.map(({ seq }) => seq);
    const whole = seqs.length === row.head_seq - from && seqs.every((seq, i) => seq === from + i + 1);
    const failed = this.#list.failing.has(id) && this.#list.reads.some((read) => read.id === id);
    if (failed ? !cut || seqs.length > 0 : !whole)
      throw broken("SYNC-4", "not what the device has not acknowledged", details);
    if (!failed && cut !== from > acknowledged) throw broken("LIM-5", "wrongly named as truncated, or not", details);
    // A device pages back what is truncated: then it is complete.
    if (!failed) held.tops.set(id, row.head_seq);
  }
}

const play = async ({ seed, steps }: { seed: number; steps: readonly Step[] }): Promise<void> => {
  const player = new Player(seed);
  for (const one of steps) await player.run(one);
  await player.end();
};

describe("sync", () => {
  it(
    "[I7] [SYNC-4] [SYNC-5] [LIM-5] brings what a device misses, and only that",
    { timeout: PATIENCE_MS },
    async () => {
      const histories = fc.record({
        seed: fc.integer(),
        steps: fc.array(step, { minLength: 1, maxLength: 60, size: "max" }),
      });
      await fc.assert(fc.asyncProperty(histories, play), budget("sync", 60));
    },
  );

  it("[LIM-6] [SYNC-6] a list of many pages is walked with rev, and changes meanwhile are not missed", async () => {
    const count = 2 * LIMITS.syncConversations + 30;
    const list = new List(count);
    for (let i = 0; i < count; i++) list.grow(i, 2, "bob");
    const rows = new Map<string, number>();
    let since = 0;
    let pages = 0;
    for (let more = true; more; pages++) {
      const answer = await list.answer(since, "phone");
      expect(answer.conversations.length).toBeLessThanOrEqual(LIMITS.syncConversations);
      for (const row of answer.conversations) rows.set(row.conversation_id, row.head_seq);
      // What was on this page changes, and what is on none yet.
      if (pages === 0) for (const index of [0, 1, count - 1]) list.grow(index, 1, "bob");
      ({ rev: since, more } = answer);
    }
    expect(pages).toBe(3);
    expect(rows.size).toBe(count);
    for (const [id, head] of rows) expect(head).toBe(list.home.row(id).head);
    expect((await list.answer(since, "phone")).conversations).toEqual([]);
  });

  it("[SYNC-10] a since that was never given out brings the whole list", async () => {
    const list = new List(3);
    for (let i = 0; i < 3; i++) list.grow(i, 2, "bob");
    const { rev } = await list.answer(0, "phone");
    expect((await list.answer(rev, "phone")).conversations).toHaveLength(0);
    expect((await list.answer(rev + 1, "phone")).conversations).toHaveLength(3);
    expect((await list.answer(rev + 1, "phone")).rev).toBe(rev);
  });

  it("[SYNC-2] 200 conversations with 50 missed entries each, and none of them is asked", async () => {
    const list = new List(LIMITS.syncConversations);
    const each = (work: (index: number) => void): void => {
      for (let i = 0; i < LIMITS.syncConversations; i++) work(i);
    };
    each((i) => list.grow(i, 2, "bob"));
    const { rev } = await list.answer(0, "phone");
    each((i) => list.home.inbox.acknowledge(list.home.row(list.id(i)), "phone", 2));
    each((i) => list.grow(i, 50, "bob"));
    list.home.inbox.flush();
    list.home.crash();
    list.reads.length = 0;
    const answer = await list.answer(rev, "phone");
    expect(list.reads).toEqual([]);
    expect(answer).toMatchObject({ truncated: [], more: false });
    each((i) =>
      expect(answer.entries[list.id(i)]?.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, at) => at + 3)),
    );
  });

  it("[SYNC-2] who was away for a year is given what he missed, from the logs, and does not begin anew", async () => {
    const list = new List(3);
    for (let i = 0; i < 3; i++) list.grow(i, 2, "bob");
    const { rev } = await list.answer(0, "tablet");
    for (const name of ["tablet", "phone"])
      for (let i = 0; i < 3; i++) list.home.inbox.acknowledge(list.home.row(list.id(i)), name, 2);
    list.home.inbox.flush();
    list.home.time.jumpTo(list.home.time.now() + 366 * 86_400_000);
    list.home.crash();
    list.home.inbox.devices.seen("phone", list.home.time.now());
    list.grow(0, 20, "bob");
    list.grow(1, 300, "bob");
    for (let i = 0; i < 2; i++) list.home.inbox.acknowledge(list.home.row(list.id(i)), "phone", 1000);
    list.home.inbox.flush();
    const answer = await list.answer(rev, "tablet");
    expect(answer.conversations.map(({ conversation_id }) => conversation_id).toSorted()).toEqual(["c0", "c1"]);
    expect(answer.entries["c0"]?.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, at) => at + 3));
    expect(answer.entries["c1"]?.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, at) => at + 103));
    expect(answer.truncated).toEqual(["c1"]);
    expect(new Set(list.reads.map(({ id }) => id))).toEqual(new Set(["c0", "c1"]));
  });

  it("[SYNC-4] of what is partly kept only the rest is read, and all of it is from one moment", async () => {
    const list = new List(2);
    list.grow(0, 30, "bob");
    list.grow(1, 30, "bob");
    // Nobody is known yet: nothing is kept.
    list.home.inbox.flush();
    list.home.inbox.acknowledge(list.home.row("c1"), "phone", 30);
    list.home.inbox.flush();
    list.grow(0, 5, "bob");
    // While the conversation answers, more comes, and the device acknowledges everything.
    list.whileReading = () => {
      list.grow(0, 3, "bob");
      list.home.inbox.acknowledge(list.home.row("c0"), "phone", 38);
      list.home.inbox.flush();
    };
    const answer = await list.answer(0, "phone");
    expect(list.reads).toEqual([{ id: "c0", after: 0 }]);
    expect(answer.conversations.find(({ conversation_id }) => conversation_id === "c0")?.head_seq).toBe(35);
    expect(answer.entries["c0"]?.map(({ seq }) => seq)).toEqual(Array.from({ length: 35 }, (_, at) => at + 1));
  });

  it("an answer is bounded in bytes, the newest come first, and what does not fit is named", async () => {
    const count = 100;
    const list = new List(count);
    for (let i = 0; i < count; i++) list.grow(i, LIMITS.syncEntriesForNewDevice, "bob");
    let reads = 0;
    const log = async (id: string, after: number, limit = 1): Promise<Result<LogSlice>> => {
      reads++;
      const content = "x".repeat(LIMITS.contentBytes);
      const given = Array.from({ length: Math.min(limit, 30) }, (_, i) => ({
        ...(JSON.parse(message(after + i + 1, "bob").json) as object),
        content,
      }));
      const head_seq = list.home.row(id).head;
      const slice = { entries: JSON.stringify(given), count: given.length, end: after + given.length, bytes: 0 };
      return { ok: true, value: { ...slice, head_seq, epoch: 1 } };
    };
    const text = await new Sync(list.home.inbox, { log }, NO_VISITS).fields(0, "phone");
    const answer = JSON.parse(`{${text}}`) as SyncAnswer;
    expect(answer.conversations).toHaveLength(count);
    expect(Object.keys(answer.entries).length).toBeGreaterThan(0);
    // What is read side by side may pass the bound by a slice each, and no more.
    expect(text.length).toBeLessThan(LIMITS.syncEntriesBytes + LIMITS.parallelCalls * LIMITS.deliverBatchBytes);
    expect(reads).toBeLessThan(count / 2);
    for (const { conversation_id } of answer.conversations)
      expect(answer.entries[conversation_id] !== undefined).toBe(!answer.truncated.includes(conversation_id));
  });
});
