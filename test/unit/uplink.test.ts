import { describe, expect, it } from "vitest";
import type { ReceiptCall } from "../../src/core/conversation/calls.ts";
import type { OwnCounts } from "../../src/core/conversation/delivery.ts";
import type { Founding } from "../../src/core/conversation/founding.ts";
import { NOT_FOUND } from "../../src/core/conversation/refusals.ts";
import { Uplink } from "../../src/objects/user/uplink.ts";
import { Stubs } from "../../src/platform/stubs.ts";
import type { ConversationRpc } from "../../src/rpc/conversation-rpc.ts";
import { codeOf } from "./conversation-fixtures.ts";
import { deliveryOf, Home, message, META, settings } from "./inbox-fixtures.ts";
import { settled } from "./virtual-time.ts";

type Answer = (own: Omit<OwnCounts, "read_up_to">) => void;

describe("[CONV-5] a reading that is under way while the list changes", () => {
  /** A list of three entries, and a conversation that answers readings when the test does. */
  const stage = () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob"), message(3, "bob")], { large: true }));
    const asked: { readonly call: ReceiptCall; readonly answer: Answer }[] = [];
    const receipt: ConversationRpc["receipt"] = (call) =>
      new Promise((resolve) => {
        const answer: Answer = (own) =>
          resolve({ ok: true, value: { ...own, read_up_to: call.read ?? 0, delivered_up_to: call.read ?? 0 } });
        asked.push({ call, answer });
      });
    const uplink = new Uplink({
      user: "ann",
      inbox: home.inbox,
      blocks: home.blocks,
      clock: home.time,
      timers: home.time,
      conversations: new Stubs({ getByName: () => ({ receipt }) as ConversationRpc }, 8),
      take: () => undefined,
      rowChanged: () => undefined,
    });
    return { home, uplink, asked };
  };

  it("counts in what came meanwhile", async () => {
    const { home, uplink, asked } = stage();
    const done = uplink.read("c1", 2);
    await settled();
    const fresh = [message(4, "bob")];
    home.inbox.apply(deliveryOf(fresh));
    uplink.applied(home.row(), fresh);
    asked[0]?.answer({ unread: 1, mentions: 0 });
    expect(await done).toMatchObject({ ok: true });
    expect(home.row()).toMatchObject({ head: 4, readUpTo: 2, unread: 2 });
    expect(asked).toHaveLength(1);
  });

  it("is asked again when the list went on without the entries: the counts of before say nothing then", async () => {
    const { home, uplink, asked } = stage();
    const done = uplink.read("c1", 2);
    await settled();
    const own = { read_up_to: 0, unread: 8, mentions: 0 };
    const view = { conversation_id: "c1", epoch: 1, activity: 0, meta: META, delivered_up_to: 0, large: true };
    home.inbox.refresh({ ...view, head: 9, own });
    asked[0]?.answer({ unread: 1, mentions: 0 });
    await settled();
    expect(home.row()).toMatchObject({ head: 9, readUpTo: 0, unread: 8 });
    expect(asked[1]?.call).toMatchObject({ read: 2, inbox: { head: 9 } });
    asked[1]?.answer({ unread: 7, mentions: 0 });
    expect(await done).toMatchObject({ ok: true });
    expect(home.row()).toMatchObject({ head: 9, readUpTo: 2, unread: 7 });
  });
});

describe("[BLOCK-2] founding a conversation with somebody whom one blocks", () => {
  const founding: Founding = {
    conversation_id: "c1",
    type: "direct",
    region: "local",
    founder: "ann",
    members: ["bob"],
  };
  const stage = () => {
    const home = new Home();
    const asked: string[] = [];
    const conversation = {
      found: async () => {
        asked.push("found");
        return NOT_FOUND;
      },
      typing: async (_user: string, _state: string, except: readonly string[]) => {
        asked.push(`typing except ${except.join()}`);
      },
    };
    const uplink = new Uplink({
      user: "ann",
      inbox: home.inbox,
      blocks: home.blocks,
      clock: home.time,
      timers: home.time,
      conversations: new Stubs({ getByName: () => conversation as unknown as ConversationRpc }, 8),
      take: () => undefined,
      rowChanged: () => undefined,
    });
    home.blocks.set("bob", true);
    return { home, uplink, asked };
  };

  it("is refused, and asks nobody", async () => {
    const { uplink, asked, home } = stage();
    expect(codeOf(await uplink.create(founding))).toBe("forbidden");
    expect(asked).toEqual([]);
    expect(codeOf(await uplink.create({ ...founding, type: "group" }))).toBe("not_found");
    home.blocks.set("bob", false);
    expect(codeOf(await uplink.create(founding))).toBe("not_found");
    expect(asked).toEqual(["found", "found"]);
  });

  it("one that was there before is shown", async () => {
    const { home, uplink, asked } = stage();
    home.inbox.apply(deliveryOf([settings(1, "bob")], { meta: META }));
    await uplink.create(founding);
    expect(asked).toEqual(["found"]);
  });

  it("[BLOCK-3] typing in a group names those of it who are not to see it", () => {
    const { home, uplink, asked } = stage();
    const participants = ["ann", "bob", "cem"].map((user_id) => ({ user_id, role: "member" as const, joined_at: "" }));
    home.inbox.apply(deliveryOf([settings(1, "cem")], { meta: { ...META, type: "group", participants } }));
    home.blocks.set("eve", true);
    uplink.typing("c1", "start");
    expect(asked).toEqual(["typing except bob"]);
  });
});
