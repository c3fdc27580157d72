import * as fc from "fast-check";
import { describe, it } from "vitest";
import type { Delivery, DeliveryAnswer, InboxState } from "../../src/core/conversation/delivery.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { seeded } from "../support/random.ts";
import { Talk, valueOf } from "../unit/conversation-fixtures.ts";
import { budget, PATIENCE_MS } from "./runs.ts";
import { broken } from "./truth.ts";

const MEMBERS = ["ann", "bob", "cem", "dag"] as const;

/** A member's object, as little of it as there can be: how far it has come, and how much of that outlasts a crash. */
interface Member {
  head: number;
  durable: number;
  read: number;
  durableRead: number;
  /** How the next calls go. */
  mood: "fine" | "slow" | "failing" | "applies and fails" | "writes late";
}

const stateOf = ({ head, durable, durableRead }: Member): InboxState => ({
  ...NO_INBOX,
  head,
  flushed: durable,
  read: durableRead,
});

const member = fc.nat(MEMBERS.length - 1);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("send" as const), member, count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const), member }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("mood" as const),
      member,
      mood: fc.constantFrom("fine", "slow", "failing", "applies and fails", "writes late"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("memberCrash" as const), member }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(0, 10, 30, 300, 2000, 11_000, 700_000),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Fanout {
  readonly talk = new Talk(MEMBERS);
  readonly #members = new Map<string, Member>();
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
    for (const name of MEMBERS) this.#members.set(name, { head: 0, durable: 0, read: 0, durableRead: 0, mood: "fine" });
    this.talk.answer = (user, delivery) => this.#deliver(this.member(user), delivery);
  }

  member(name: string | undefined): Member {
    const found = this.#members.get(name ?? "");
    if (!found) throw new Error(`${name} is no member`);
    return found;
  }

  async run(one: Step): Promise<void> {
    if (one.do === "send") this.#send(MEMBERS[one.member] ?? "ann", one.count);
    else if (one.do === "read") this.#read(MEMBERS[one.member] ?? "ann");
    else if (one.do === "mood") this.member(MEMBERS[one.member]).mood = one.mood;
    else if (one.do === "crash") this.talk.crash();
    else if (one.do === "memberCrash") {
      const who = this.member(MEMBERS[one.member]);
      who.head = who.durable;
      who.read = who.durableRead;
    }
    await this.talk.pass(one.do === "pass" ? one.ms : 0);
  }

  async end(): Promise<void> {
    for (const who of this.#members.values()) who.mood = "fine";
    await this.talk.pass(3 * LIMITS.outboxAlarmMaxMs);
    const { head } = this.talk.conversation;
    for (const [name, who] of this.#members) {
      const own = valueOf(this.talk.conversation.describe(name)).own.read_up_to;
      if (who.durable !== head || who.durableRead !== own)
        throw broken("DLV-1", `${name} is not settled`, { who, head, own });
    }
    if (this.talk.alarmAt !== undefined || this.talk.time.pending > 0)
      throw broken("I8", "something still keeps the object awake", {
        alarm: this.talk.alarmAt,
        timers: this.talk.time.pending,
      });
  }

  #apply(who: Member, { after, entries, own, settle, meta }: Delivery): void {
    for (const [index, { seq }] of entries.entries())
      if (seq !== after + index + 1) throw broken("I3", "a delivery has a gap", { after, seq });
    if (after === 0 && entries.length > 0 && !meta)
      throw broken("EVT-7", "a beginning does not say what it is of", entries);
    if (after > who.head) return;
    who.head = Math.max(who.head, after + entries.length);
    if (own && who.head === after + entries.length) {
      if (own.read_up_to > this.talk.conversation.head) throw broken("I4", "read beyond the head", own);
      who.read = Math.max(who.read, own.read_up_to);
    }
    if (settle === true || who.mood !== "writes late") {
      who.durable = who.head;
      who.durableRead = who.read;
    }
  }

  async #deliver(who: Member, delivery: Delivery): Promise<DeliveryAnswer> {
    const { mood } = who;
    const { time } = this.talk;
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void time.after(ms, resolve));
    if (mood === "slow") await wait(this.#random() * 400);
    if (mood === "failing") {
      await wait(this.#random() * 50);
      throw new Error("the object is gone");
    }
    this.#apply(who, delivery);
    if (mood === "slow") await wait(this.#random() * 400);
    if (mood === "applies and fails") throw new Error("the answer was lost");
    return stateOf(who);
  }

  #send(name: string, count: number): void {
    const who = this.member(name);
    const drafts = Array.from({ length: count }, () => this.talk.draft());
    const inbox = stateOf(who);
    const { results, delivery } = this.talk.append(name, drafts, inbox);
    for (const result of results) valueOf(result);
    // Half of the answers never arrive.
    if (delivery && this.#random() < 0.5) this.#apply(who, delivery);
  }

  #read(name: string): void {
    const who = this.member(name);
    const inbox = stateOf(who);
    const { read_up_to } = valueOf(this.talk.conversation.receipt({ user: name, read: who.head, inbox }));
    if (this.#random() < 0.5) who.read = Math.max(who.read, read_up_to);
  }
}

const play = async ({ seed, steps }: { seed: number; steps: readonly Step[] }): Promise<void> => {
  const fanout = new Fanout(seed);
  valueOf(fanout.talk.conversation.welcome("ann", true, NO_INBOX));
  for (const one of steps) await fanout.run(one);
  await fanout.end();
  fanout.talk.sql.close();
};

describe("the outbox against members that crash, fail, dawdle and write late", () => {
  it(
    "[DLV-1] [DLV-2] everything becomes durable with everybody, and then it is quiet",
    { timeout: PATIENCE_MS },
    async () => {
      const histories = fc.record({
        seed: fc.integer(),
        steps: fc.array(step, { minLength: 1, maxLength: 50, size: "max" }),
      });
      await fc.assert(fc.asyncProperty(histories, play), budget("fanout", 200));
    },
  );
});
