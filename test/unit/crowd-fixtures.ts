import { expect } from "vitest";
import type { Visit } from "../../src/core/conversation/calls.ts";
import type { Wants } from "../../src/core/conversation/delivery.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";

/** Large from the beginning: `there` are those whose devices are connected. */
export class Crowd {
  readonly talk: Talk;
  readonly there: Set<string>;
  readonly failing = new Set<string>();
  /** What those who are not there want to be called for. */
  readonly wants = new Map<string, Wants>();
  /** How far each member's inbox is. */
  readonly heads = new Map<string, number>();
  #rev = 1;

  constructor(members: readonly string[], there: readonly string[], type: "group" | "channel" = "group") {
    this.talk = new Talk(members, { type, name: "Crowd" });
    if (type === "group") {
      this.talk.sql.run("UPDATE conversation SET large = 1 WHERE one = ?", 1);
      this.talk.crash();
    }
    this.there = new Set(there);
    this.talk.answer = async (user, { after, entries, base }) => {
      if (this.failing.has(user)) throw new Error("the object is gone");
      const had = Math.max(this.heads.get(user) ?? 0, base?.head ?? 0);
      const head = after > had ? had : Math.max(had, after + entries.length);
      this.heads.set(user, head);
      const here = this.there.has(user);
      const wants = here ? undefined : this.wants.get(user);
      const presence = { here, asOf: this.#rev++, ...(wants ? { wants } : {}) };
      return { ...NO_INBOX, head, flushed: head, presence };
    };
  }

  /** A message, written by somebody who has everything. */
  async say(user = "ann", ms = 2000): Promise<void> {
    const { head } = this.talk.conversation;
    valueOf(this.talk.send(user, "hello", {}, { ...NO_INBOX, head, flushed: head }));
    this.heads.set(user, head + 1);
    await this.talk.pass(ms);
  }

  visit(user: string, more: Partial<Visit> = {}) {
    const head = this.heads.get(user) ?? 0;
    const inbox = { ...NO_INBOX, head, flushed: head };
    return this.talk.conversation.visit({ user, inbox, live: true, asOf: this.#rev++, ...more });
  }

  /** Says what he wants from now on, without being there. */
  wish(user: string, wants?: Wants): void {
    if (wants) this.wants.set(user, wants);
    else this.wants.delete(user);
    valueOf(this.visit(user, { live: false, ...(wants ? { wants } : {}) }));
    this.heads.set(user, this.talk.conversation.head);
  }

  forget(): void {
    this.talk.calls.length = 0;
    this.talk.relays.length = 0;
  }
}

export const MESSAGES = { what: "messages" } as const;
export const MENTIONS = { what: "mentions" } as const;
export const PEOPLE = ["ann", "bob", "cem", "dag", "eve"];

/** Ann and Bob are there; of those who are not, Cem wants every message, Dag mentions, Eve nothing. */
export const crowdOf = async (type: "group" | "channel" = "group"): Promise<Crowd> => {
  const crowd = new Crowd(PEOPLE, ["ann", "bob"], type);
  crowd.wants.set("cem", MESSAGES);
  crowd.wants.set("dag", MENTIONS);
  await crowd.say();
  await crowd.talk.pass(60_000);
  crowd.forget();
  return crowd;
};

/** Nothing keeps it awake, and nothing is to happen. */
export const rests = (crowd: Crowd): void => {
  expect(crowd.talk.alarmAt).toBeUndefined();
  expect(crowd.talk.time.pending).toBe(0);
};
