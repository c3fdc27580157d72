import type { PushAddress, PushOffer } from "@parley/client";
import { describe, expect, test, vi } from "vitest";
import type { PushBrowser, WebAddress } from "../src/state/push-browser.ts";
import { Push } from "../src/state/push.ts";

type Kept = Awaited<ReturnType<PushBrowser["read"]>>;
const refusal = (code: string): Error => Object.assign(new Error(code), { code });

/** A browser with one subscription, and a server that an address is one device's at. */
class World {
  offer: PushOffer | undefined = { webpush: { public_key: "BK" }, previews: false };
  permission: NotificationPermission = "granted";
  /** What the person answers. */
  answer: NotificationPermission = "granted";
  endpoint: string | undefined;
  kept: Kept;
  /** Of notifications on the screen, by user. */
  shown: string[] = [];
  /** By endpoint, whose it is. */
  readonly known = new Map<string, string>();
  fails = new Set<string>();
  /** Holds up what is asked of the server. */
  held: Promise<void> = Promise.resolve();
  /** Addresses that were on their way to it. */
  asked = 0;
  told = 0;
  #made = 0;

  may(what: string): void {
    if (this.fails.has(what)) throw refusal("overloaded");
  }

  get address(): WebAddress | undefined {
    const { endpoint } = this;
    return endpoint === undefined ? undefined : { kind: "webpush", endpoint, keys: { p256dh: "BP", auth: "au" } };
  }

  subscribe(): WebAddress {
    this.may("subscribe");
    this.endpoint ??= `https://push.test/${++this.#made}`;
    return this.address as WebAddress;
  }

  get browser(): PushBrowser {
    return {
      able: "yes",
      permission: () => this.permission,
      ask: async () => (this.permission = this.answer),
      address: async () => this.address,
      subscribe: async () => this.subscribe(),
      unsubscribe: async () => {
        this.endpoint = undefined;
      },
      shown: async () =>
        this.shown.map((userId) => ({
          userId,
          conversationId: "c1",
          seq: 1,
          close: () => (this.shown = this.shown.filter((one) => one !== userId)),
        })),
      read: async () => this.kept,
      keep: async (subscribed) => {
        this.kept = subscribed;
      },
      forget: async () => {
        this.kept = undefined;
      },
      tell: () => this.told++,
      listen: () => () => undefined,
    };
  }

  person(userId: string, justSignedIn = false): Push {
    const client = {
      pushOffer: async (): Promise<PushOffer> => {
        this.may("offer");
        if (this.offer === undefined) throw refusal("unsupported");
        return this.offer;
      },
      registerPush: async (address: PushAddress) => {
        this.asked++;
        await this.held;
        this.may("register");
        if (address.kind === "webpush") this.known.set(address.endpoint, userId);
      },
      withdrawPush: async () => {
        this.may("withdraw");
        for (const [endpoint, owner] of this.known) if (owner === userId) this.known.delete(endpoint);
      },
      testPush: async () => undefined,
    };
    const deviceId = `web-${userId}`;
    return new Push({
      client,
      browser: this.browser,
      userId,
      deviceId,
      justSignedIn,
      getToken: async () => `token of ${userId}`,
    });
  }
}

const on = async (world: World, userId: string): Promise<Push> => {
  const push = world.person(userId);
  await push.check();
  await push.turnOn();
  expect(push.state.value).toEqual({ at: "on" });
  return push;
};

describe("turning notifications on and off", () => {
  test("asks the person, subscribes, tells the server, and leaves the worker what it needs", async () => {
    const world = new World();
    world.permission = "default";
    const push = world.person("ann");
    await push.check();
    expect(push.state.value).toEqual({ at: "off" });
    const turning = push.turnOn();
    expect(push.state.value).toEqual({ at: "working", to: "on" });
    await turning;
    expect(push.state.value).toEqual({ at: "on" });
    expect([...world.known]).toEqual([["https://push.test/1", "ann"]]);
    expect(world.kept).toEqual({
      userId: "ann",
      deviceId: "web-ann",
      endpoint: "https://push.test/1",
      key: "BK",
      token: "token of ann",
    });
    await push.turnOff();
    expect([push.state.value, world.known.size, world.endpoint, world.kept]).toEqual([
      { at: "off" },
      0,
      undefined,
      undefined,
    ]);
  });

  test("a person who says no, or nothing, is left alone", async () => {
    const world = new World();
    world.permission = "default";
    const push = world.person("ann");
    await push.check();
    world.answer = "default";
    await push.turnOn();
    expect(push.state.value).toEqual({ at: "off" });
    world.answer = "denied";
    await push.turnOn();
    expect([push.state.value, world.endpoint]).toEqual([{ at: "blocked" }, undefined]);
  });
});

describe("where it does not work", () => {
  test("what fails is told, and can be tried again", async () => {
    const world = new World();
    const push = world.person("ann");
    await push.check();
    for (const step of ["subscribe", "register"]) {
      world.fails = new Set([step]);
      await push.turnOn();
      expect(push.state.value).toMatchObject({ at: "failed", to: "on", error: { code: "overloaded" } });
      expect(world.kept).toBeUndefined();
    }
    world.fails = new Set(["withdraw"]);
    await push.turnOn();
    await push.turnOff();
    expect([push.state.value, world.known.size]).toEqual([expect.objectContaining({ at: "failed", to: "off" }), 1]);
    world.fails.clear();
    await push.turnOff();
    expect([push.state.value, world.known.size]).toEqual([{ at: "off" }, 0]);
  });

  test("a server that knows nothing of it, and one that is out of reach", async () => {
    const world = new World();
    world.offer = undefined;
    const push = world.person("ann");
    await push.check();
    expect(push.state.value).toEqual({ at: "unsupported", why: "server" });
    world.fails.add("offer");
    const other = world.person("ann");
    await expect(other.check()).rejects.toThrow("overloaded");
    await other.look();
    expect(other.state.value).toEqual({ at: "unknown" });
  });
});

describe("what a start repairs", () => {
  test("an address that the push service changed, or dropped, and the worker's credentials", async () => {
    const world = new World();
    await on(world, "ann");
    world.endpoint = "https://push.test/moved";
    await world.person("ann").check();
    expect(world.known.get("https://push.test/moved")).toBe("ann");
    expect(world.kept?.endpoint).toBe("https://push.test/moved");
    world.endpoint = undefined;
    await world.person("ann").check();
    expect(world.known.get("https://push.test/2")).toBe("ann");
    world.kept = { ...(world.kept as NonNullable<Kept>), token: "old" };
    await world.person("ann").check();
    expect(world.kept.token).toBe("token of ann");
  });

  test("[PUSH-4] somebody else who signs in takes over; the one before is told, and takes nothing back by coming back", async () => {
    const world = new World();
    const ann = await on(world, "ann");
    const ben = world.person("ben", true);
    const told = world.told;
    await ben.check();
    expect([ben.state.value, [...world.known.values()], world.told]).toEqual([{ at: "on" }, ["ben"], told + 1]);
    await ann.look();
    expect(ann.state.value).toEqual({ at: "off", by: "ben" });
    const again = world.person("ann");
    await again.check();
    expect([again.state.value, [...world.known.values()]]).toEqual([{ at: "off", by: "ben" }, ["ben"]]);
    await again.turnOn();
    expect([again.state.value, [...world.known.values()]]).toEqual([{ at: "on" }, ["ann"]]);
  });

  test("a subscription of nobody is given up", async () => {
    const world = new World();
    world.subscribe();
    await world.person("ann", true).check();
    expect([world.endpoint, world.known.size]).toEqual([undefined, 0]);
  });
});

test("signing out leaves nothing of one's own, and everything of somebody else's", async () => {
  const world = new World();
  const ann = await on(world, "ann");
  world.shown = ["ann", "ben"];
  await ann.end();
  expect([world.endpoint, world.kept, world.shown]).toEqual([undefined, undefined, ["ben"]]);
  const ben = await on(world, "ben");
  await ann.end();
  expect([world.endpoint === undefined, world.kept?.userId]).toEqual([false, "ben"]);
  await ben.end();
  expect(world.kept).toBeUndefined();
});

test("signing out waits for nothing that is under way, which leaves nothing behind", async () => {
  const world = new World();
  await on(world, "ann");
  world.endpoint = "https://push.test/moved";
  const { promise, resolve } = Promise.withResolvers<void>();
  world.held = promise;
  const ann = world.person("ann");
  const checked = ann.check();
  await vi.waitFor(() => expect(world.asked).toBe(2));
  await ann.end();
  expect([world.endpoint, world.kept]).toEqual([undefined, undefined]);
  resolve();
  await checked;
  expect(world.kept).toBeUndefined();
});
