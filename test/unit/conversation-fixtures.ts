import type { AppendAnswer } from "../../src/core/conversation/calls.ts";
import { Conversation } from "../../src/core/conversation/conversation.ts";
import type { ConversationDeps } from "../../src/core/conversation/conversation.ts";
import type { Delivery, DeliveryAnswer, InboxState } from "../../src/core/conversation/delivery.ts";
import type { Founding } from "../../src/core/conversation/founding.ts";
import type { Acked, Draft, GroupChange, MessageChange, Write } from "../../src/core/conversation/write.ts";
import type { Relay, RelayAnswer } from "../../src/core/fanout/relay.ts";
import { Slice } from "../../src/core/fanout/slice.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import type { Timers } from "../../src/core/ports.ts";
import type { Soon } from "../../src/core/soon.ts";
import type { Result } from "../../src/shared/result.ts";
import { atOnce, NO_ARCHIVE } from "../support/at-once.ts";
import { seeded } from "../support/random.ts";
import { conversationStore, foundConversation } from "./stores.ts";
import { uuid7At } from "./uuids.ts";
import { VirtualTime } from "./virtual-time.ts";

const random = seeded(7);

/** The value of what must not be refused. */
export const valueOf = <T>(soon: Soon<Result<T>>): T => {
  const result = atOnce(soon);
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}; ${result.refusal.message}`);
  return result.value;
};

/** The code of a refusal; `undefined` when there is none. */
export const codeOf = (soon: Soon<Result<unknown>>): string | undefined => {
  const result = atOnce(soon);
  return result.ok ? undefined : result.refusal.code;
};

/** An alarm whose run was interrupted is run again this much later. */
const ALARM_RETRY_MS = 2000;

export interface Delivered {
  readonly user: string;
  readonly delivery: Delivery;
}

type Named = "conversation_id" | "client_message_id";
/** A change without the names that every write has. */
export type Change =
  | { [Op in MessageChange["op"]]: Omit<Extract<MessageChange, { op: Op }>, Named> }[MessageChange["op"]]
  | { [Op in GroupChange["op"]]: Omit<Extract<GroupChange, { op: Op }>, Named> }[GroupChange["op"]];

/**
 * A conversation whose members' objects are the test's to play. By default each has everything durable at
 * once, no device acknowledges anything, and whoever is asked whether he is there is.
 */
export class Talk {
  readonly time = new VirtualTime();
  readonly sql = conversationStore();
  readonly calls: Delivered[] = [];
  readonly relays: { readonly slice: number; readonly relay: Relay }[] = [];
  /** Members who were reported as not reached. */
  readonly parked: string[] = [];
  readonly founding: Founding;
  alarmAt: number | undefined;
  /** An archive, if it is to have one; and what comes of it. Takes effect with its next life. */
  archiving: Partial<Pick<ConversationDeps, "archive" | "horizon" | "archived" | "archiveFailed" | "policy">> = {};
  answer: (user: string, delivery: Delivery) => Promise<DeliveryAnswer>;
  /** By default slices do their work. */
  answerRelay: (slice: number, relay: Relay) => Promise<RelayAnswer>;
  conversation: Conversation;
  readonly #slices = new Map<number, Slice>();
  #life = new Set<() => void>();
  #cancelAlarm: (() => void) | undefined;
  #ringing = false;

  constructor(members: readonly string[] = ["ann", "bob"], more: Partial<Founding> = {}, blocker?: string) {
    this.founding = foundConversation(this.sql, members, this.time.now(), more, blocker);
    this.answer = async (_user, { after, entries, own, large }) => {
      const head = after + entries.length;
      const state = { ...NO_INBOX, head, flushed: head, read: own?.read_up_to ?? 0 };
      return large === true ? { ...state, presence: { here: true, asOf: 0 } } : state;
    };
    this.answerRelay = (slice, relay) => this.slice(slice).relay(relay);
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

  append(user: string, writes: readonly Write[], inbox: InboxState = NO_INBOX): AppendAnswer {
    return atOnce(this.conversation.append({ user, writes, inbox, at: this.time.now() }));
  }

  /** One write, as it came from a device. */
  write(user: string, write: Write, inbox: InboxState = NO_INBOX): Result<Acked> {
    const [result] = this.append(user, [write], inbox).results;
    if (!result) throw new Error("there is no answer");
    return result;
  }

  send(user: string, content = "hello", more: Partial<Draft> = {}, inbox: InboxState = NO_INBOX): Result<Acked> {
    return this.write(user, this.draft(content, more), inbox);
  }

  change(change: Change): MessageChange | GroupChange {
    const client_message_id = uuid7At(this.time.now(), random);
    return { conversation_id: "c1", client_message_id, ...change };
  }

  /** Changes a message, the conversation, or who is in it. */
  do(user: string, change: Change): Result<Acked> {
    return this.write(user, this.change(change));
  }

  /** The code with which it is refused; `undefined` when it is not. */
  refusal(user: string, change: Change): string | undefined {
    return codeOf(this.do(user, change));
  }

  /** The object that serves a slice. */
  slice(index: number): Slice {
    let slice = this.#slices.get(index);
    if (!slice) {
      const deliver = (user: string, delivery: Delivery) => this.#deliver(user, delivery);
      slice = new Slice({ clock: this.time, timers: this.time, random: () => 0.5, deliver });
      this.#slices.set(index, slice);
    }
    return slice;
  }

  /** The objects of slices lose their memory. */
  evictSlices(): void {
    this.#slices.clear();
  }

  read(user: string, upTo: number): ReturnType<Conversation["receipt"]> {
    const inbox = { ...NO_INBOX, head: this.conversation.head, flushed: this.conversation.head };
    return this.conversation.receipt({ user, read: upTo, inbox });
  }

  delivered(user: string, upTo: number): ReturnType<Conversation["receipt"]> {
    const inbox = { ...NO_INBOX, head: this.conversation.head, flushed: this.conversation.head };
    return this.conversation.receipt({ user, delivered: upTo, inbox });
  }

  #deliver(user: string, delivery: Delivery): Promise<DeliveryAnswer> {
    this.calls.push({ user, delivery });
    return this.answer(user, delivery);
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
    const alive = <T>(answer: Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        const tell = (work: () => void): void => {
          if (this.#life === life) work();
        };
        answer.then(
          (value) => tell(() => resolve(value)),
          (error: unknown) => tell(() => reject(error)),
        );
      });
    return new Conversation(
      {
        sql: this.sql,
        clock: this.time,
        timers,
        random: () => 0.5,
        deliver: (user, delivery) => alive(this.#deliver(user, delivery)),
        relay: (slice, relay) => {
          this.relays.push({ slice, relay });
          return alive(this.answerRelay(slice, relay));
        },
        setAlarm: (at) => this.#setAlarm(at),
        parked: (user) => this.parked.push(user),
        ...NO_ARCHIVE,
        ...this.archiving,
      },
      record,
    );
  }
}
