import * as fc from "fast-check";
import { seeded } from "../support/random.ts";
import { uuid4From, uuid7At } from "../unit/uuids.ts";
import type { Device } from "./device.ts";
import { World } from "./world.ts";

const USERS = { ann: 2, bob: 2, cem: 1, dag: 1 } as const;
const CONVERSATIONS = [
  { conversation_id: "ann-bob", type: "direct", region: "local", founder: "ann", members: ["bob"] },
  {
    conversation_id: "four",
    type: "group",
    region: "local",
    founder: "bob",
    members: ["ann", "cem", "dag"],
    name: "Four",
  },
  { conversation_id: "three", type: "group", region: "local", founder: "cem", members: ["ann", "bob"], name: "Three" },
] as const;
const DEVICES = 6;

const device = fc.nat(DEVICES - 1);
const conversation = fc.nat(CONVERSATIONS.length - 1);
const user = fc.nat(Object.keys(USERS).length - 1);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      device,
      conversation,
      id: fc.constantFrom("now", "month-old", "ahead", "v4"),
      mentions: fc.subarray(Object.keys(USERS)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("repeat" as const), of: fc.nat(50), device }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("read" as const), device, conversation, behind: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("readBeyond" as const), user, conversation }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("connect" as const), device, sync: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("disconnect" as const), device }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("sync" as const), device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("mute" as const), device, mute: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crashUser" as const), user }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crashConversation" as const), conversation }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("evict" as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(0, 1, 5, 20, 60, 250, 600, 3000, 12_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("network" as const),
      slowestMs: fc.constantFrom(1, 20, 300),
      lost: fc.constantFrom(0, 0.1, 0.4),
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export interface History {
  readonly seed: number;
  readonly steps: readonly Step[];
}

export const histories: fc.Arbitrary<History> = fc.record({
  seed: fc.integer(),
  steps: fc.array(step, { minLength: 1, maxLength: 60, size: "max" }),
});

type Sent = { readonly user: string; readonly draft: Parameters<Device["write"]>[0] };

/** Plays one history. */
class Player {
  readonly #world: World;
  readonly #random: () => number;
  readonly #sent: Sent[] = [];

  constructor(seed: number, archived: boolean) {
    const stage = { people: USERS, conversations: CONVERSATIONS, large: [], online: false, archived };
    this.#world = new World(seed, stage);
    this.#random = seeded(seed ^ 0x5bd1e995);
  }

  async play(steps: readonly Step[]): Promise<void> {
    await this.#world.found();
    for (const one of steps) {
      this.#run(one);
      await this.#world.pass(one.do === "pass" ? one.ms : 0);
    }
    await this.#world.settle();
    await this.#world.checkEnd(false);
    await this.#world.greet();
    await this.#world.checkEnd(true);
  }

  #run(one: Step): void {
    const world = this.#world;
    switch (one.do) {
      case "send":
        return this.#send(one);
      case "repeat":
        return this.#repeat(one);
      case "read": {
        const reader = this.#device(one.device);
        const id = this.#id(one.conversation);
        if (!this.#members(one.conversation).includes(reader.user)) return;
        return reader.read(id, Math.max(0, reader.copy(id).top - one.behind));
      }
      case "readBeyond": {
        const name = Object.keys(USERS)[one.user] ?? "ann";
        const id = this.#id(one.conversation);
        // Over HTTP: refused for who is no member, and lost like any other call.
        void world.user(name).memory.uplink.read(id, 1000);
        return;
      }
      case "connect":
        return world.connect(this.#device(one.device), one.sync);
      case "disconnect":
        return world.disconnect(this.#device(one.device));
      case "sync":
        return this.#device(one.device).sync();
      case "mute":
        this.#device(one.device).mute = one.mute;
        return;
      case "crashUser":
        return world.crashUser(Object.keys(USERS)[one.user] ?? "ann");
      case "crashConversation":
        return world.conversation(this.#id(one.conversation)).crash();
      case "evict":
        return world.sleep();
      case "network":
        world.network.quality = { slowestMs: one.slowestMs, lost: one.lost };
        return;
      case "pass":
        return;
    }
  }

  #send({ device: index, conversation: where, id, mentions }: Extract<Step, { do: "send" }>): void {
    const sender = this.#device(index);
    const members = this.#members(where);
    if (!members.includes(sender.user)) return;
    const now = this.#world.time.now();
    const made = { now, "month-old": now - 30 * 86_400_000, ahead: now + 600_000, v4: now }[id];
    const draft = {
      conversation_id: this.#id(where),
      client_message_id: id === "v4" ? uuid4From(this.#random) : uuid7At(made ?? now, this.#random),
      type: "text" as const,
      content: `from ${sender.id}`,
      mentions: mentions.filter((name) => members.includes(name)),
    };
    this.#sent.push({ user: sender.user, draft });
    sender.write(draft);
  }

  /** Any device of the same user sends it once more, whether or not it was acknowledged. */
  #repeat({ of, device: index }: Extract<Step, { do: "repeat" }>): void {
    const sent = this.#sent[of % Math.max(1, this.#sent.length)];
    const sender = this.#device(index);
    const other = this.#world.devices.find(({ user: name }) => name === sent?.user);
    if (sent) (sender.user === sent.user ? sender : other)?.write(sent.draft);
  }

  #device(index: number): Device {
    const found = this.#world.devices[index];
    if (!found) throw new Error(`there is no device ${index}`);
    return found;
  }

  #members(index: number): readonly string[] {
    const founding = CONVERSATIONS[index];
    return founding ? [founding.founder, ...founding.members] : [];
  }

  #id(index: number): string {
    return CONVERSATIONS[index]?.conversation_id ?? "ann-bob";
  }
}

export const play = async ({ seed, steps }: History): Promise<void> => {
  await new Player(seed, false).play(steps);
};

/** The same, with all but a handful of entries in an archive. */
export const playArchived = async ({ seed, steps }: History): Promise<void> => {
  await new Player(seed, true).play(steps);
};
