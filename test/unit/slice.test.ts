import { describe, expect, it } from "vitest";
import type { Delivery, DeliveryAnswer } from "../../src/core/conversation/delivery.ts";
import type { Fed, Relay } from "../../src/core/fanout/relay.ts";
import { Slice } from "../../src/core/fanout/slice.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { message, settings } from "./inbox-fixtures.ts";
import { settled, VirtualTime } from "./virtual-time.ts";

/** A slice, and members' objects that a test plays: by default each has everything durable at once. */
class Stage {
  readonly time = new VirtualTime();
  readonly calls: { readonly user: string; readonly delivery: Delivery }[] = [];
  slice: Slice;
  answer: (user: string, delivery: Delivery) => Promise<DeliveryAnswer> = async (_user, { after, entries }) => {
    const head = after + entries.length;
    return { ...NO_INBOX, head, flushed: head, presence: { here: true, asOf: 1 } };
  };

  constructor() {
    this.slice = this.#wake();
  }

  /** The object lost its memory. */
  evict(): void {
    this.slice = this.#wake();
  }

  /** Entries (after, until] for members, each of whom has everything up to `after` unless he says otherwise. */
  relay(after: number, until: number, members: readonly (string | Fed)[], more: Partial<Relay> = {}) {
    const entries = Array.from({ length: until - after }, (_, i) => message(after + i + 1, "eve"));
    return this.slice.relay({
      conversation_id: "c1",
      epoch: 1,
      after,
      entries,
      members: members.map((one) => (typeof one === "string" ? [one, after, "member", after] : one)),
      settle: false,
      ...more,
    });
  }

  placesTo(user: string): number[] {
    return this.calls.flatMap((call) => (call.user === user ? call.delivery.entries.map(({ seq }) => seq) : []));
  }

  #wake(): Slice {
    const deliver = (user: string, delivery: Delivery) => {
      this.calls.push({ user, delivery });
      // Calls that beget calls at once would never let the test end.
      if (this.calls.length > 100) return new Promise<DeliveryAnswer>(() => undefined);
      return this.answer(user, delivery);
    };
    return new Slice({ clock: this.time, timers: this.time, random: () => 0.5, deliver });
  }
}

const pending = Symbol("pending");
const outcome = async <T>(promise: Promise<T>): Promise<T | typeof pending> => {
  await settled();
  return Promise.race([promise, Promise.resolve(pending)]);
};

describe("a slice of a large conversation", () => {
  it("[DLV-2] brings entries to its members, each once, and says what they said", async () => {
    const stage = new Stage();
    const { head, reports } = await stage.relay(5, 7, ["ann", "bob"]);
    expect(head).toBe(7);
    expect(reports.map(({ user, answer }) => [user, answer?.flushed])).toEqual([
      ["ann", 7],
      ["bob", 7],
    ]);
    await stage.time.pass(10);
    await stage.relay(7, 8, ["ann", "bob"]);
    expect(stage.placesTo("ann")).toEqual([6, 7, 8]);
    expect(stage.placesTo("bob")).toEqual([6, 7, 8]);
    expect(stage.calls.every(({ delivery }) => delivery.large === true)).toBe(true);
  });

  it("in a quiet moment the answer waits for what the members say, and not for ever", async () => {
    const stage = new Stage();
    const { answer } = stage;
    stage.answer = () => new Promise(() => undefined);
    const waiting = stage.relay(5, 6, ["ann"]);
    await stage.time.pass(LIMITS.sliceWaitMs - 1);
    expect(await outcome(waiting)).toBe(pending);
    await stage.time.pass(1);
    expect(await waiting).toEqual({ head: 6, reports: [] });
    stage.answer = answer;
  });

  it("when things are busy it comes at once, and what they say goes with the next", async () => {
    const stage = new Stage();
    await stage.relay(5, 6, ["ann"]);
    const { answer } = stage;
    const late = Promise.withResolvers<void>();
    stage.answer = async (...call) => {
      await late.promise;
      return answer(...call);
    };
    expect(await outcome(stage.relay(6, 7, ["ann"]))).toEqual({ head: 7, reports: [] });
    late.resolve();
    await stage.time.pass(100);
    const { reports } = await stage.relay(7, 8, ["ann"]);
    expect(reports.map(({ user, answer: said }) => [user, said?.head])).toEqual([["ann", 7]]);
  });

  it("who has nothing to come does not keep the answer waiting, though he has not written it yet", async () => {
    const stage = new Stage();
    expect(await outcome(stage.relay(5, 6, [["ann", 6, "member", 2]]))).toEqual({ head: 6, reports: [] });
    expect(stage.calls).toEqual([]);
  });

  it("whose object fails is handed back, and is not called again", async () => {
    const stage = new Stage();
    const { answer } = stage;
    stage.answer = async (user, delivery) =>
      user === "bob" ? Promise.reject(new Error("the object is gone")) : answer(user, delivery);
    const { reports } = await stage.relay(5, 6, ["ann", "bob", "cem"]);
    expect(reports.find(({ user }) => user === "bob")).toEqual({ user: "bob", taken: 5 });
    expect(stage.placesTo("cem")).toEqual([6]);
    await stage.relay(6, 7, ["ann", "cem"]);
    await stage.time.pass(3_600_000);
    expect(stage.placesTo("bob")).toEqual([6]);
    expect(stage.placesTo("cem")).toEqual([6, 7]);
    expect(stage.time.pending).toBe(0);
  });

  it("who lacks what the slice does not hold is handed back, and is not called again", async () => {
    const stage = new Stage();
    const { reports } = await stage.relay(5, 6, ["ann", ["bob", 2, "member", 2]]);
    expect(reports.find(({ user }) => user === "bob")).toEqual({ user: "bob", taken: 2 });
    await stage.time.pass(60_000);
    expect(stage.calls.filter(({ user }) => user === "bob").length).toBeLessThan(2);
    expect(stage.placesTo("bob")).toEqual([]);
    expect(stage.placesTo("ann")).toEqual([6]);
  });

  it("whose inbox lost something gets it again from what is held, or is handed back", async () => {
    const stage = new Stage();
    await stage.relay(5, 8, ["ann", "bob"]);
    const { answer } = stage;
    const lost = new Set(["ann", "bob"]);
    stage.answer = async (user, delivery) => {
      if (!lost.delete(user)) return answer(user, delivery);
      return { ...NO_INBOX, head: user === "ann" ? 6 : 2, flushed: user === "ann" ? 6 : 2 };
    };
    stage.calls.length = 0;
    await stage.time.pass(5000);
    const { reports } = await stage.relay(8, 9, ["ann", "bob"]);
    expect(stage.placesTo("ann")).toEqual([9, 7, 8, 9]);
    expect(stage.placesTo("bob")).toEqual([9]);
    expect(reports.find(({ user }) => user === "bob")?.answer).toBeUndefined();
  });

  it("after a sleep it begins with what it is told then", async () => {
    const stage = new Stage();
    await stage.relay(5, 6, ["ann", "bob"]);
    stage.evict();
    const { reports } = await stage.relay(9, 10, ["ann", ["bob", 6, "member", 6]]);
    expect(stage.placesTo("ann")).toEqual([6, 10]);
    expect(reports.find(({ user }) => user === "bob")).toEqual({ user: "bob", taken: 6 });
  });

  it("when the conversation goes back, what is there already is not brought again", async () => {
    const stage = new Stage();
    await stage.relay(5, 8, ["ann"]);
    await stage.time.pass(10);
    await stage.relay(6, 9, [["ann", 6, "member", 6]]);
    expect(stage.placesTo("ann")).toEqual([6, 7, 8, 9]);
  });

  it("who says that he is not there is reported, and is called no more", async () => {
    const stage = new Stage();
    stage.answer = async (_user, { after, entries }) => ({
      ...NO_INBOX,
      head: after + entries.length,
      flushed: after + entries.length,
      presence: { here: false, asOf: 7 },
    });
    const { reports } = await stage.relay(5, 6, ["ann"]);
    expect(reports[0]?.answer?.presence).toEqual({ here: false, asOf: 7 });
    await stage.relay(6, 7, []);
    expect(stage.placesTo("ann")).toEqual([6]);
  });

  it("settling asks for what is not known to be written, also of who was handed it elsewhere", async () => {
    const stage = new Stage();
    const { answer } = stage;
    stage.answer = async (user, delivery) => {
      const said = await answer(user, delivery);
      return delivery.settle === true ? said : { ...said, flushed: 0 };
    };
    await stage.relay(5, 8, ["ann", ["bob", 8, "member", 5]]);
    expect(stage.placesTo("bob")).toEqual([]);
    const { reports } = await stage.relay(5, 8, ["ann", ["bob", 8, "member", 5]], { settle: true });
    expect(stage.placesTo("bob")).toEqual([6, 7, 8]);
    expect(new Map(reports.map(({ user, answer: said }) => [user, said?.flushed]))).toEqual(
      new Map([
        ["ann", 8],
        ["bob", 8],
      ]),
    );
  });

  it("each member's role is his own", async () => {
    const stage = new Stage();
    const meta = { type: "group", region: "local", created_at: 0, member_count: 2 } as const;
    const members: Fed[] = [
      ["ann", 5, "owner", 5],
      ["bob", 5, "member", 5],
    ];
    await stage.relay(5, 6, members, { entries: [settings(6, "ann")], meta });
    expect(stage.calls.map(({ user, delivery }) => [user, delivery.meta?.role])).toEqual([
      ["ann", "owner"],
      ["bob", "member"],
    ]);
  });
});
