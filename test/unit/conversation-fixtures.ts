import type { Acked, Draft } from "../../src/core/conversation/appender.ts";
import { Conversation } from "../../src/core/conversation/conversation.ts";
import type { Delivery, DeliveryAnswer, InboxState } from "../../src/core/conversation/delivery.ts";
import type { Founding } from "../../src/core/conversation/founding.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import type { Timers } from "../../src/core/ports.ts";
import type { Result } from "../../src/shared/result.ts";
import { seeded } from "../support/random.ts";
import { conversationStore, foundConversation } from "./stores.ts";
import { uuid7At } from "./uuids.ts";
import { VirtualTime } from "./virtual-time.ts";

const random = seeded(7);

/** The value of what must not be refused. */
export const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}; ${result.refusal.message}`);
  return result.value;
};

/** An alarm whose run was interrupted is run again this much later. */
const ALARM_RETRY_MS = 2000;

export interface Delivered {
  readonly user: string;
  readonly delivery: Delivery;
}

/**
 * A conversation whose members' objects are the test's to play. By default each has everything durable at
 * once, and no device.
 */
export class Talk {
  readonly time = new VirtualTime();
  readonly sql = conversationStore();
  readonly calls: Delivered[] = [];
  readonly founding: Founding;
  alarmAt: number | undefined;
  answer: (user: string, delivery: Delivery) => Promise<DeliveryAnswer>;
  conversation: Conversation;
  #life = new Set<() => void>();
  #cancelAlarm: (() => void) | undefined;
  #ringing = false;

  constructor(members: readonly string[] = ["ann", "bob"], more: Partial<Founding> = {}) {
    this.founding = foundConversation(this.sql, members, this.time.now(), more);
    this.answer = async (_user, { after, entries, own }) => {
      const head = after + entries.length;
      return { head, flushed: head, read: own?.read_up_to ?? 0, delivered: 0 };
    };
    this.conversation = this.#load();
  }

  /** Memory and timers are gone; the store, the alarm and the clock stay. An alarm that was ringing rings again. */
  crash(): void {
    for (const cancel of this.#life) cancel();
    this.#life = new Set();
    if (this.#ringing && this.alarmAt === undefined) this.#setAlarm(this.time.now() + ALARM_RETRY_MS);
    this.#ringing = false;
    this.conversation = this.#load();
  }

  /** Time passes, and the alarm rings when it is due. */
  async pass(ms: number): Promise<void> {
    await this.time.pass(ms);
  }

  draft(content = "hello", more: Partial<Draft> = {}): Draft {
    const client_message_id = uuid7At(this.time.now(), random);
    return { conversation_id: "c1", client_message_id, type: "text", content, ...more };
  }

  send(user: string, content = "hello", more: Partial<Draft> = {}, inbox: InboxState = NO_INBOX): Result<Acked> {
    const [result] = this.conversation.append(user, [this.draft(content, more)], inbox).results;
    if (!result) throw new Error("there is no answer");
    return result;
  }

  read(user: string, upTo: number): ReturnType<Conversation["receipt"]> {
    const inbox = { ...NO_INBOX, head: this.conversation.head, flushed: this.conversation.head };
    return this.conversation.receipt({ user, read: upTo, inbox });
  }

  delivered(user: string, upTo: number): ReturnType<Conversation["receipt"]> {
    const inbox = { ...NO_INBOX, head: this.conversation.head, flushed: this.conversation.head };
    return this.conversation.receipt({ user, delivered: upTo, inbox });
  }

  /** What went to a member, oldest first. */
  to(user: string): Delivery[] {
    return this.calls.filter((call) => call.user === user).map(({ delivery }) => delivery);
  }

  /** Places that a member was sent, in the order of the calls. */
  placesTo(user: string): number[] {
    return this.to(user).flatMap(({ entries }) => entries.map(({ seq }) => seq));
  }

  #setAlarm(at: number): void {
    this.#cancelAlarm?.();
    this.alarmAt = at;
    this.#cancelAlarm = this.time.after(Math.max(0, at - this.time.now()), () => {
      if (this.alarmAt === at) void this.#ring();
    });
  }

  async #ring(): Promise<void> {
    const life = this.#life;
    this.alarmAt = undefined;
    this.#ringing = true;
    await this.conversation.onAlarm();
    if (this.#life === life) this.#ringing = false;
  }

  #load(): Conversation {
    const record = Conversation.load(this.sql);
    if (!record) throw new Error("nobody founded it");
    const life = this.#life;
    const timers: Timers = {
      after: (ms, work) => {
        const cancel = this.time.after(ms, work);
        life.add(cancel);
        return cancel;
      },
    };
    /** What arrives after a crash, nobody waits for. */
    const alive = (tell: () => void): void => {
      if (this.#life === life) tell();
    };
    return new Conversation(
      {
        sql: this.sql,
        clock: this.time,
        timers,
        random: () => 0.5,
        deliver: (user, delivery) => {
          this.calls.push({ user, delivery });
          const answer = this.answer(user, delivery);
          return new Promise((resolve, reject) => {
            answer.then(
              (value) => alive(() => resolve(value)),
              (error: unknown) => alive(() => reject(error)),
            );
          });
        },
        setAlarm: (at) => this.#setAlarm(at),
      },
      record,
    );
  }
}
