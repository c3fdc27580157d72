import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EncodedEntry } from "../../src/core/conversation/delivery.ts";
import { Tail } from "../../src/core/inbox/tail.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { chooseSeed } from "../support/random.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";
import { deliveryOf, Home, message, META, settings } from "./inbox-fixtures.ts";

const long = (seq: number, length: number): EncodedEntry => ({ ...message(seq, "bob"), json: "x".repeat(length) });
const run = (from: number, to: number): EncodedEntry[] =>
  Array.from({ length: to - from + 1 }, (_x, index) => message(from + index, "bob"));
const seqsOf = ({ entries }: { readonly entries: readonly string[] }): number[] =>
  entries.map((json) => (JSON.parse(json) as { seq: number }).seq);

describe("what is kept for devices that are away", () => {
  it("is what follows, up to the head", () => {
    const tail = new Tail(4);
    for (const entry of run(5, 9)) tail.push(entry);
    expect(tail.head).toBe(9);
    expect(seqsOf(tail.since(0))).toEqual([5, 6, 7, 8, 9]);
    expect(tail.since(0).after).toBe(4);
    expect(seqsOf(tail.since(7))).toEqual([8, 9]);
    expect(tail.since(9)).toEqual({ after: 9, entries: [] });
    expect(tail.since(12)).toEqual({ after: 9, entries: [] });
  });

  it("begins anew where an entry is missing: what is given has no hole", () => {
    const tail = new Tail(0);
    for (const entry of [...run(1, 3), ...run(6, 7)]) tail.push(entry);
    expect(tail.since(0).after).toBe(5);
    expect(seqsOf(tail.since(0))).toEqual([6, 7]);
  });

  it("comes back as it was written, whatever it says", () => {
    const tail = new Tail(0);
    const contents = ["", "line\nbreak", "\u2028\u2029", '"', "\\n", "é€😀", "\u0000"];
    for (const [index, content] of contents.entries())
      tail.push({ ...message(index + 1, "bob"), json: JSON.stringify({ seq: index + 1, content }) });
    const again = Tail.read(tail.text, tail.head);
    expect(again.since(0)).toEqual(tail.since(0));
    expect(again.bytes).toBe(tail.bytes);
    expect(Tail.read(new Tail(7).text, 7).since(0)).toEqual({ after: 7, entries: [] });
  });

  it("lets go what all have, and no more than that", () => {
    const tail = new Tail(0);
    for (const entry of run(1, 6)) tail.push(entry);
    tail.settle(4);
    expect(seqsOf(tail.since(0))).toEqual([5, 6]);
    tail.settle(2);
    expect(seqsOf(tail.since(0))).toEqual([5, 6]);
    tail.settle(Infinity);
    expect(tail.text).toBeNull();
    expect([tail.head, tail.bytes]).toEqual([6, 0]);
    tail.push(message(7, "bob"));
    expect(seqsOf(tail.since(0))).toEqual([7]);
  });

  it("is bounded in number and bytes, the oldest go first", () => {
    const many = new Tail(0);
    for (const entry of run(1, 3 * LIMITS.tailEntries)) many.push(entry);
    expect(many.since(0).entries.length).toBeLessThanOrEqual(2 * LIMITS.tailEntries);
    many.settle(0);
    expect(seqsOf(many.since(0))).toEqual(
      run(2 * LIMITS.tailEntries + 1, 3 * LIMITS.tailEntries).map(({ seq }) => seq),
    );

    const large = new Tail(0);
    const size = LIMITS.tailBytes / 4;
    for (let seq = 1; seq <= 40; seq++) {
      large.push(long(seq, size));
      expect(large.bytes).toBeLessThanOrEqual(2 * LIMITS.tailBytes);
    }
    large.settle(0);
    expect([large.since(0).after, large.since(0).entries.length, large.bytes]).toEqual([36, 4, LIMITS.tailBytes]);
    large.push(long(41, 1 + LIMITS.tailBytes));
    large.settle(0);
    expect([large.head, large.bytes, large.text]).toEqual([41, 0, null]);
  });

  it("goes on behind a jump only with what leads up to it", () => {
    const tail = new Tail(0);
    for (const entry of run(1, 3)) tail.push(entry);
    tail.jump(5, run(2, 5));
    expect(seqsOf(tail.since(0))).toEqual([1, 2, 3, 4, 5]);
    tail.jump(9, run(8, 9));
    expect(seqsOf(tail.since(0))).toEqual([8, 9]);
    tail.jump(9, []);
    expect(seqsOf(tail.since(0))).toEqual([8, 9]);
    tail.jump(12, run(10, 11));
    expect(tail.since(0)).toEqual({ after: 12, entries: [] });
  });
});

describe("what a row keeps", () => {
  const three = (): Home => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob")]));
    home.inbox.acknowledge(home.row(), "phone", 1);
    home.inbox.acknowledge(home.row(), "tablet", 1);
    home.inbox.apply(deliveryOf(run(2, 3)));
    return home;
  };
  const kept = (home: Home): number[] => seqsOf(home.row().tail.since(0));
  const written = (home: Home): number[] => {
    home.inbox.flush();
    home.crash();
    return kept(home);
  };

  it("is nothing while no device ever acknowledged anything", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), ...run(2, 3)]));
    expect(written(home)).toEqual([]);
  });

  it("is what the device that is furthest behind has not acknowledged", () => {
    const home = three();
    home.inbox.acknowledge(home.row(), "phone", 3);
    expect(written(home)).toEqual([2, 3]);
    home.inbox.acknowledge(home.row(), "tablet", 2);
    expect(written(home)).toEqual([3]);
    home.inbox.acknowledge(home.row(), "tablet", 3);
    expect(written(home)).toEqual([]);
    expect(home.sql.all("SELECT tail FROM inbox")).toEqual([{ tail: null }]);
  });

  it("is nothing for a device that was not used for a month; it is known all the same when it comes back", () => {
    const home = three();
    home.time.jumpTo(home.time.now() + LIMITS.deviceExpectedMs + 1000);
    home.inbox.devices.seen("phone", home.time.now());
    home.inbox.apply(deliveryOf([message(4, "bob")]));
    expect(written(home)).toEqual([2, 3, 4]);
    home.inbox.acknowledge(home.row(), "phone", 4);
    expect(written(home)).toEqual([]);
    expect(home.inbox.devices.isKnown("tablet")).toBe(true);
    expect(home.row().devices["tablet"]).toBe(1);
  });

  it("of a conversation that a device has not seen yet is everything", () => {
    const home = three();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob")], { conversation_id: "c2" }));
    home.inbox.flush();
    home.crash();
    expect(seqsOf(home.row("c2").tail.since(0))).toEqual([1, 2]);
  });

  it("is from the same moment as its head, whenever the object dies", () => {
    const home = three();
    home.inbox.flush();
    home.inbox.apply(deliveryOf(run(4, 5)));
    home.crash();
    expect([home.row().head, kept(home)]).toEqual([3, [2, 3]]);
    home.inbox.apply(deliveryOf(run(4, 5)));
    expect(written(home)).toEqual([2, 3, 4, 5]);
  });

  it("[SEQ-6] is nothing of another epoch", () => {
    const home = three();
    const next = deliveryOf([message(4, "bob")], { epoch: 2 });
    // What stands before it is of another log: it is to be told how that is.
    expect(home.inbox.apply(next)).toBeUndefined();
    expect(kept(home)).toEqual([1, 2, 3]);
    const own = { read_up_to: 0, unread: 0, mentions: 0 };
    const view = {
      conversation_id: "c1",
      epoch: 2,
      head: 3,
      activity: 0,
      meta: META,
      own,
      delivered_up_to: 0,
      large: false,
    };
    home.inbox.apply({ ...next, base: view });
    expect(kept(home)).toEqual([4]);
    expect(home.inbox.row("c1")).toMatchObject({ epoch: 2, head: 4, unread: 1 });
  });

  it("[RET-2] is nothing of what is too old, and neither is the last message", () => {
    const home = three();
    const own = { read_up_to: 0, unread: 1, mentions: 0 };
    home.inbox.apply(deliveryOf([{ ...settings(4, ":service"), retained: 3 }], { own }));
    expect(kept(home)).toEqual([3, 4]);
    expect(home.inbox.row("c1")).toMatchObject({ lastMessageSeq: 3, unread: 1 });
    home.inbox.apply(deliveryOf([{ ...settings(5, ":service"), retained: 5 }], { own: { ...own, unread: 0 } }));
    expect(kept(home)).toEqual([5]);
    expect(home.inbox.row("c1")).toMatchObject({ lastMessageSeq: 0, lastMessage: undefined, unread: 0 });
  });

  it("[SEQ-5] is nothing once its user has left: of deletions that come later nobody tells him", () => {
    const home = three();
    const meta = { ...META, type: "group", left_at: META.created_at } as const;
    home.inbox.apply(deliveryOf([settings(4, "bob")], { meta }));
    expect(kept(home)).toEqual([]);
  });

  it("costs no row besides, and is no larger when everybody is there", () => {
    const home = three();
    for (const device of ["phone", "tablet"]) home.inbox.acknowledge(home.row(), device, 3);
    const before = home.sql.rowsWritten;
    home.inbox.flush();
    expect(home.sql.rowsWritten - before).toBe(1);
    expect(home.sql.all("SELECT tail FROM inbox")).toEqual([{ tail: null }]);
  });

  it("is bounded in memory, and none of it is lost by that", () => {
    const home = new Home();
    const count = 3 * Math.ceil(LIMITS.inboxTailBytesInMemory / LIMITS.tailBytes);
    const half = LIMITS.tailBytes / 2;
    for (let i = 0; i < count; i++) {
      const conversation_id = `c${i}`;
      home.inbox.apply(deliveryOf([settings(1, "bob")], { conversation_id }));
      home.inbox.acknowledge(home.row(conversation_id), "phone", 1);
      home.inbox.apply(deliveryOf([long(2, half), long(3, half)], { conversation_id }));
      home.inbox.flush();
    }
    for (let i = 0; i < count; i++) expect(home.row(`c${i}`).tail.since(0).entries).toHaveLength(2);
    home.inbox.trim();
    const [first, last] = [home.row("c0"), home.row(`c${count - 1}`)];
    home.inbox.trim();
    expect([first.tail.bytes, last.tail.bytes]).toEqual([LIMITS.tailBytes, LIMITS.tailBytes]);
  });
});

const ACTS = ["send", "reply", "thread", "expiring", "edit", "delete", "react", "unreact", "pin", "unpin"] as const;
const OTHERS = ["rename", "add", "remove", "role", "pass", "flush", "crash", "acknowledge"] as const;
type Act = (typeof ACTS)[number] | (typeof OTHERS)[number];

/** A group, and the list of one of its members: he has a device that is there, and one that never comes back. */
class Pair {
  readonly talk = new Talk(["ann", "bob", "cem"]);
  readonly home = new Home("bob", []);
  #count = 0;

  constructor() {
    const { answer } = this.talk;
    this.talk.answer = async (user, delivery) =>
      user === "bob" ? this.home.downlink.deliver(delivery) : answer(user, delivery);
  }

  async begin(): Promise<void> {
    valueOf(this.talk.send("ann"));
    await this.talk.pass(3000);
    for (const device of ["phone", "lost"]) this.home.inbox.acknowledge(this.home.row(), device, 2);
    this.home.inbox.flush();
  }

  async play(act: Act, of: number): Promise<void> {
    const { talk, home } = this;
    const message_id = this.#message(of);
    const content = `text ${this.#count++}\n"`;
    if (act === "send") talk.send(of % 2 === 0 ? "ann" : "bob", content, { mentions: ["bob"] });
    else if (act === "reply") talk.send("ann", content, message_id === undefined ? {} : { reply_to: message_id });
    else if (act === "thread") talk.send("ann", content, message_id === undefined ? {} : { thread_root: message_id });
    else if (act === "expiring") talk.send("ann", content, { expires_in: 1 + (of % 3), forwarded: true });
    else if (act === "rename") talk.do("ann", { op: "change", changes: { name: content } });
    else if (act === "add") talk.do("ann", { op: "add", user_ids: [`new${of}`] });
    else if (act === "remove") talk.do("ann", { op: "remove", user_id: `new${of}` });
    else if (act === "role") talk.do("ann", { op: "role", user_id: "cem", role: of % 2 === 0 ? "admin" : "member" });
    else if (act === "pass") await talk.pass(1000 * of);
    else if (act === "flush") home.inbox.flush();
    else if (act === "crash") home.crash();
    else if (act === "acknowledge") home.inbox.acknowledge(home.row(), "phone", home.row().head);
    else if (message_id !== undefined) this.#change(act, message_id, content);
    await talk.pass(0);
  }

  #change(act: Act, message_id: string, content: string): void {
    const { talk } = this;
    if (act === "edit") for (const user of ["ann", "bob"]) talk.do(user, { op: "edit", message_id, content });
    else if (act === "delete") talk.do("ann", { op: "delete", message_id });
    else if (act === "react" || act === "unreact")
      talk.do("cem", { op: "react", message_id, emoji: "+1", on: act === "react" });
    else talk.do("ann", { op: "pin", message_id, on: act === "pin" });
  }

  /** What is kept against what the log says. */
  async compare(): Promise<number> {
    await this.talk.pass(60_000);
    const { tail, head } = this.home.row();
    expect(head).toBe(this.talk.conversation.head);
    const { after, entries } = tail.since(0);
    const log = valueOf(this.talk.conversation.history.log("bob", after, LIMITS.pageMax));
    expect(`[${entries.join(",")}]`).toBe(log.entries);
    expect(after).toBe(2);
    return entries.length;
  }

  #message(of: number): string | undefined {
    const page = valueOf(this.talk.conversation.history.messages("ann", { limit: 20 }));
    return (JSON.parse(page) as { messages: { message_id: string }[] }).messages[of]?.message_id;
  }
}

describe("[SEQ-5] what is kept is to the letter what the log says", () => {
  it("of every kind of entry, whatever happens to it later and in whatever order", { timeout: 60_000 }, async () => {
    const seed = chooseSeed() | 0;
    console.log(`tail: PARLEY_SEED=${seed}`);
    const step = fc.tuple(fc.constantFrom<Act>(...ACTS, ...ACTS, ...OTHERS), fc.nat(5));
    let compared = 0;
    const play = async (steps: readonly (readonly [Act, number])[]): Promise<void> => {
      const pair = new Pair();
      await pair.begin();
      for (const [act, of] of steps) await pair.play(act, of);
      compared += await pair.compare();
      pair.talk.sql.close();
      pair.home.sql.close();
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), play), { numRuns: 60, seed });
    // Some 630, give or take 40, as the dice fall: far below that, the histories were empty.
    expect(compared).toBeGreaterThan(300);
  });
});
