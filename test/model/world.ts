import type { SocketSet } from "../../src/core/inbox/downlink.ts";
import type { Founding } from "../../src/core/conversation/founding.ts";
import { conversationJson } from "../../src/core/inbox/inbox-row.ts";
import { FrameLine } from "../../src/objects/user/frame-line.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import { EVENTS } from "../../src/shared/protocol/events.ts";
import type { ServerEvent } from "../../src/shared/protocol/events.ts";
import { conform } from "../support/validate.ts";
import { seeded } from "../support/random.ts";
import { uuid7At } from "../unit/uuids.ts";
import { VirtualTime } from "../unit/virtual-time.ts";
import { Device } from "./device.ts";
import type { Upward } from "./device.ts";
import { ConversationHost } from "./conversation-host.ts";
import { Network, PERFECT } from "./network.ts";
import { SliceHost } from "./slice-host.ts";
import type { Surroundings } from "./surroundings.ts";
import { broken, factsOf, mentionsOf, Truth, unreadOf } from "./truth.ts";
import { UserHost } from "./user-host.ts";

/** A line between a device and its user's object: frames keep their order, and are lost when it breaks. */
class Connection {
  readonly line = new FrameLine();
  readonly device: Device;
  isOpen = true;
  #downAt = 0;
  #upAt = 0;

  constructor(device: Device) {
    this.device = device;
  }

  arrival(way: "up" | "down", at: number): number {
    if (way === "up") return (this.#upAt = Math.max(this.#upAt, at));
    return (this.#downAt = Math.max(this.#downAt, at));
  }
}

/** A user's place in the world: object, devices and the connections between them. */
class Household implements SocketSet {
  readonly host: UserHost;
  readonly members: Device[] = [];
  readonly connections = new Map<Device, Connection>();
  readonly #world: World;

  constructor(world: World, user: string) {
    this.#world = world;
    this.host = new UserHost(world, user, this);
  }

  get size(): number {
    return this.connections.size;
  }

  toAll(frame: string): void {
    for (const connection of this.connections.values()) this.#world.down(connection, frame);
  }

  get devices(): string[] {
    return [...this.connections.keys()].map(({ id }) => id);
  }

  toDevice(device: string, frame: string): void {
    for (const connection of this.connections.values())
      if (connection.device.id === device) this.#world.down(connection, frame);
  }

  /** No device says what is on its screen. */
  toWatching(_id: string, frame: string): void {
    this.toAll(frame);
  }

  /** Typing is not part of this world: nothing is ever on the screen. */
  toOpen(): void {}

  isOpen(): boolean {
    return false;
  }
}

export class World implements Surroundings {
  readonly time = new VirtualTime();
  readonly random: () => number;
  readonly network: Network;
  readonly truth: Truth;
  readonly conversations = new Map<string, ConversationHost>();
  readonly households = new Map<string, Household>();
  readonly devices: Device[] = [];
  readonly #slices = new Map<string, SliceHost>();
  /** The first thing found wrong inside a callback. */
  #fault: unknown;

  constructor(seed: number, devicesOf: Readonly<Record<string, number>>, conversations: readonly Founding[]) {
    this.random = seeded(seed);
    this.network = new Network(this.time, this.random);
    this.truth = new Truth((id) => this.conversation(id).sql);
    for (const founding of conversations)
      this.conversations.set(founding.conversation_id, new ConversationHost(this, founding));
    for (const [user, count] of Object.entries(devicesOf)) {
      const household = new Household(this, user);
      this.households.set(user, household);
      for (let i = 1; i <= count; i++) {
        const device: Device = new Device(user, `${user}-${i}`, {
          truth: this.truth,
          send: (frame) => this.up(device, frame),
          later: (work) => void this.time.after(this.random() < 0.5 ? 0 : this.random() * 400, work),
        });
        household.members.push(device);
        this.devices.push(device);
      }
    }
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
    await this.time.pass(ms);
    if (this.#fault !== undefined) throw this.#fault;
  }

  async found(): Promise<void> {
    for (const { founding } of this.conversations.values()) {
      const { uplink } = this.user(founding.founder).memory;
      const found = async (): Promise<void> => {
        const result = await uplink.create(founding);
        if (!result.ok) throw broken("founding", "refused on a perfect network", result);
      };
      this.#watch(found());
      await this.pass(50);
    }
  }

  connect(device: Device, sync: boolean): void {
    const { connections } = this.household(device.user);
    this.disconnect(device);
    connections.set(device, new Connection(device));
    device.connected(sync);
  }

  disconnect(device: Device): void {
    const { host, connections } = this.household(device.user);
    const connection = connections.get(device);
    if (!connection) return;
    connection.isOpen = false;
    connections.delete(device);
    device.disconnected();
    host.memory.downlink.disconnected();
  }

  /** The process of a user's object dies: memory is lost, and connections break. */
  crashUser(user: string): void {
    const { host, members } = this.household(user);
    for (const device of members) this.disconnect(device);
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
      if (done !== false) this.#watch(done);
    });
  }

  /** A promise whose failure is the world's. */
  #watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.fault(error));
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fault(error);
    }
  }

  #refused(device: Device, { ref, code }: Extract<ServerEvent, { type: "error" }>): void {
    if (code !== "internal" && code !== "overloaded") throw broken("refused", code, ref);
    if (ref !== undefined && this.conversations.has(ref)) device.failed(ref);
  }

  /** What objects/user/frames.ts does with a frame, without its limits. */
  async #handle(connection: Connection, frame: Upward): Promise<void> {
    const { device } = connection;
    const { inbox, uplink, downlink, sync } = this.user(device.user).memory;
    const answer = (event: object): void => this.down(connection, JSON.stringify(event));
    if (frame.type === "send") {
      const { conversation_id, client_message_id } = frame.draft;
      const result = await uplink.write(frame.draft);
      if (!result.ok) return answer({ type: "error", client_message_id, ...result.refusal });
      const { message_id, seq, at } = result.value;
      const timestamp = new Date(at).toISOString();
      answer({ type: "ack", client_message_id, conversation_id, message_id, seq, timestamp, status: "sent" });
    } else if (frame.type === "delivered") {
      const row = inbox.row(frame.conversation_id);
      if (row) downlink.acknowledge(row, device.id, frame.up_to);
    } else if (frame.type === "read") {
      const result = await uplink.read(frame.conversation_id, frame.up_to);
      if (!result.ok) answer({ type: "error", ...result.refusal });
    } else if (frame.type === "sync") {
      this.down(connection, `{"type":"sync",${await sync.fields(frame.since, device.id)}}`);
    } else if (frame.type === "log") {
      const { conversation_id, after } = frame;
      const result = await uplink.log(conversation_id, after);
      if (!result.ok) return answer({ type: "error", ref: conversation_id, ...result.refusal });
      const { entries, head_seq, epoch } = result.value;
      answer({
        type: "entries",
        ref: "log",
        conversation_id,
        entries: JSON.parse(entries) as unknown,
        head_seq,
        epoch,
      });
    }
  }

  /** Everything works from now on: devices connect, sync, and acknowledge; alarms ring. Then all must agree. */
  async settle(): Promise<void> {
    this.network.quality = PERFECT;
    for (const device of this.devices) {
      device.mute = false;
      this.connect(device, true);
    }
    await this.pass(60_000);
    for (const device of this.devices) device.repair();
    await this.pass(30 * 60_000);
    for (const device of this.devices) this.connect(device, true);
    await this.pass(60_000);
    this.sleep();
  }

  /** The platform puts everybody to sleep who has nothing under way. */
  sleep(): void {
    for (const host of this.conversations.values()) host.evict();
    for (const { host } of this.households.values()) host.evict();
  }

  /**
   * Everybody says something in each conversation, and then somebody's object dies. What a lost call left untold of
   * a member's devices is told with the next thing that happens, and what the object had not written is there again
   * with the next message: nobody waits for an alarm.
   */
  async greet(): Promise<void> {
    for (const [id, { founding }] of this.conversations) {
      const members = [founding.founder, ...founding.members];
      for (const user of members) await this.#say(user, id, 150);
      const victim = members[Math.floor(this.random() * members.length)] ?? founding.founder;
      this.crashUser(victim);
      for (const device of this.household(victim).members) this.connect(device, true);
      await this.#say(founding.founder, id, 3000);
      const { length } = factsOf(this.conversation(id).sql);
      for (const user of members) {
        const { head } = this.user(user).memory.inbox.state(id);
        if (head !== length) throw broken("CONS-2", `${user}'s row of ${id} lags`, { head, length, victim });
      }
    }
    await this.pass(60_000);
    this.sleep();
  }

  async #say(user: string, conversation_id: string, ms: number): Promise<void> {
    const client_message_id = uuid7At(this.time.now(), this.random);
    this.household(user).members[0]?.send({ conversation_id, client_message_id, type: "text", content: "bye" });
    await this.pass(ms);
  }

  /** What must hold when all is quiet. `told`: conversations know what devices have, too. */
  checkEnd(told: boolean): void {
    for (const [id, host] of this.conversations) {
      this.truth.checkLog(id);
      const { founding } = host;
      for (const user of new Set([founding.founder, ...founding.members])) this.#checkMember(user, id, told);
    }
  }

  #checkMember(user: string, id: string, told: boolean): void {
    const { sql, memory } = this.conversation(id);
    const facts = factsOf(sql);
    const head = facts.length;
    const row = this.user(user).memory.inbox.row(id);
    const view = memory?.describe(user);
    if (!row || !view?.ok) throw broken("end", `${user} has no row of ${id}`, view);
    const json = JSON.parse(conversationJson(row)) as Conversation;
    const { own, delivered_up_to } = view.value;
    const unread = unreadOf(facts, user, own.read_up_to, head);
    const last = facts.findLast(({ kind }) => kind === "message")?.seq;
    const others = unreadOf(facts, user, 0, head).at(-1)?.seq ?? 0;
    const found = {
      head: row.head,
      flushed: row.flushedHead,
      read: row.readUpTo,
      unread: row.unread,
      mentions: row.mentions,
      delivered: row.deliveredUpTo,
      last: json.last_message?.seq,
      // Of what is no message of somebody else, the conversation is not told.
      told: !told || (delivered_up_to >= others && delivered_up_to <= head),
      counted: own.unread,
    };
    const expected = {
      head,
      flushed: head,
      read: own.read_up_to,
      unread: unread.length,
      mentions: mentionsOf(unread, user),
      delivered: head,
      last,
      told: true,
      counted: unread.length,
    };
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw broken("end", `${user}'s row of ${id} is not the truth`, { found, expected });
    for (const device of this.household(user).members) this.#checkDevice(device, id, json, head);
  }

  /** I3 and I7: each device holds the log, and the row that a fresh snapshot would give it. */
  #checkDevice(device: Device, id: string, json: Conversation, head: number): void {
    const { top, texts, row } = device.copy(id);
    if (top !== head || texts.size !== head)
      throw broken("I3", `${device.id} lacks entries of ${id}`, { top, stored: texts.size, head });
    const parts = (one: Conversation | undefined) => [
      one?.head_seq,
      one?.read_up_to,
      one?.unread_count,
      one?.mention_count,
      one?.last_message?.message_id,
    ];
    if (JSON.stringify(parts(row)) !== JSON.stringify(parts(json)))
      throw broken("I7", `${device.id}'s row of ${id} is not the snapshot's`, { row, json });
    if (device.outbox.size > 0) throw broken("I1", `${device.id} still waits for answers`, [...device.outbox]);
  }
}
