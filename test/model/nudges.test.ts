import * as fc from "fast-check";
import { describe, it } from "vitest";
import type { Delivery, DeliveryAnswer, InboxState, Wants } from "../../src/core/conversation/delivery.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { seeded } from "../support/random.ts";
import { Talk, valueOf } from "../unit/conversation-fixtures.ts";
import { budget, PATIENCE_MS } from "./runs.ts";
import { broken } from "./truth.ts";

const PEOPLE = ["ann", "bob", "cem", "dag", "eve", "fay"] as const;

/** A member's object, as little of it as there can be. */
interface Member {
  readonly name: string;
  head: number;
  durable: number;
  /** A device is connected; and whether the conversation was told that none is. */
  here: boolean;
  away: boolean;
  /** What he wants while he is not there, and what the conversation is known to have been told of that. */
  wants: Wants | undefined;
  told: Wants | undefined;
  rev: number;
  mood: "fine" | "slow" | "failing" | "applies and fails";
  /** What he has to have in the end, as long as he does not come back or want something else. */
  owed: number;
  /** When a slice last called him for what is new, in this life of the conversation. */
  nudgedAt: number;
}

const stateOf = ({ head, durable }: Member): InboxState => ({ ...NO_INBOX, head, flushed: durable });
const hears = ({ told }: Member, now: number): boolean =>
  told?.what === "messages" || (told?.until !== undefined && told.until <= now);

const who = fc.nat(PEOPLE.length - 1);
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      who,
      mention: fc.constantFrom("", "", "", "cem", "dag", "eve", "@all"),
      handed: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("react" as const, "delete" as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("come" as const, "go" as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wish" as const),
      who,
      wants: fc.constantFrom("none" as const, "mentions" as const, "messages" as const, "later" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("mood" as const),
      who,
      mood: fc.constantFrom("fine", "slow", "failing", "applies and fails"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("slices" as const),
      mood: fc.constantFrom("fine" as const, "failing" as const, "apply and fail" as const, "forget" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("memberCrash" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(0, 10, 300, 2000, 4000, 11_000, 60_000, 700_000),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Crowd {
  readonly talk: Talk;
  readonly #type: "group" | "channel";
  readonly #members: readonly Member[];
  readonly #random: () => number;
  readonly #messages: string[] = [];
  #slices: "fine" | "failing" | "apply and fail" = "fine";

  constructor(seed: number, type: "group" | "channel") {
    this.#random = seeded(seed);
    this.#type = type;
    this.talk = new Talk(PEOPLE, { type, name: "Crowd" });
    this.talk.sql.run("UPDATE conversation SET large = 1 WHERE one = 1");
    this.talk.crash();
    const begins = {
      head: 0,
      durable: 0,
      away: false,
      told: undefined,
      rev: 1,
      mood: "fine",
      owed: 0,
      nudgedAt: -Infinity,
    };
    const wants: readonly (Wants | undefined)[] = [undefined, undefined, { what: "messages" }, { what: "mentions" }];
    this.#members = PEOPLE.map((name, index) => ({
      ...(begins as Omit<Member, "name" | "here" | "wants">),
      name,
      here: index < 2,
      wants: wants[index],
    }));
    this.talk.answer = (user, delivery) => this.#deliver(this.#member(user), delivery);
    const { answerRelay } = this.talk;
    this.talk.answerRelay = async (slice, relay) => {
      if (this.#slices === "failing") throw new Error("the slice is gone");
      const answer = await answerRelay(slice, relay);
      if (this.#slices === "apply and fail") throw new Error("the answer was lost");
      return answer;
    };
  }

  async run(one: Step): Promise<void> {
    if (one.do === "send") this.#send(this.#at(one.who), one.mention, one.handed);
    else if (one.do === "react" || one.do === "delete") this.#change(this.#at(one.who), one.do);
    else if (one.do === "come") this.#come(this.#at(one.who));
    else if (one.do === "go") this.#at(one.who).here = false;
    else if (one.do === "wish") this.#wish(this.#at(one.who), one.wants);
    else if (one.do === "mood") this.#at(one.who).mood = one.mood;
    else if (one.do === "slices") {
      if (one.mood === "forget") this.talk.evictSlices();
      else this.#slices = one.mood;
    } else if (one.do === "crash") this.#crash();
    else if (one.do === "memberCrash") this.#at(one.who).head = this.#at(one.who).durable;
    await this.talk.pass(one.do === "pass" ? one.ms : 0);
  }

  async end(): Promise<void> {
    for (const member of this.#members) member.mood = "fine";
    this.#slices = "fine";
    // Whoever is there and did not get the answer to his visit asks again.
    for (const member of this.#members) while (member.here && member.away) this.#come(member);
    await this.talk.pass(3 * LIMITS.outboxAlarmMaxMs);
    const { head } = this.talk.conversation;
    for (const member of this.#members) {
      const wanted = member.away ? member.owed : head;
      if (member.durable < wanted) throw broken("DLV-1", `${member.name} lacks what is his`, { member, head });
    }
    if (this.talk.alarmAt !== undefined || this.talk.time.pending > 0)
      throw broken("I8", "something still keeps the object awake", {
        alarm: this.talk.alarmAt,
        timers: this.talk.time.pending,
        state: this.talk.conversation.deliveryState,
      });
    // It knows what was settled: a new life calls nobody.
    this.talk.crash();
    this.talk.evictSlices();
    this.talk.calls.length = 0;
    void this.talk.conversation.onAlarm();
    await this.talk.pass(LIMITS.outboxAlarmMaxMs);
    const nudges = this.talk.calls.filter(({ delivery }) => delivery.nudge);
    if (nudges.length > 0) throw broken("PUSH-5", "somebody who has everything is called", nudges);
  }

  #at(index: number): Member {
    return this.#member(PEOPLE[index] ?? "ann");
  }

  #member(name: string): Member {
    const found = this.#members.find((member) => member.name === name);
    if (!found) throw new Error(`${name} is no member`);
    return found;
  }

  #crash(): void {
    this.talk.crash();
    for (const member of this.#members) member.nudgedAt = -Infinity;
  }

  #send(member: Member, mention: string, handed: boolean): void {
    const mentions = mention === "" || (mention === "@all" && member.name !== "ann") ? [] : [mention];
    if (this.#type === "channel" && member.name !== "ann") return;
    const { results, delivery } = this.talk.append(
      member.name,
      [this.talk.draft("hello", { mentions })],
      stateOf(member),
    );
    for (const result of results) this.#messages.push(valueOf(result).message_id);
    if (delivery && handed) this.#apply(member, delivery);
    this.#owe(member, mentions);
  }

  #change(member: Member, what: "react" | "delete"): void {
    const message_id = this.#messages.at(-1);
    if (message_id === undefined) return;
    if (what === "react") this.talk.do(member.name, { op: "react", message_id, emoji: "+1", on: true });
    else if (this.talk.refusal("ann", { op: "delete", message_id }) === undefined) this.#owe(this.#member("ann"), []);
  }

  /** Something was written that those who want it are to have. */
  #owe(sender: Member, mentions: readonly string[]): void {
    const { head } = this.talk.conversation;
    for (const member of this.#members) {
      if (member === sender || !member.away) continue;
      const isNamed = mentions.includes(member.name) && member.told !== undefined;
      const group = this.#type === "group";
      const isMeant = group && mentions.includes("@all") && member.told !== undefined;
      if (isNamed || isMeant || (group && hears(member, this.talk.time.now()))) member.owed = head;
    }
  }

  #come(member: Member): void {
    member.here = true;
    if (!member.away) return;
    // He is told with the answer; should that be lost, he is there, or has been, and asks again.
    member.owed = 0;
    const view = this.#visit(member, true);
    if (view) member.away = false;
  }

  #wish(member: Member, what: "none" | "mentions" | "messages" | "later"): void {
    const until = this.talk.time.now() + 5000;
    member.wants = what === "none" ? undefined : what === "later" ? { what: "mentions", until } : { what };
    if (member.away && !member.here) this.#visit(member, false);
  }

  /** It arrives, and sometimes its answer is lost: then it is tried again when he comes next. */
  #visit(member: Member, live: boolean): boolean {
    const { wants } = member;
    const call = { user: member.name, inbox: stateOf(member), live, asOf: ++member.rev };
    const { view } = valueOf(this.talk.conversation.visit({ ...call, ...(wants && !live ? { wants } : {}) }));
    if (!live) this.#tells(member, wants);
    if (this.#random() < 0.2) return false;
    member.head = Math.max(member.head, view.head);
    // Whoever is there and loses it asks again.
    if (live || this.#random() < 0.5) member.durable = member.head;
    return true;
  }

  #tells(member: Member, wants: Wants | undefined): void {
    if (member.told?.what !== wants?.what || member.told?.until !== wants?.until) member.owed = 0;
    member.told = wants;
  }

  #apply(member: Member, { after, entries, base, nudge }: Delivery): void {
    for (const [index, { seq }] of entries.entries())
      if (seq !== after + index + 1) throw broken("I3", "a delivery has a gap", { after, seq });
    if (base && base.head >= member.head) member.head = base.head;
    if (after > member.head) return;
    member.head = Math.max(member.head, after + entries.length);
    if (nudge === true || this.#random() < 0.5) member.durable = member.head;
  }

  async #deliver(member: Member, delivery: Delivery): Promise<DeliveryAnswer> {
    this.#check(member, delivery);
    const { mood } = member;
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void this.talk.time.after(ms, resolve));
    if (mood === "slow") await wait(this.#random() * 400);
    if (mood === "failing") {
      await wait(this.#random() * 50);
      throw new Error("the object is gone");
    }
    const had = delivery.after <= member.head || delivery.base !== undefined;
    this.#apply(member, delivery);
    if (delivery.settle === true) member.durable = member.head;
    const presence = had ? this.#presence(member, delivery.nudge === true) : undefined;
    const state = stateOf(member);
    if (mood === "slow") await wait(this.#random() * 400);
    if (mood === "applies and fails") throw new Error("the answer was lost");
    return presence ? { ...state, presence } : state;
  }

  /** As `Downlink` says it. */
  #presence(member: Member, nudge: boolean): DeliveryAnswer["presence"] {
    const { here, wants } = member;
    if (nudge && here && member.away) return undefined;
    if (here && member.away) member.rev++;
    member.away = !here;
    if (here) return { here, asOf: member.rev };
    member.durable = member.head;
    this.#tells(member, wants);
    return { here, asOf: member.rev, ...(wants ? { wants } : {}) };
  }

  /** Nobody is nudged who does not want to be, nor more often by slices than every ten seconds. */
  #check(member: Member, { nudge, brief, entries }: Delivery): void {
    if (nudge !== true) return;
    if (!member.away) throw broken("PUSH-5", `${member.name} is there, and is taken for away`, member);
    if (!member.told) throw broken("PUSH-5", `${member.name} wants nothing, and is called`, { member, entries });
    if (brief === true) return;
    const now = this.talk.time.exact;
    if (!hears(member, this.talk.time.now()))
      throw broken("PUSH-5", `${member.name} does not want every message`, { member, entries });
    if (now - member.nudgedAt < LIMITS.nudgeEveryMs - 50)
      throw broken("PUSH-7", `${member.name} is called too soon`, { member, now });
    member.nudgedAt = now;
  }
}

const play =
  (type: "group" | "channel") =>
  async ({ seed, steps }: { seed: number; steps: readonly Step[] }): Promise<void> => {
    const crowd = new Crowd(seed, type);
    valueOf(crowd.talk.conversation.welcome("ann", true, NO_INBOX));
    for (const one of steps) await crowd.run(one);
    await crowd.end();
    crowd.talk.sql.close();
  };

const histories = fc.record({
  seed: fc.integer(),
  steps: fc.array(step, { minLength: 1, maxLength: 60, size: "max" }),
});

/** Histories that once went wrong. */
const KNOWN: Readonly<Record<string, readonly Step[]>> = {
  "what was written in his mute is not what he wants who ends it": [
    { do: "pass", ms: 60_000 },
    { do: "wish", who: 2, wants: "later" },
    { do: "send", who: 0, mention: "", handed: false },
    { do: "pass", ms: 11_000 },
    { do: "wish", who: 2, wants: "messages" },
    { do: "pass", ms: 0 },
  ],
  "everybody is mentioned, and before he is called somebody wants mentions only": [
    { do: "wish", who: 3, wants: "none" },
    { do: "send", who: 0, mention: "", handed: false },
    { do: "send", who: 0, mention: "@all", handed: false },
    { do: "wish", who: 2, wants: "mentions" },
    { do: "come", who: 0 },
  ],
  "everybody is mentioned while somebody has a line of his own": [
    { do: "wish", who: 5, wants: "messages" },
    { do: "send", who: 0, mention: "", handed: false },
    { do: "wish", who: 5, wants: "later" },
    { do: "send", who: 5, mention: "", handed: false },
    { do: "send", who: 0, mention: "@all", handed: false },
  ],
};

describe("[PUSH-5] those who are away, as it once went wrong", () => {
  it.each(Object.entries(KNOWN))("%s", async (_name, steps) => play("group")({ seed: 0, steps }));
});

describe.each(["group", "channel"] as const)("a large %s, and those who are away from it", (type) => {
  it(
    "[DLV-1] [PUSH-5] has those told who want to be, of all that they want, and nobody else; then it is quiet",
    { timeout: PATIENCE_MS },
    async () => {
      await fc.assert(fc.asyncProperty(histories, play(type)), budget(`nudges in a ${type}`, 200));
    },
  );
});
