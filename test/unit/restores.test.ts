import { describe, expect, it } from "vitest";
import { markedIn } from "./restore-fixtures.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { codeOf, valueOf } from "./conversation-fixtures.ts";

describe("[REST-1] a conversation that is restored to an earlier time", () => {
  it("is as it was then, under the next epoch, and everybody's list shows that and what comes after", async () => {
    const world = await markedIn();
    const { talk, homes } = world;
    const back = valueOf(await world.restores.restore("c1", world.past));
    expect(back).toEqual({ epoch: 2, head: 4 });
    expect(talk.conversation.head).toBe(4);
    await talk.pass(60_000);
    expect(world.shown("ann")).toEqual(["one", "two", "three"]);
    for (const [user, unread] of [
      ["ann", 3],
      ["bob", 0],
    ] as const)
      expect(homes.get(user)?.row("c1"), user).toMatchObject({ epoch: 2, head: 4, unread, readUpTo: 0 });
    expect(homes.get("ann")?.row("c1")?.lastMessage).toContain("three");
    valueOf(talk.send("bob", "after"));
    await talk.pass(1000);
    expect(homes.get("ann")?.row("c1")).toMatchObject({ epoch: 2, head: 5, unread: 4 });
    // Places are given again, so an id of before is not taken for one of now.
    expect(world.platform.restored).toBe(1);
  });

  it("comes back under it wherever the server died, and goes back once", async () => {
    let failed = 0;
    for (let step = 0; step < 6; step++) {
      for (const when of ["before", "after"] as const) {
        const world = await markedIn();
        world.fail(step, when);
        const first = await world.restores.restore("c1", world.past).catch(() => undefined);
        if (world.hasFailed) failed++;
        if (first?.ok !== true) await world.anotherLife();
        await world.talk.pass(60_000);
        const told = `${when} step ${step}`;
        expect(world.talk.conversation.head, told).toBe(4);
        expect(world.homes.get("ann")?.row("c1"), told).toMatchObject({ epoch: 2, head: 4, unread: 3 });
        expect(world.platform.restored, told).toBe(1);
        expect(world.restores.nextAt(), told).toBe(Infinity);
      }
    }
    // Asked for, marked, looked at, gone, taken up again: each before and after.
    expect(failed).toBe(10);
  });

  it("whoever calls before he was told how things stand says nothing of them", async () => {
    const world = await markedIn();
    const { talk, homes } = world;
    const { answer } = talk;
    talk.answer = () => Promise.reject(new Error("out of reach"));
    const old = homes.get("ann")?.state("c1") ?? NO_INBOX;
    expect(old).toMatchObject({ epoch: 1, head: 8, flushed: 8 });
    valueOf(await world.restores.restore("c1", world.past));
    talk.conversation.receipt({ user: "ann", inbox: old });
    const { delivery } = talk.append("ann", [talk.draft("mine")], old);
    expect(delivery).toMatchObject({ epoch: 2, after: 4, base: { head: 4 }, entries: [{ seq: 5 }] });
    talk.answer = answer;
    await talk.pass(60_000);
    expect(homes.get("ann")?.row("c1")).toMatchObject({ epoch: 2, head: 5, unread: 3 });
  });

  it("[REST-2] refuses what is written while it goes, and keeps the legal holds of now", async () => {
    const world = await markedIn();
    world.talk.conversation.duties.placeHold(world.hold);
    world.platform.going = async () => {
      expect(codeOf(world.talk.send("ann", "lost"))).toBe("overloaded");
    };
    valueOf(await world.restores.restore("c1", world.past));
    expect(world.talk.conversation.duties.state({})).toMatchObject({ holds: [{ hold_id: "h1" }], epoch: 2 });
    expect(codeOf(world.talk.send("ann", "kept"))).toBeUndefined();
  });

  it("has to have been there, and the platform has to have it", async () => {
    const world = await markedIn();
    expect(codeOf(await world.restores.restore("c1", 1))).toBe("bad_request");
    expect(codeOf(await world.restores.restore("c1", world.talk.time.now() + 1))).toBe("bad_request");
    world.platform.isThere = false;
    expect(codeOf(await world.restores.restore("c1", world.past))).toBe("unsupported");
    expect(world.restores.nextAt()).toBe(Infinity);
    expect(codeOf(world.talk.send("ann", "as ever"))).toBeUndefined();
  });
});
