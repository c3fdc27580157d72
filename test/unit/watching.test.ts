import { describe, expect, it } from "vitest";
import type { Sighting } from "../../src/core/presence/presence.ts";
import { Watching } from "../../src/core/presence/watching.ts";
import { Typing } from "../../src/core/presence/typing.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { VirtualTime } from "./virtual-time.ts";

class Watcher {
  readonly watched = new Set<string>();
  readonly blind = new Set<string>();
  readonly asked: string[] = [];
  readonly frames: string[] = [];
  answer: (user: string) => Promise<Sighting> = async () => ({ online: true, asOf: 10 });
  readonly watching = new Watching({
    ask: (user) => {
      this.asked.push(user);
      return this.answer(user);
    },
    isBlind: (user) => this.blind.has(user),
    isWatched: (user) => this.watched.has(user),
    toWatching: (_user, frame) => this.frames.push(this.#brief(frame)),
  });

  async begin(...users: string[]): Promise<string[]> {
    for (const user of users) this.watched.add(user);
    const frames: string[] = [];
    await this.watching.begin(users, (frame) => frames.push(this.#brief(frame)));
    return frames;
  }

  #brief(frame: string): string {
    const { user_id, status } = JSON.parse(frame) as { user_id: string; status: string };
    return `${user_id} ${status}`;
  }
}

describe("whom a user's devices watch", () => {
  it("[CMD-8] each is asked for once, and told of to each connection that wants to know", async () => {
    const ann = new Watcher();
    expect(await ann.begin("bob", "carl")).toEqual(["bob online", "carl online"]);
    expect(await ann.begin("bob")).toEqual(["bob online"]);
    expect(ann.asked).toEqual(["bob", "carl"]);
    expect(ann.watching.told("bob", { online: false, asOf: 20, lastSeen: 15 })).toBe(true);
    expect(ann.frames).toEqual(["bob offline"]);
    expect(await ann.begin("bob")).toEqual(["bob offline"]);
  });

  it("what is known already is no news, and what is older than that is nothing", async () => {
    const ann = new Watcher();
    await ann.begin("bob");
    ann.watching.told("bob", { online: true, asOf: 12 });
    ann.watching.told("bob", { online: false, asOf: 11 });
    expect(ann.frames).toEqual([]);
  });

  it("a word that overtakes the answer holds", async () => {
    const ann = new Watcher();
    ann.answer = async () => {
      ann.watching.told("bob", { online: false, asOf: 30 });
      return { online: true, asOf: 20 };
    };
    expect(await ann.begin("bob")).toEqual(["bob offline"]);
  });

  it("whoever is not watched any more is answered that", async () => {
    const ann = new Watcher();
    await ann.begin("bob");
    ann.watched.clear();
    ann.watching.end(["bob"]);
    expect(ann.watching.told("bob", { online: false, asOf: 20 })).toBe(false);
    await ann.begin("bob");
    expect(ann.asked).toEqual(["bob", "bob"]);
  });

  it("[PRES-5] of whom he may not see he sees nothing, and they are not asked", async () => {
    const ann = new Watcher();
    ann.blind.add("bob");
    expect(await ann.begin("bob")).toEqual(["bob offline"]);
    expect(ann.watching.told("bob", { online: true, asOf: 20 })).toBe(true);
    expect([ann.asked, ann.frames]).toEqual([[], []]);
    ann.blind.clear();
    await ann.watching.seenOtherwise(["bob", "nobody"]);
    expect([ann.asked, ann.frames]).toEqual([["bob"], ["bob online"]]);
    ann.blind.add("bob");
    await ann.watching.seenOtherwise(["bob"]);
    expect(ann.frames.at(-1)).toBe("bob offline");
  });

  it("whoever cannot be reached is not there", async () => {
    const ann = new Watcher();
    ann.answer = () => Promise.reject(new Error("out of reach"));
    expect(await ann.begin("bob")).toEqual(["bob offline"]);
  });
});

describe("typing", () => {
  const desk = () => {
    const time = new VirtualTime();
    const sent: string[] = [];
    const typing = new Typing({ clock: time, timers: time, send: (id, state) => sent.push(`${id} ${state}`) });
    return { time, sent, typing };
  };

  it("[CMD-5] [LIM-9] is said once a second, and taken back when it is not said again for six", async () => {
    const { time, sent, typing } = desk();
    for (let i = 0; i < 30; i++) {
      typing.say("c", "start");
      await time.pass(100);
    }
    expect(sent).toEqual(["c start", "c start", "c start"]);
    await time.pass(LIMITS.typingExpiresMs - 1100);
    expect(sent).toHaveLength(3);
    await time.pass(200);
    expect(sent).toEqual(["c start", "c start", "c start", "c stop"]);
    expect(time.pending).toBe(0);
  });

  it("each conversation has a time of its own", async () => {
    const { time, sent, typing } = desk();
    typing.say("a", "start");
    await time.pass(2000);
    typing.say("b", "start");
    await time.pass(LIMITS.typingExpiresMs - 2000);
    expect(sent).toEqual(["a start", "b start", "a stop"]);
    await time.pass(2000);
    expect(sent.at(-1)).toBe("b stop");
  });

  it("a stop ends it, once; a message does so without a word", async () => {
    const { time, sent, typing } = desk();
    typing.say("a", "start");
    typing.say("a", "stop");
    typing.say("a", "stop");
    typing.say("b", "start");
    typing.sent("b");
    await time.pass(2 * LIMITS.typingExpiresMs);
    expect(sent).toEqual(["a start", "a stop", "b start"]);
    expect(time.pending).toBe(0);
  });

  it("ends everywhere when no device is left", async () => {
    const { time, sent, typing } = desk();
    typing.say("a", "start");
    typing.say("b", "start");
    typing.end();
    expect(sent.slice(2)).toEqual(["a stop", "b stop"]);
    expect(time.pending).toBe(0);
  });

  it("is followed in so many conversations at most", async () => {
    const { time, sent, typing } = desk();
    for (let i = 0; i <= LIMITS.typingConversations; i++) typing.say(`c${i}`, "start");
    await time.pass(LIMITS.typingExpiresMs);
    expect(sent.filter((one) => one.endsWith("stop"))).toHaveLength(LIMITS.typingConversations);
  });
});
