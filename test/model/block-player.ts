import * as fc from "fast-check";
import type { EncodedEntry } from "../../src/core/conversation/delivery.ts";
import type { Acked, Write } from "../../src/core/conversation/write.ts";
import { Inbox, NO_INBOX } from "../../src/core/inbox/inbox.ts";
import type { Result } from "../../src/shared/result.ts";
import { Talk, valueOf } from "../unit/conversation-fixtures.ts";
import { noticesIn } from "../unit/inbox-fixtures.ts";
import { userStore } from "../unit/stores.ts";

export const PAIR = ["ann", "bob"] as const;
export type One = (typeof PAIR)[number];
export const otherOf = (who: One): One => (who === "ann" ? "bob" : "ann");

const who = fc.constantFrom(...PAIR);
/** Which of the messages, from the newest back. */
const of = fc.nat(5);
const doing = <Name extends string, Fields extends object>(
  weight: number,
  name: Name,
  fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
) => {
  const record: fc.Arbitrary<object> = fc.record({ do: fc.constant(name), ...fields });
  return { weight, arbitrary: record as fc.Arbitrary<{ readonly do: Name } & Fields> };
};

const step = fc.oneof(
  doing(10, "send", {
    who,
    reply: fc.constantFrom(-1, -1, 0, 2),
    thread: fc.constantFrom(-1, -1, 0, 1, 3),
  }),
  doing(5, "edit", { who, of }),
  doing(4, "delete", { who, of }),
  doing(5, "react", { who, of, emoji: fc.constantFrom("+1", "heart"), on: fc.constantFrom(true, true, false) }),
  doing(4, "pin", { who, of, on: fc.constantFrom(true, true, false) }),
  doing(4, "read", { who, behind: fc.nat(3) }),
  doing(5, "block", { who, on: fc.constantFrom(true, false) }),
  doing(2, "crash", {}),
  doing(1, "crashInbox", {}),
  doing(1, "lose", { lost: fc.boolean() }),
  doing(6, "pass", { ms: fc.constantFrom(0, 5, 300, 3000, 12_000) }),
);
export type BlockStep = typeof step extends fc.Arbitrary<infer T> ? T : never;

export const blockHistories: fc.Arbitrary<readonly BlockStep[]> = fc.array(step, {
  minLength: 1,
  maxLength: 60,
  size: "max",
});

/** A direct conversation, with the list of one of the two behind it: what is brought to bob is applied there. */
export class Side {
  readonly talk = new Talk([...PAIR]);
  readonly #sql = userStore();
  inbox = this.#open();
  /** Whether calls to bob's object fail. */
  lost = false;
  /** Whatever was handed to bob, in each call or answer. */
  readonly brought: (readonly EncodedEntry[])[] = [];

  constructor() {
    const byDefault = this.talk.answer;
    this.talk.answer = async (user, delivery) => {
      if (user !== "bob") return byDefault(user, delivery);
      if (this.lost) throw new Error("the request was lost");
      this.brought.push(delivery.entries);
      this.inbox.apply(delivery);
      if (delivery.settle) this.inbox.flush();
      return this.inbox.state("c1");
    };
    this.talk.conversation.welcome("ann", true, NO_INBOX);
  }

  write(user: One, write: Write): Result<Acked> {
    if (user === "ann") return this.talk.write(user, write);
    const { results, delivery } = this.talk.append(user, [write], this.inbox.tell("c1"));
    if (delivery) {
      this.brought.push(delivery.entries);
      this.inbox.apply(delivery);
    }
    const [result] = results;
    if (!result) throw new Error("there is no answer");
    return result;
  }

  read(user: One, upTo: number): void {
    const { conversation } = this.talk;
    const theirs = { ...NO_INBOX, head: conversation.head, flushed: conversation.head };
    const inbox = user === "bob" ? this.inbox.tell("c1") : theirs;
    valueOf(conversation.receipt({ user, read: Math.max(0, upTo), inbox }));
  }

  crashInbox(): void {
    this.inbox = this.#open();
  }

  #open(): Inbox {
    return new Inbox({
      sql: this.#sql,
      clock: this.talk.time,
      user: "bob",
      hidesReads: () => false,
      notices: noticesIn(this.#sql, this.talk.time),
      deviceGone: () => undefined,
    });
  }
}
