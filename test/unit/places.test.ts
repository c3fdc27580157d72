import { describe, expect, it } from "vitest";
import { Home, HOME_OPEN } from "../../src/core/inbox/home.ts";
import { openStore } from "../../src/core/store.ts";
import { Places } from "../../src/objects/user/places.ts";
import { Stubs } from "../../src/platform/stubs.ts";
import type { PeerRpc } from "../../src/rpc/user-rpc.ts";
import { codeOf, valueOf } from "./conversation-fixtures.ts";
import { NodeSql } from "./node-sql.ts";
import { USER } from "./stores.ts";

const SEVERAL = { names: ["local", "eu", "us"], usual: "local" };
const ONE = { names: ["local"], usual: "local" };

/** Users' objects that ask each other. */
class World {
  readonly asked: string[] = [];
  readonly #regions: typeof SEVERAL;
  readonly #people = new Map<string, Places>();
  isDown = false;

  constructor(regions = SEVERAL) {
    this.#regions = regions;
  }

  of(user: string): Places {
    const known = this.#people.get(user);
    if (known) return known;
    const sql = openStore(new NodeSql(), USER, this.#regions.names.length > 1 ? HOME_OPEN : undefined);
    const home = new Home({ sql, regions: this.#regions, wasThere: false });
    const peers = new Stubs<PeerRpc>({ getByName: (name) => this.#peer(name) }, 10);
    const places = new Places({ user, regions: this.#regions, home, peers });
    this.#people.set(user, places);
    return places;
  }

  #peer(name: string): PeerRpc {
    const ask = <T>(call: string, answer: () => T): Promise<T> => {
      this.asked.push(`${call} ${name}`);
      return this.isDown ? Promise.reject(new Error("gone")) : Promise.resolve(answer());
    };
    const { home } = this.of(name);
    const homeRegion = (): Promise<string | undefined> => ask("homeRegion", () => home.region);
    const settle = (): Promise<string> => ask("settle", () => home.fix(undefined));
    return { homeRegion, settle } as PeerRpc;
  }
}

const direct = (user_id: string) => ({ type: "direct", user_id }) as const;
const group = { type: "group", name: "G", members: ["bob"], client_message_id: "1" } as const;
const founded = async (places: Places, wish: Parameters<Places["founding"]>[0], near?: string) =>
  valueOf(await places.founding(wish, near));

describe("where conversations are", () => {
  it("[REG-3] two people have one, at home with the one whose id sorts first, whoever founds it", async () => {
    for (const [first, second] of [
      ["ann", "bob"],
      ["bob", "ann"],
    ] as const) {
      const world = new World();
      world.of("ann").home.fix("eu");
      world.of("bob").home.fix("us");
      const one = await founded(world.of(first), direct(second), "us");
      const other = await founded(world.of(second), direct(first), "us");
      expect(one).toMatchObject({ type: "direct", region: "eu", founder: first, members: [second] });
      expect(one.conversation_id).toMatch(/^d_eu_/);
      expect(other.conversation_id).toBe(one.conversation_id);
      expect(world.asked).toEqual(["settle ann"]);
    }
  });

  it("[REG-3] who decides is at home from then on: where he is himself, or the usual one when somebody else founds it", async () => {
    const world = new World();
    expect((await founded(world.of("ann"), direct("bob"), "us")).region).toBe("us");
    expect((await founded(world.of("cem"), direct("bob"), "us")).region).toBe("local");
    expect([world.of("ann").home.region, world.of("bob").home.region, world.of("cem").home.region]).toEqual([
      "us",
      "local",
      undefined,
    ]);
  });

  it("[REG-4] a group is in the region that is named, else at home with who founds it; a repeat names the same", async () => {
    const world = new World();
    const named = await founded(world.of("ann"), { ...group, region: "eu" }, "us");
    expect(named).toMatchObject({ region: "eu", name: "G", members: ["bob"] });
    expect(world.of("ann").home.region).toBeUndefined();
    const first = await founded(world.of("ann"), group, "us");
    expect(first.conversation_id).toMatch(/^g_us_/);
    expect(await founded(world.of("ann"), group, "eu")).toEqual(first);
    expect((await founded(world.of("ann"), { ...group, type: "channel" }, "eu")).conversation_id).toMatch(/^c_us_/);
    expect(world.asked).toEqual([]);
  });

  it("[REG-3] asking for the one with somebody fixes nothing, and finds none before that could be founded", async () => {
    const world = new World();
    expect(valueOf(await world.of("bob").conversationWith("ann"))).toBeUndefined();
    expect(valueOf(await world.of("ann").conversationWith("bob"))).toBeUndefined();
    expect(world.of("ann").home.region).toBeUndefined();
    const { conversation_id } = await founded(world.of("bob"), direct("ann"));
    expect(valueOf(await world.of("bob").conversationWith("ann"))).toBe(conversation_id);
    expect(valueOf(await world.of("ann").conversationWith("bob"))).toBe(conversation_id);
  });

  it("with one region nobody is asked, and ids are what they always were", async () => {
    const world = new World(ONE);
    const { conversation_id, region } = await founded(world.of("bob"), direct("ann"), "eu");
    expect([conversation_id, region]).toEqual(["d_local_obj6d-b89SatQxBvpaBiRm", "local"]);
    expect(valueOf(await world.of("ann").conversationWith("bob"))).toBe(conversation_id);
    expect(world.asked).toEqual([]);
  });

  it("a user's object that is out of reach is a refusal that is worth a retry", async () => {
    const world = new World();
    world.isDown = true;
    expect(codeOf(await world.of("bob").founding(direct("ann"), "eu"))).toBe("internal");
    expect(codeOf(await world.of("bob").conversationWith("ann"))).toBe("internal");
    world.isDown = false;
    expect((await founded(world.of("bob"), direct("ann"))).region).toBe("local");
  });
});
