import type { Draft, Write } from "../../src/core/conversation/write.ts";
import { seeded } from "../support/random.ts";
import { uuid7At } from "../unit/uuids.ts";
import { checkActs } from "./acts.ts";
import type { Device } from "./device.ts";
import type { GroupHistory, GroupStep, StepOf } from "./group-steps.ts";
import { STAGES } from "./stages.ts";
import type { Stage, StageName } from "./stages.ts";
import { broken, factsOf } from "./truth.ts";
import { World } from "./world.ts";

/** Every field of a write but its names. */
type Unnamed<W> = W extends Write ? Omit<W, "conversation_id" | "client_message_id"> : never;

interface Sent {
  readonly user: string;
  readonly write: Write;
}

interface Scheduled {
  readonly user: string;
  readonly where: string;
  readonly id: string;
  accepted: boolean;
  cancelled: boolean;
}

/** Plays one history on a stage: each step in the conversation that people have turned to. */
class GroupPlayer {
  readonly #world: World;
  readonly #stage: Stage;
  readonly #names: readonly string[];
  readonly #random: () => number;
  readonly #sent: Sent[] = [];
  readonly #secrets: { readonly where: string; readonly secret: string }[] = [];
  readonly #scheduled: Scheduled[] = [];
  /** How far each person asked to have read while others might see it. */
  readonly #openly = new Map<string, number>();
  readonly #hiding = new Set<string>();
  #turn = 0;

  constructor(stage: Stage, seed: number) {
    this.#stage = stage;
    this.#names = Object.keys(stage.people);
    this.#world = new World(seed, stage);
    this.#random = seeded(seed ^ 0x5bd1e995);
  }

  async play({ steps, epilogue = [] }: GroupHistory): Promise<void> {
    await this.#world.found();
    if (this.#stage.online) for (const device of this.#world.devices) this.#world.connect(device, true);
    await this.#play(steps);
    await this.#world.settle();
    await this.#world.checkEnd(false);
    if (this.#stage.online) await this.#goOn(epilogue);
    for (const founding of this.#stage.conversations) {
      this.#checkAgenda(founding.conversation_id);
      this.#checkPrivacy(founding.conversation_id);
      checkActs(this.#world.conversation(founding.conversation_id).sql, founding);
    }
    for (const id of this.#stage.large) {
      await this.#world.nudge(id);
      await this.#world.checkEnd(false);
    }
    if (this.#stage.conversations.some(({ type }) => type === "channel")) return;
    await this.#world.greet();
    await this.#world.checkEnd(false);
  }

  get pruned(): number {
    return this.#world.pruned;
  }

  async #play(steps: readonly GroupStep[]): Promise<void> {
    for (const one of steps) {
      this.#run(one);
      await this.#world.pass(one.do === "pass" ? one.ms : 0);
    }
  }

  /** What everybody is pushed is everything: nobody asks, but for what nobody can tell from entries alone. */
  async #goOn(epilogue: readonly GroupStep[]): Promise<void> {
    for (const device of this.#world.devices) this.#world.connect(device, true);
    await this.#world.pass(1000);
    await this.#play(epilogue);
    await this.#world.pass(60_000);
    for (const device of this.#world.devices) if (!device.isCurrent) device.sync();
    await this.#world.pass(60_000);
    this.#world.sleep();
    await this.#world.checkEnd(false);
  }

  #run(one: GroupStep): void {
    switch (one.do) {
      case "send":
        return this.#send(one);
      case "edit":
      case "delete":
      case "react":
      case "pin":
        return this.#change(one);
      case "read":
        return this.#read(one);
      case "readThread":
        return this.#readThread(one);
      case "repeat":
        return this.#repeat(one);
      case "add":
      case "remove":
      case "leave":
      case "role":
      case "rename":
      case "settings":
        return this.#govern(one);
      case "invite":
      case "join":
      case "schedule":
      case "cancel":
      case "draft":
      case "prefer":
      case "privacy":
        return this.#ask(one);
      case "turn":
        this.#turn = one.to;
        return;
      default:
        return this.#happen(one);
    }
  }

  /** What happens to devices, objects and the network. */
  #happen(one: Extract<GroupStep, { do: string }>): void {
    const world = this.#world;
    if (one.do === "open") this.#device(one.device).show(this.#here, one.on);
    else if (one.do === "connect") world.connect(this.#device(one.device), one.sync);
    else if (one.do === "disconnect") world.disconnect(this.#device(one.device));
    else if (one.do === "sync") this.#device(one.device).sync();
    else if (one.do === "mute") this.#device(one.device).mute = one.mute;
    else if (one.do === "crashUser") world.crashUser(this.#name(one.person));
    else if (one.do === "crashConversation") world.conversation(this.#here).crash();
    else if (one.do === "crashSlices") world.crashSlices();
    else if (one.do === "evict") world.sleep();
    else if (one.do === "network") world.network.quality = { slowestMs: one.slowestMs, lost: one.lost };
  }

  #device(index: number): Device {
    const found = this.#world.devices[index % this.#world.devices.length];
    if (!found) throw new Error("there is no device");
    return found;
  }

  #name(index: number): string {
    return this.#names[index % this.#names.length] ?? "ann";
  }

  /** Where people are now. */
  get #here(): string {
    const { conversations } = this.#stage;
    return conversations[this.#turn % conversations.length]?.conversation_id ?? "";
  }

  #newId(): string {
    return uuid7At(this.#world.time.now(), this.#random);
  }

  #write(device: Device, unnamed: Unnamed<Write>): void {
    const write: Write = { conversation_id: this.#here, client_message_id: this.#newId(), ...unnamed };
    this.#sent.push({ user: device.user, write });
    device.write(write);
  }

  /** One of the messages that the device has, counted from the newest. */
  #message(device: Device, of: number): string | undefined {
    const entries = [...device.copy(this.#here).entries.values()].filter(({ kind }) => kind === "message");
    return entries.toSorted((a, b) => b.seq - a.seq)[of]?.message_id;
  }

  #send({ device: index, mention, reply, thread, expires }: StepOf<"send">): void {
    const device = this.#device(index);
    const reply_to = reply < 0 ? undefined : this.#message(device, reply);
    const thread_root = thread < 0 ? undefined : this.#message(device, thread);
    this.#write(device, {
      type: "text",
      content: `from ${device.id}`,
      ...(mention === "" ? {} : { mentions: [mention] }),
      ...(reply_to === undefined ? {} : { reply_to }),
      ...(thread_root === undefined ? {} : { thread_root }),
      ...(expires === 0 ? {} : { expires_in: expires }),
    });
  }

  #change(one: StepOf<"edit"> | StepOf<"delete"> | StepOf<"react"> | StepOf<"pin">): void {
    const device = this.#device(one.device);
    const message_id = this.#message(device, one.of);
    if (message_id === undefined) return;
    if (one.do === "edit") this.#write(device, { op: "edit", message_id, content: `edited ${this.#sent.length}` });
    else if (one.do === "delete") this.#write(device, { op: "delete", message_id });
    else if (one.do === "pin") this.#write(device, { op: "pin", message_id, on: one.on });
    else this.#write(device, { op: "react", message_id, emoji: one.emoji, on: one.on });
  }

  #read({ device: index, behind }: StepOf<"read">): void {
    const device = this.#device(index);
    const upTo = Math.max(0, device.copy(this.#here).top - behind);
    const reader = `${this.#here} ${device.user}`;
    if (!this.#hiding.has(device.user)) this.#openly.set(reader, Math.max(upTo, this.#openly.get(reader) ?? 0));
    device.read(this.#here, upTo);
  }

  #readThread({ person, of }: StepOf<"readThread">): void {
    const user = this.#name(person);
    const [device] = this.#world.household(user).members;
    const root = device && this.#message(device, of);
    if (device && root !== undefined)
      void this.#world.user(user).memory.uplink.readThread(this.#here, root, device.copy(this.#here).top);
  }

  /** Any device of the same user sends it once more, whether or not it was acknowledged. */
  #repeat({ of, device: index }: StepOf<"repeat">): void {
    const sent = this.#sent[of % Math.max(1, this.#sent.length)];
    const sender = this.#device(index);
    const other = this.#world.devices.find(({ user }) => user === sent?.user);
    if (sent) (sender.user === sent.user ? sender : other)?.write(sent.write);
  }

  #govern(one: StepOf<"add" | "remove" | "leave" | "role" | "rename" | "settings">): void {
    const device = this.#device(one.device);
    const { type } = this.#world.conversation(this.#here).founding;
    const lowest = type === "channel" ? "subscriber" : "member";
    if (one.do === "add") {
      const user_ids = one.people.map((index) => this.#name(index));
      this.#write(device, { op: "add", user_ids, ...(one.admin ? { role: "admin" as const } : {}) });
    } else if (one.do === "remove") this.#write(device, { op: "remove", user_id: this.#name(one.person) });
    else if (one.do === "leave") this.#write(device, { op: "remove", user_id: device.user });
    else if (one.do === "role") {
      const role = one.role === "lowest" ? lowest : one.role;
      this.#write(device, { op: "role", user_id: this.#name(one.person), role });
    } else if (one.do === "rename") this.#write(device, { op: "change", changes: { name: `${this.#sent.length}` } });
    else this.#write(device, { op: "change", changes: { settings: one.change } });
  }

  /** What people ask over HTTP. It may be refused, and be lost like any other call. */
  #ask(one: StepOf<"invite" | "join" | "schedule" | "cancel" | "draft" | "prefer" | "privacy">): void {
    const user = this.#name(one.person);
    const { memory } = this.#world.user(user);
    const rpc = this.#world.conversation(this.#here).rpc(this.#world.edge);
    if (one.do === "invite") {
      const secret = `secret-${this.#secrets.length}`;
      this.#secrets.push({ where: this.#here, secret });
      this.#world.watch(rpc.createInvite(user, { secret, max_uses: one.uses }), true);
    } else if (one.do === "join") {
      const link = this.#secrets[one.of];
      if (link) this.#world.watch(memory.uplink.join(link.where, link.secret));
    } else if (one.do === "schedule") this.#schedule(user, one.inMs);
    else if (one.do === "cancel") {
      const waiting = this.#scheduled[one.of];
      if (waiting?.user !== user) return;
      waiting.cancelled = true;
      const there = this.#world.conversation(waiting.where).rpc(this.#world.edge);
      this.#world.watch(there.cancelScheduled(user, waiting.id), true);
    } else if (one.do === "draft") this.#world.user(user).putDraft(this.#here, one.text);
    else if (one.do === "prefer") this.#world.user(user).putPreferences(this.#here, one.changes);
    else this.#hide(user, one.hides);
  }

  #schedule(user: string, inMs: number): void {
    const draft: Draft = {
      conversation_id: this.#here,
      client_message_id: this.#newId(),
      type: "text",
      content: "later",
    };
    const one: Scheduled = {
      user,
      where: this.#here,
      id: draft.client_message_id,
      accepted: false,
      cancelled: false,
    };
    this.#scheduled.push(one);
    const rpc = this.#world.conversation(this.#here).rpc(this.#world.edge);
    const ask = async (): Promise<void> => {
      one.accepted = (await rpc.schedule(user, draft, this.#world.time.now() + inMs)).ok;
    };
    this.#world.watch(ask(), true);
  }

  #hide(user: string, hides: boolean): void {
    if (hides) this.#hiding.add(user);
    else {
      // What was read in secret is as good as open when a call of it is still on its way.
      this.#hiding.delete(user);
      for (const { conversation_id } of this.#stage.conversations)
        this.#openly.set(`${conversation_id} ${user}`, Infinity);
    }
    this.#world.user(user).setPrivacy(hides);
  }

  /** What was accepted for a time is sent once, or says why it was not. */
  #checkAgenda(id: string): void {
    const { sql } = this.#world.conversation(id);
    const facts = factsOf(sql);
    const now = this.#world.time.now();
    for (const { user, where, id: clientId, accepted, cancelled } of this.#scheduled) {
      if (where !== id) continue;
      const sent = facts.filter((fact) => fact.sender === user && fact.clientId === clientId).length;
      const waits = sql.all<{ refused: string | null }>(
        "SELECT refused FROM scheduled WHERE user_id = ? AND client_id = ?",
        user,
        clientId,
      );
      const refused = waits[0]?.refused ?? null;
      const done = sent + (refused === null ? 0 : 1);
      if (done > 1 || (waits.length > 0 && refused === null) || (accepted && !cancelled && done !== 1))
        throw broken("SCHED-2", `what ${user} scheduled was not sent once`, { clientId, sent, waits, accepted });
    }
    const late = facts.filter(
      ({ expiresAt, deletedSeq }) => expiresAt !== null && expiresAt <= now && deletedSeq === null,
    );
    if (late.length > 0) throw broken("EXP-1", "a message outlives its time", late);
  }

  /** Whoever hid how far he reads is not shown to have read further than he did openly. */
  #checkPrivacy(id: string): void {
    const { sql } = this.#world.conversation(id);
    for (const { user_id, read_moves, read_up_to } of sql.all<{
      user_id: string;
      read_moves: string;
      read_up_to: number;
    }>("SELECT user_id, read_moves, read_up_to FROM members")) {
      const moves = JSON.parse(read_moves) as [number, number][];
      const shown = moves.at(-1)?.[0] ?? 0;
      if (shown > read_up_to || shown > (this.#openly.get(`${id} ${user_id}`) ?? 0))
        throw broken("RCPT-8", `${user_id} is shown to have read`, {
          shown,
          read_up_to,
          openly: this.#openly.get(`${id} ${user_id}`),
        });
    }
  }
}

/** How many histories were played with an archive, and what went there for good. */
export const archived = { histories: 0, pruned: 0 };

export const playGroup =
  (name: StageName, withArchive = false) =>
  async (history: GroupHistory): Promise<void> => {
    const player = new GroupPlayer({ ...STAGES[name], archived: withArchive }, history.seed);
    await player.play(history);
    if (!withArchive) return;
    archived.histories++;
    archived.pruned += player.pruned;
  };
