import type { Founding } from "../../src/core/conversation/founding.ts";
import type { Horizon } from "../../src/core/conversation/rotation.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { EVENTS } from "../../src/shared/protocol/events.ts";
import type { ServerEvent } from "../../src/shared/protocol/events.ts";
import { conform } from "../support/validate.ts";
import { MemoryArchive } from "../support/memory-archive.ts";
import { seeded } from "../support/random.ts";
import { uuid7At } from "../unit/uuids.ts";
import { VirtualTime } from "../unit/virtual-time.ts";
import { Device } from "./device.ts";
import type { Upward } from "./device.ts";
import { ConversationHost } from "./conversation-host.ts";
import { checkConversation } from "./ending.ts";
import { Connection, Household } from "./household.ts";
import { Life, Network, PERFECT } from "./network.ts";
import { SliceHost } from "./slice-host.ts";
import type { Stage } from "./stages.ts";
import type { Surroundings } from "./surroundings.ts";
import { broken, factsOf, stayOf, Truth } from "./truth.ts";
import type { UserHost } from "./user-host.ts";

export class World implements Surroundings {
  readonly time = new VirtualTime();
  readonly random: () => number;
  readonly horizon: Horizon;
  readonly archive: MemoryArchive | undefined;
  archiveDown = false;
  readonly network: Network;
  readonly truth: Truth;
  readonly conversations = new Map<string, ConversationHost>();
  readonly households = new Map<string, Household>();
  readonly devices: Device[] = [];
  /** Whoever calls objects over HTTP. It does not die. */
  readonly edge: Life;
  readonly #slices = new Map<string, SliceHost>();
  #settled = false;
  /** The first thing found wrong inside a callback. */
  #fault: unknown;

  constructor(seed: number, { people, conversations, large, archived = false }: Stage) {
    this.horizon = archived ? { entries: 3, ms: 0, step: 3 } : { entries: LIMITS.hotEntries, ms: LIMITS.hotMs };
    this.archive = archived ? new MemoryArchive() : undefined;
    this.random = seeded(seed);
    this.network = new Network(this.time, this.random);
    this.edge = new Life(this.time);
    this.truth = new Truth((id) => this.conversation(id).sql);
    for (const founding of conversations)
      this.conversations.set(
        founding.conversation_id,
        new ConversationHost(this, founding, large.includes(founding.conversation_id)),
      );
    for (const [user, count] of Object.entries(people)) {
      const household = new Household(this, user, (connection, frame) => this.down(connection, frame));
      this.households.set(user, household);
      for (let i = 1; i <= count; i++) this.#bring(user, `${user}-${i}`);
    }
  }

  /** One device more. */
  #bring(user: string, name: string): void {
    const device: Device = new Device(user, name, {
      truth: this.truth,
      send: (frame) => this.up(device, frame),
      later: (work) => void this.time.after(this.random() < 0.5 ? 0 : this.random() * 400, work),
    });
    this.household(user).members.push(device);
    this.devices.push(device);
  }

  household(user: string): Household {
    const household = this.households.get(user);
    if (!household) throw new Error(`nobody is called ${user}`);
    return household;
  }

  user(name: string): UserHost {
    return this.household(name).host;
  }

  conversation(id: string): ConversationHost {
    const host = this.conversations.get(id);
    if (!host) throw new Error(`no conversation is called ${id}`);
    return host;
  }

  slice(name: string): SliceHost {
    let host = this.#slices.get(name);
    if (!host) {
      host = new SliceHost(this);
      this.#slices.set(name, host);
    }
    return host;
  }

  fault(error: unknown): void {
    this.#fault ??= error;
  }

  /** Lets time pass, and tells what went wrong meanwhile. */
  async pass(ms: number): Promise<void> {
    if (this.archive) this.#tend();
    await this.time.pass(ms);
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Until everything works, the archive comes and goes. */
  #tend(): void {
    if (!this.#settled && this.random() < 0.15) this.archiveDown = !this.archiveDown;
    for (const host of this.conversations.values()) if (this.random() < 0.5) host.tend();
  }

  async found(): Promise<void> {
    for (const { founding } of this.conversations.values()) {
      const { uplink } = this.user(founding.founder).memory;
      const found = async (): Promise<void> => {
        const result = await uplink.create(founding);
        if (!result.ok) throw broken("founding", "refused on a perfect network", result);
      };
      this.watch(found());
      await this.pass(50);
      if (this.archive) await this.#begin(founding);
    }
  }

  /** Something was said before, most of which is archived by now. */
  async #begin({ conversation_id, founder }: Founding): Promise<void> {
    for (let i = 0; i < 9; i++) {
      const client_message_id = uuid7At(this.time.now(), this.random);
      const draft = { conversation_id, client_message_id, type: "text" as const, content: "of before" };
      this.watch(this.user(founder).memory.uplink.write(draft));
      await this.pass(3000);
    }
  }

  connect(device: Device, sync: boolean): void {
    const { connections } = this.household(device.user);
    this.disconnect(device);
    connections.set(device, new Connection(device));
    device.connected(sync);
    // As objects/user/user-object.ts: without a sync nobody asks how large conversations stand.
    if (!sync) this.watch(this.user(device.user).memory.visits.returned());
  }

  disconnect(device: Device): void {
    const household = this.household(device.user);
    if (!household.connections.has(device)) return;
    household.dismiss(device.id);
    household.host.memory.downlink.disconnected();
  }

  /** The process of a user's object dies: memory is lost, and connections break. */
  crashUser(user: string): void {
    const { host, members } = this.household(user);
    for (const device of members) {
      this.disconnect(device);
      device.forgotten();
    }
    host.crash();
  }

  down(connection: Connection, frame: string): void {
    const at = connection.arrival("down", this.time.exact + this.network.delayMs);
    this.time.after(at - this.time.exact, () => {
      if (!connection.isOpen) return;
      this.#guard(() => {
        const event = JSON.parse(frame) as ServerEvent;
        conform(EVENTS[event.type], event, `a ${event.type} frame`);
        if (event.type === "error") this.#refused(connection.device, event);
        else connection.device.receive(event);
      });
    });
  }

  up(device: Device, frame: Upward): void {
    const { host, connections } = this.household(device.user);
    const connection = connections.get(device);
    if (!connection) return;
    const at = connection.arrival("up", this.time.exact + this.network.delayMs);
    this.time.after(at - this.time.exact, () => {
      if (!connection.isOpen) return;
      host.wake();
      const barrier = frame.type === "log" || frame.type === "sync";
      const done = connection.line.push({ barrier, run: () => this.#handle(connection, frame) });
      if (done !== false) this.watch(done);
    });
  }

  /** A promise whose failure is the world's; `lossy`: unless the network was what failed. */
  watch(work: Promise<unknown>, lossy = false): void {
    work.catch((error: unknown) => {
      if (!lossy) this.fault(error);
    });
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fault(error);
    }
  }

  #refused(device: Device, { ref, code, client_message_id }: Extract<ServerEvent, { type: "error" }>): void {
    const passes = code === "internal" || code === "overloaded";
    if (client_message_id !== undefined) {
      if (!passes) device.refused(client_message_id);
      return;
    }
    if (ref === undefined || !this.conversations.has(ref)) return;
    if (passes) device.failed(ref);
    else device.gone(ref);
  }

  /** What objects/user/frames.ts does with a frame, without its limits. */
  async #handle(connection: Connection, frame: Upward): Promise<void> {
    const { device } = connection;
    const { inbox, uplink, downlink, sync, visits } = this.user(device.user).memory;
    const answer = (event: object): void => this.down(connection, JSON.stringify(event));
    if (frame.type === "write") {
      const { conversation_id, client_message_id } = frame.write;
      const result = await uplink.write(frame.write);
      if (!result.ok) return answer({ type: "error", client_message_id, ...result.refusal });
      const { message_id, seq, at, duplicate } = result.value;
      const timestamp = new Date(at).toISOString();
      const ack = { client_message_id, conversation_id, message_id, seq, timestamp, duplicate };
      answer({ type: "ack", ...ack, status: "sent" });
    } else if (frame.type === "delivered") {
      const row = inbox.row(frame.conversation_id);
      if (row) downlink.acknowledge(row, device.id, frame.up_to);
    } else if (frame.type === "read") {
      const result = await uplink.read(frame.conversation_id, frame.up_to);
      if (!result.ok && result.refusal.code !== "not_found") device.readFailed(frame.conversation_id, frame.up_to);
    } else if (frame.type === "open" || frame.type === "close") {
      const open = (connection.open ??= new Set());
      const row = inbox.row(frame.conversation_id);
      if (frame.type === "close") open.delete(frame.conversation_id);
      else open.add(frame.conversation_id);
      if (frame.type === "open" && row?.away === true && row.meta.type === "channel") await visits.one(row);
    } else if (frame.type === "sync") {
      this.down(connection, `{"type":"sync",${await sync.fields(frame.since, device.id)}}`);
    } else if (frame.type === "log") {
      const { conversation_id, after } = frame;
      const result = await uplink.log(conversation_id, after);
      if (!result.ok) return answer({ type: "error", ref: conversation_id, ...result.refusal });
      const { entries, head_seq, epoch } = result.value;
      const slice = { conversation_id, entries: JSON.parse(entries) as unknown, head_seq, epoch };
      answer({ type: "entries", ref: "log", ...slice });
    }
  }

  /**
   * Everything works from now on: devices connect, sync, and acknowledge; alarms ring. Then all must agree, and with
   * them a device that everybody has taken out of its box: what it knows is a fresh snapshot.
   */
  async settle(): Promise<void> {
    this.network.quality = PERFECT;
    this.archiveDown = false;
    this.#settled = true;
    for (const device of this.devices) {
      device.mute = false;
      this.connect(device, true);
    }
    await this.pass(60_000);
    // What was refused because the archive had just been out of reach is sent once more.
    if (this.archive) for (const device of this.devices) this.connect(device, true);
    await this.pass(60_000);
    for (const device of this.devices) device.repair();
    await this.pass(30 * 60_000);
    for (const user of this.households.keys()) this.#bring(user, `${user}-new`);
    for (const device of this.devices) this.connect(device, true);
    await this.pass(60_000);
    this.sleep();
  }

  /** The platform puts everybody to sleep who has nothing under way. */
  sleep(): void {
    for (const host of this.conversations.values()) host.evict();
    for (const { host } of this.households.values()) host.evict();
    for (const host of this.#slices.values()) host.evict();
  }

  /** Slices lose their memory, and with it what they were about to say. */
  crashSlices(): void {
    for (const host of this.#slices.values()) host.crash();
  }

  /**
   * Everybody says something in each conversation, and then somebody's object dies. What a lost call left untold of
   * a member's devices is told with the next thing that happens, and what the object had not written is there again
   * with the next message: nobody waits for an alarm.
   */
  async greet(): Promise<void> {
    for (const id of this.conversations.keys()) {
      const members = this.membersOf(id);
      const [speaker] = this.speakersOf(id);
      if (speaker === undefined) continue;
      for (const user of members) await this.#say(user, id, 150);
      const victim = members[Math.floor(this.random() * members.length)] ?? speaker;
      this.crashUser(victim);
      for (const device of this.household(victim).members) this.connect(device, true);
      // Longer than what is said now and lives for three seconds: its end has been told by then.
      await this.#say(speaker, id, 3500);
      const { length } = factsOf(this.conversation(id).sql);
      for (const user of members) {
        const { head } = this.user(user).memory.inbox.state(id);
        if (head !== length) throw broken("CONS-2", `${user}'s row of ${id} lags`, { head, length, victim });
      }
    }
    await this.pass(60_000);
    this.sleep();
  }

  /** Everybody goes but one who writes: whoever wants every message has it in his list all the same, and nobody else is called. */
  async nudge(id: string): Promise<void> {
    const [speaker] = this.speakersOf(id);
    if (speaker === undefined) return;
    for (const device of this.devices) if (device.user !== speaker) this.disconnect(device);
    // With this one they say that they are away; only the next one finds them so.
    await this.#say(speaker, id, 30_000);
    const before = new Map(this.membersOf(id).map((user) => [user, this.user(user).memory.inbox.state(id).head]));
    await this.#say(speaker, id, 60_000);
    const { length } = factsOf(this.conversation(id).sql);
    for (const [user, had] of before) {
      if (user === speaker) continue;
      const { inbox } = this.user(user).memory;
      const row = inbox.row(id);
      const wants = row && this.user(user).wants(row)?.what;
      const expected = wants === "messages" ? length : had;
      if (row?.flushedHead !== expected)
        throw broken("PUSH-5", `${user}, who is away from ${id}, has not what he wants`, { wants, row, length });
    }
    this.sleep();
    this.checkRest();
    for (const device of this.devices) this.connect(device, true);
    await this.pass(60_000);
    this.sleep();
  }

  /** How many entries the conversations have let go. */
  get pruned(): number {
    return [...this.conversations.values()].reduce(
      (sum, { memory }) => sum + (memory?.archiving.state.pruned_up_to ?? 0),
      0,
    );
  }

  /** Who is in it now. */
  membersOf(id: string): string[] {
    const { sql } = this.conversation(id);
    return [...this.households.keys()].filter((user) => {
      const stay = stayOf(sql, user);
      return stay !== undefined && stay.left === undefined;
    });
  }

  /** Who may write in any case. */
  speakersOf(id: string): string[] {
    const rows = this.conversation(id).sql.all<{ user_id: string }>(
      `SELECT user_id FROM members, conversation WHERE left_seq IS NULL AND (role IN ('owner', 'admin') OR type = 'direct')
       ORDER BY user_id`,
    );
    return rows.map(({ user_id }) => user_id);
  }

  async #say(user: string, conversation_id: string, ms: number): Promise<void> {
    const client_message_id = uuid7At(this.time.now(), this.random);
    this.household(user).members[0]?.write({ conversation_id, client_message_id, type: "text", content: "bye" });
    await this.pass(ms);
  }

  /** What must hold when all is quiet. `told`: conversations know what devices have, too. */
  async checkEnd(told: boolean): Promise<void> {
    for (const id of this.conversations.keys()) {
      this.truth.checkLog(id);
      await checkConversation(this, id, told);
    }
    this.checkRest();
  }

  /** I8: nothing keeps an object awake, and no alarm is set but for what is to happen at a time. */
  checkRest(): void {
    for (const [id, host] of this.conversations) {
      if (host.isAwake) throw broken("I8", `${id} is awake`, {});
      const agenda = host.sql.all("SELECT 1 FROM scheduled WHERE refused IS NULL").length > 0;
      const expiring = factsOf(host.sql).some(({ expiresAt, deletedSeq }) => expiresAt !== null && deletedSeq === null);
      if (host.alarmAt !== undefined && !agenda && !expiring)
        throw broken("I8", `${id} has an alarm`, { at: host.alarmAt, state: host.memory?.deliveryState });
      if (host.alarmAt === undefined && (agenda || expiring)) throw broken("SCHED-2", `${id} has no alarm`, {});
    }
    for (const [user, { host }] of this.households)
      if (host.isAwake) throw broken("I8", `the object of ${user} is awake`, {});
    for (const [name, host] of this.#slices) if (host.isAwake) throw broken("I8", `slice ${name} is awake`, {});
  }
}
