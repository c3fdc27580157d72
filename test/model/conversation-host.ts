import type { ArchiveStore } from "../../src/core/archive/archive-store.ts";
import { Conversation } from "../../src/core/conversation/conversation.ts";
import { found } from "../../src/core/conversation/founding.ts";
import type { Founding } from "../../src/core/conversation/founding.ts";
import type { Soon } from "../../src/core/soon.ts";
import { NO_INVITE, NOT_FOUND } from "../../src/core/conversation/refusals.ts";
import type { ConversationRpc } from "../../src/rpc/conversation-rpc.ts";
import { NO_ARCHIVE } from "../support/at-once.ts";
import { conversationStore } from "../unit/stores.ts";
import { Life, PERFECT } from "./network.ts";
import type { Surroundings } from "./surroundings.ts";
import { archivedIn } from "./truth.ts";

/** Repeats of an alarm whose run was interrupted come this much later. */
const ALARM_RETRY_MS = 2000;

/** Where one conversation lives: its store and its alarm, which last, and its memory, which does not. */
export class ConversationHost {
  readonly sql = conversationStore();
  readonly founding: Founding;
  readonly #world: Surroundings;
  readonly #large: boolean;
  #life: Life | undefined;
  #memory: Conversation | undefined;
  #alarmAt: number | undefined;
  alarms = 0;

  /** `large`: it is brought to those only who are there, however few its members are. */
  constructor(world: Surroundings, founding: Founding, large = false) {
    this.#world = world;
    this.founding = founding;
    this.#large = large;
    archivedIn(this.sql, () => world.archive?.log(founding.conversation_id) ?? []);
  }

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
    const { network } = this.#world;
    this.#memory ??= new Conversation(
      {
        sql: this.sql,
        clock: this.#world.time,
        timers: life,
        random: this.#world.random,
        deliver: (user, delivery) => {
          const host = this.#world.user(user);
          const copy = structuredClone(delivery);
          return network.call(life, host.wake, () => host.memory.downlink.deliver(copy));
        },
        relay: (slice, relay) => this.#world.slice(`${record.conversation_id}/${slice}`).relay(life, relay),
        setAlarm: (at) => this.#setAlarm(at),
        parked: () => undefined,
        ...NO_ARCHIVE,
        archive: this.#archive(life),
        horizon: this.#world.horizon,
      },
      record,
    );
    return this.#memory;
  }

  /** Over a network that does not fail it answers at once. */
  #archive(life: Life): ArchiveStore | undefined {
    const { archive, network, edge } = this.#world;
    if (!archive) return undefined;
    const over = async <T>(work: () => Promise<T>): Promise<T> => {
      if (this.#world.archiveDown) throw new Error("the archive is down");
      return network.quality === PERFECT ? work() : network.call(life, () => edge, work);
    };
    return {
      put: (batch) => {
        const copy = structuredClone(batch);
        return over(() => archive.put(copy));
      },
      range: (range) => over(() => archive.range(range)),
      rows: (id, seqs) => over(() => archive.rows(id, seqs)),
      forget: (id, through) => over(() => archive.forget(id, through)),
    };
  }

  /** What the alarm does for the archive: it might ring at any time. */
  tend(): void {
    const { memory } = this;
    if (!memory) return;
    const tend = async (): Promise<void> => {
      await memory.archiving.ring();
      if (memory === this.#memory) memory.rotation.ring();
    };
    tend().catch((error: unknown) => this.#world.fault(error));
  }

  /** Its calls, as `caller` makes them over the network. */
  rpc(caller: Life): ConversationRpc {
    const over =
      <A extends unknown[], T>(work: (...args: A) => Soon<T>) =>
      (...args: A): Promise<T> => {
        const copy = structuredClone(args);
        return this.#world.network.call(caller, this.wake, async () => this.#guarded(() => work(...copy)));
      };
    return {
      found: over((founding, inbox) => {
        const created = !this.memory;
        if (created) this.#found(founding);
        return this.memory?.welcome(founding.founder, created, inbox) ?? NOT_FOUND;
      }),
      join: over((user, secret, inbox) => this.memory?.join(user, secret, inbox) ?? NO_INVITE),
      append: over((call) => this.memory?.append(call) ?? { results: call.writes.map(() => NOT_FOUND) }),
      receipt: over((call) => this.memory?.receipt(call) ?? NOT_FOUND),
      readThread: over((...asked) => this.memory?.readThread(...asked) ?? NOT_FOUND),
      block: over((user, blocks) => this.memory?.block(user, blocks) ?? NOT_FOUND),
      typing: over((user, state, except) => this.memory?.typing(user, state, except)),
      describe: over((user) => this.memory?.describe(user) ?? NOT_FOUND),
      visit: over((visit) => this.memory?.visit(visit) ?? NOT_FOUND),
      log: over((user, after, limit) => this.memory?.history.log(user, after, limit) ?? NOT_FOUND),
      messages: over((user, page) => this.memory?.history.messages(user, page) ?? NOT_FOUND),
      message: over((user, id) => this.memory?.history.message(user, id) ?? NOT_FOUND),
      list: over((user, which, page) =>
        which === "scheduled"
          ? (this.memory?.agenda.list(user, page) ?? NOT_FOUND)
          : (this.memory?.lists[which](user, page) ?? NOT_FOUND),
      ),
      listOf: over((user, id, which, page) => this.memory?.lists[which](user, id, page) ?? NOT_FOUND),
      search: over(() => NOT_FOUND),
      invitePreview: over((secret) => this.memory?.doors.preview(secret) ?? NO_INVITE),
      createInvite: over((user, wish) => this.memory?.doors.create(user, wish) ?? NOT_FOUND),
      invites: over((user, page) => this.memory?.doors.list(user, page) ?? NOT_FOUND),
      revokeInvite: over((user, secret) => this.memory?.doors.revoke(user, secret) ?? NOT_FOUND),
      schedule: over((user, draft, at) => this.memory?.agenda.schedule(user, draft, at) ?? NOT_FOUND),
      cancelScheduled: over((user, id) => this.memory?.agenda.cancel(user, id) ?? NOT_FOUND),
      deliveryState: over(() => NOT_FOUND),
      adminState: over(() => NOT_FOUND),
      held: over((page) => this.memory?.duties.heldPage(page) ?? NOT_FOUND),
      placeHold: over((hold) => this.memory?.duties.placeHold(hold) ?? NOT_FOUND),
      releaseHold: over((id) => this.memory?.duties.releaseHold(id) ?? NOT_FOUND),
      retain: over((days) => this.memory?.duties.retain(days) ?? NOT_FOUND),
      restorePoint: over((at) => this.memory?.duties.restorePoint(at) ?? NOT_FOUND),
      markLeaving: over(() => NOT_FOUND),
      goBack: over(() => NOT_FOUND),
      resume: over(() => NOT_FOUND),
      takeDown: over((id) => this.memory?.duties.takeDown(id) ?? NOT_FOUND),
    };
  }

  /** Whether something is under way that keeps it from being put to sleep. */
  get isAwake(): boolean {
    return this.#life !== undefined && !this.#life.isIdle;
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

  #found(founding: Founding): void {
    found(this.sql, founding, this.#world.time.now());
    if (this.#large) this.sql.run("UPDATE conversation SET large = 1 WHERE one = 1");
  }

  async #guarded<T>(work: () => Soon<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#world.fault(error);
      throw error;
    }
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
    try {
      await this.memory?.onAlarm();
    } catch (error) {
      this.#world.fault(error);
    }
    answered();
  }
}
