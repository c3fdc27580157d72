import { describe, expect, it } from "vitest";
import type { MemberView, Wants } from "../../src/core/conversation/delivery.ts";
import { Visits } from "../../src/objects/user/visits.ts";
import type { VisitsDeps } from "../../src/objects/user/visits.ts";
import { deliveryOf, Home, message, META } from "./inbox-fixtures.ts";
import { settled } from "./virtual-time.ts";

interface Told {
  readonly id: string;
  readonly live: boolean;
  readonly wants: Wants | undefined;
}

/** Somebody who is away from some large conversations. */
const street = async (ids: readonly string[]) => {
  const home = new Home("ann", []);
  const meta = { ...META, type: "group" as const };
  for (const conversation_id of ids) {
    await home.receive(deliveryOf([message(1, "bob")], { conversation_id, large: true, meta }));
  }
  const told: Told[] = [];
  const answers: (() => void)[] = [];
  let wants: Wants | undefined;
  const deps: VisitsDeps = {
    inbox: home.inbox,
    downlink: home.downlink,
    wants: () => wants,
    uplink: {
      async visit(id, live, _asOf, wish) {
        told.push({ id, live, wants: wish });
        await new Promise<void>((resolve) => answers.push(resolve));
        const row = home.row(id);
        const own = { read_up_to: row.readUpTo, unread: row.unread, mentions: row.mentions };
        const view: MemberView = {
          conversation_id: id,
          epoch: row.epoch,
          head: row.head,
          activity: row.activity,
          meta: row.meta,
          own,
          delivered_up_to: row.deliveredUpTo,
          large: true,
        };
        return { ok: true, value: { view, entries: [] } };
      },
    },
  };
  const answer = async (): Promise<void> => {
    for (const one of answers.splice(0)) one();
    await settled();
  };
  return { home, told, answer, visits: new Visits(deps), wish: (wish: Wants | undefined) => (wants = wish) };
};

describe("[PUSH-5] what somebody wants to be brought while he is away", () => {
  it("is told to every conversation that took him for away, when that changes", async () => {
    const { told, answer, visits, wish } = await street(["c1", "c2"]);
    wish({ what: "messages" });
    const done = visits.wishesChanged();
    await settled();
    await answer();
    await done;
    expect(told.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
      { id: "c1", live: false, wants: { what: "messages" } },
      { id: "c2", live: false, wants: { what: "messages" } },
    ]);
  });

  it("is told once more when an earlier word is still on its way", async () => {
    const { home, told, answer, visits, wish } = await street(["c1"]);
    wish({ what: "messages" });
    const first = visits.one(home.row());
    await settled();
    wish(undefined);
    const second = visits.wishesChanged([home.row()]);
    await settled();
    expect(told).toHaveLength(1);
    await answer();
    await answer();
    await Promise.all([first, second]);
    expect(told.map(({ wants }) => wants)).toEqual([{ what: "messages" }, undefined]);
  });

  it("is not told where he is there, or is brought everything in any case", async () => {
    const { home, told, visits, wish } = await street(["c1"]);
    await home.receive(deliveryOf([message(1, "bob")], { conversation_id: "c2" }));
    wish({ what: "messages" });
    home.sockets.devices.push("phone");
    await visits.wishesChanged();
    home.sockets.devices.pop();
    await visits.wishesChanged([home.row("c2")]);
    expect(told).toEqual([]);
  });
});

describe("asking a large conversation how things stand", () => {
  it.each([true, false])("whoever comes or goes meanwhile says so (there at first: %s)", async (there) => {
    const { home, told, answer, visits } = await street(["c1"]);
    if (there) home.sockets.devices.push("phone");
    const done = visits.one(home.row());
    home.sockets.devices = there ? [] : ["phone"];
    await settled();
    await answer();
    await answer();
    await done;
    expect(told.map(({ live }) => live)).toEqual([there, !there]);
    expect(home.row().away).toBe(there);
  });
});
