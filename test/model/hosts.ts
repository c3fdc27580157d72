import { Conversation } from "../../src/core/conversation/conversation.ts";
import { found } from "../../src/core/conversation/founding.ts";
import type { Founding } from "../../src/core/conversation/founding.ts";
import { NOT_FOUND } from "../../src/core/conversation/refusals.ts";
import { Downlink } from "../../src/core/inbox/downlink.ts";
import type { SocketSet } from "../../src/core/inbox/downlink.ts";
import { Inbox } from "../../src/core/inbox/inbox.ts";
import type { Random } from "../../src/core/ports.ts";
import { logFrame } from "../../src/objects/user/frames.ts";
import { Sync } from "../../src/objects/user/sync.ts";
import { Uplink } from "../../src/objects/user/uplink.ts";
import { Stubs } from "../../src/platform/stubs.ts";
import type { ConversationRpc } from "../../src/rpc/conversation-rpc.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { conversationStore, userStore } from "../unit/stores.ts";
import type { VirtualTime } from "../unit/virtual-time.ts";
import { Life } from "./network.ts";
import type { Network } from "./network.ts";

export interface Surroundings {
  readonly time: VirtualTime;
  readonly network: Network;
  readonly random: Random;
  user(name: string): UserHost;
  conversation(id: string): ConversationHost;
}

/** Repeats of an alarm whose run was interrupted come this much later. */
const ALARM_RETRY_MS = 2000;

/** Where one conversation lives: its store and its alarm, which last, and its memory, which does not. */
export class ConversationHost {
  readonly sql = conversationStore();
  readonly #world: Surroundings;
  #life: Life | undefined;
  #memory: Conversation | undefined;
  #alarmAt: number | undefined;
  alarms = 0;

  constructor(world: Surroundings, founding: Founding) {
    this.#world = world;
    this.founding = founding;
  }

  readonly founding: Founding;

  get alarmAt(): number | undefined {
    return this.#alarmAt;
  }

  readonly wake = (): Life => {
    this.#life ??= new Life(this.#world.time);
    return this.#life;
  };

  /** Memory as it is now, read again from the store after a crash. */
  get memory(): Conversation | undefined {
    const life = this.wake();
    const record = Conversation.load(this.sql);
    if (!record) return undefined;
    this.#memory ??= new Conversation(
      {
        sql: this.sql,
        clock: this.#world.time,
        timers: life,
        random: this.#world.random,
        deliver: (user, delivery) => {
          const host = this.#world.user(user);
          const copy = structuredClone(delivery);
          return this.#world.network.call(life, host.wake, () => host.memory.downlink.deliver(copy));
        },
        setAlarm: (at) => this.#setAlarm(at),
      },
      record,
    );
    return this.#memory;
  }

  /** Its calls, as `caller` makes them over the network. */
  rpc(caller: Life): ConversationRpc {
    const over = <A extends unknown[], T>(work: (...args: A) => T) => {
      return (...args: A): Promise<T> => {
        const copy = structuredClone(args);
        return this.#world.network.call(caller, this.wake, async () => work(...copy));
      };
    };
    return {
      found: over((founding) => {
        const created = !this.memory;
        if (created) found(this.sql, founding, this.#world.time.now());
        const view = this.memory?.describe(founding.founder) ?? NOT_FOUND;
        if (!this.memory || !view.ok) return NOT_FOUND;
        return { ok: true, value: { created, view: view.value, ...this.memory.welcome(founding.founder) } };
      }),
      append: over(
        (user, drafts, inbox) => this.memory?.append(user, drafts, inbox) ?? { results: drafts.map(() => NOT_FOUND) },
      ),
      receipt: over((call) => this.memory?.receipt(call) ?? NOT_FOUND),
      typing: over((user, state) => this.memory?.typing(user, state)),
      describe: over((user) => this.memory?.describe(user) ?? NOT_FOUND),
      log: over((user, after, limit) => this.memory?.history.log(user, after, limit) ?? NOT_FOUND),
      messages: over((user, page) => this.memory?.history.messages(user, page) ?? NOT_FOUND),
      members: over((user, page) => this.memory?.history.members(user, page) ?? NOT_FOUND),
      receipts: over((user, id, page) => this.memory?.history.receipts(user, id, page) ?? NOT_FOUND),
    };
  }

  crash(): void {
    this.#life?.end();
    this.#life = undefined;
    this.#memory = undefined;
  }

  /** The platform puts it to sleep, if nothing is under way. */
  evict(): void {
    if (this.#life?.isIdle === true) this.crash();
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at;
    this.#world.time.after(Math.max(0, at - this.#world.time.now()), () => {
      if (this.#alarmAt === at) void this.#ring(at);
    });
  }

  /** At least once: an alarm whose run a crash interrupts is run again. */
  async #ring(at: number): Promise<void> {
    this.alarms++;
    const life = this.wake();
    const answered = life.awaitedBy(() => {
      if (this.#alarmAt === undefined) this.#setAlarm(this.#world.time.now() + ALARM_RETRY_MS);
    });
    if (this.#alarmAt === at) this.#alarmAt = undefined;
    await this.memory?.onAlarm();
    answered();
  }
}

export interface UserMemory {
  readonly inbox: Inbox;
  readonly downlink: Downlink;
  readonly uplink: Uplink;
  readonly sync: Sync;
}

/** Where one user lives: a store and sockets, which outlast the memory. */
export class UserHost {
  readonly sql = userStore();
  readonly user: string;
  readonly #world: Surroundings;
  readonly #sockets: SocketSet;
  #life: Life | undefined;
  #memory: UserMemory | undefined;

  constructor(world: Surroundings, user: string, sockets: SocketSet) {
    this.#world = world;
    this.user = user;
    this.#sockets = sockets;
  }

  readonly wake = (): Life => {
    this.#life ??= new Life(this.#world.time);
    return this.#life;
  };

  get memory(): UserMemory {
    this.#memory ??= this.#build(this.wake());
    return this.#memory;
  }

  /** Memory is gone. The sockets are the caller's to close: they outlive an eviction, not a crash. */
  crash(): void {
    this.#life?.end();
    this.#life = undefined;
    this.#memory = undefined;
  }

  evict(): void {
    if (this.#life?.isIdle === true) this.crash();
  }

  #build(life: Life): UserMemory {
    const { time } = this.#world;
    const inbox = new Inbox({ sql: this.sql, clock: time, user: this.user });
    const uplink = new Uplink({
      user: this.user,
      inbox,
      clock: time,
      timers: life,
      conversations: new Stubs({ getByName: (id) => this.#world.conversation(id).rpc(life) }, LIMITS.stubs),
      take: (delivery) => downlink.take(delivery),
      rowChanged: (row) => downlink.rowChanged(row),
    });
    const downlink: Downlink = new Downlink({
      inbox,
      clock: time,
      timers: life,
      sockets: this.#sockets,
      report: async (row) => (await uplink.report(row.conversation_id)).ok,
      repeat: (row, device, after, until) => void this.#repeat(uplink, row.conversation_id, device, after, until),
      applied: (row, fresh) => uplink.applied(row, fresh),
      answerUnderWay: (id) => uplink.underWay(id),
    });
    return { inbox, downlink, uplink, sync: new Sync(inbox, uplink) };
  }

  async #repeat(uplink: Uplink, id: string, device: string, after: number, until: number): Promise<void> {
    const slice = await uplink.log(id, after, until - after);
    if (slice.ok) this.#sockets.toDevice(device, logFrame(id, slice.value));
  }
}
