import { describe, expect, it } from "vitest";
import type { Delivery, EncodedEntry, MemberView } from "../../src/core/conversation/delivery.ts";
import { conversationJson } from "../../src/core/inbox/inbox-row.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { conversation } from "../../src/shared/protocol/conversation.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import { deliveryOf, Home, message, META, settings, stateOf } from "./inbox-fixtures.ts";

const countsOf = (home: Home): object => {
  const { head, unread, mentions, readUpTo } = home.row();
  return { head, unread, mentions, readUpTo };
};
const shownOf = (home: Home): Conversation => {
  const shown = JSON.parse(conversationJson(home.row())) as Conversation;
  expect(conversation.safeParse(shown).error).toBeUndefined();
  return shown;
};

/** An edit or a deletion of the message at `target`; `now`: what that message is then, where it is the newest. */
const changing = (kind: "edit" | "delete", seq: number, target: EncodedEntry, now?: string): EncodedEntry => ({
  ...settings(seq, target.sender),
  kind,
  target: {
    seq: target.seq,
    sender: target.sender,
    ...(target.mentions ? { mentions: target.mentions } : {}),
    ...(now === undefined ? {} : { now }),
  },
});
const viewOf = (head: number, more: Partial<MemberView> = {}): MemberView => ({
  conversation_id: "c1",
  epoch: 1,
  head,
  activity: META.created_at + head,
  meta: { ...META, type: "group", member_count: 5 },
  own: { read_up_to: 0, unread: head - 1, mentions: 0 },
  delivered_up_to: 0,
  large: true,
  ...more,
});

describe("[CONV-5] what edits and deletions do to a list", () => {
  const hello = message(2, "bob", ["ann"]);
  const withThree = (): Home => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), hello, message(3, "bob"), message(4, "ann", ["ann"])]));
    return home;
  };

  it("a deletion of what is unread is one less, and of its mention", () => {
    const home = withThree();
    expect(countsOf(home)).toEqual({ head: 4, unread: 2, mentions: 1, readUpTo: 0 });
    home.inbox.apply(deliveryOf([changing("delete", 5, hello)]));
    expect(countsOf(home)).toEqual({ head: 5, unread: 1, mentions: 0, readUpTo: 0 });
    // Brought again, it is none less.
    home.inbox.apply(deliveryOf([changing("delete", 5, hello)]));
    expect(countsOf(home)).toEqual({ head: 5, unread: 1, mentions: 0, readUpTo: 0 });
  });

  it("of what is read, or one's own, it is not", () => {
    const home = withThree();
    home.inbox.setRead(home.row(), { read_up_to: 2, unread: 1, mentions: 0 }, []);
    home.inbox.apply(deliveryOf([changing("delete", 5, hello), changing("delete", 6, message(4, "ann", ["ann"]))]));
    expect(countsOf(home)).toEqual({ head: 6, unread: 1, mentions: 0, readUpTo: 2 });
  });

  it("that came while a read was under way is counted in with it", () => {
    const home = withThree();
    const passed = [message(5, "bob"), changing("delete", 6, message(3, "bob"))];
    home.inbox.apply(deliveryOf(passed));
    // At its head, 4, one was unread behind 2: that one is deleted since, and another came.
    home.inbox.setRead(home.row(), { read_up_to: 2, unread: 1, mentions: 0 }, passed);
    expect(countsOf(home)).toEqual({ head: 6, unread: 1, mentions: 0, readUpTo: 2 });
  });

  it("[MSG-6] the last message is shown as it became, and an older one changes nothing", () => {
    const home = withThree();
    const activity = home.row().activity;
    const now = (content: string): string =>
      JSON.stringify({ ...(JSON.parse(message(4, "ann").json) as object), conversation_id: "c1", content });
    const last = message(4, "ann");
    home.inbox.apply(deliveryOf([changing("edit", 5, last, now("edited"))]));
    expect(shownOf(home).last_message).toMatchObject({ seq: 4, content: "edited" });
    home.inbox.apply(deliveryOf([changing("edit", 6, hello)]));
    expect(shownOf(home).last_message).toMatchObject({ seq: 4, content: "edited" });
    home.inbox.apply(deliveryOf([changing("delete", 7, last, now(""))]));
    expect(shownOf(home).last_message).toMatchObject({ seq: 4, content: "" });
    expect(home.row().activity).toBe(activity);
  });
});

describe("a list that begins in the middle", () => {
  const joined = (seq: number): Delivery => ({
    ...deliveryOf([settings(seq, "bob")]),
    base: viewOf(seq - 1, { own: { read_up_to: seq, unread: 0, mentions: 0 }, large: false }),
    meta: { ...META, type: "group" },
  });

  it("begins with what the conversation says, and goes on with its entries", () => {
    const home = new Home();
    expect(home.inbox.apply(joined(41))).toMatchObject({ rowChanged: true, fresh: [{ seq: 41 }] });
    home.inbox.apply(deliveryOf([message(42, "bob")]));
    expect(countsOf(home)).toEqual({ head: 42, unread: 1, mentions: 0, readUpTo: 41 });
    home.inbox.flush();
    home.crash();
    expect(countsOf(home)).toEqual({ head: 42, unread: 1, mentions: 0, readUpTo: 41 });
  });

  it("brought twice, or late, it changes nothing", () => {
    const home = new Home();
    home.inbox.apply(joined(41));
    home.inbox.apply(deliveryOf([message(42, "bob")]));
    const { rev } = home.inbox;
    expect(home.inbox.apply(joined(41))).toMatchObject({ rowChanged: false, fresh: [] });
    expect(home.inbox.rev).toBe(rev);
    expect(countsOf(home)).toMatchObject({ head: 42, unread: 1 });
  });

  it("[MEMB-7] who comes back goes on from there, and has left no more", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob")]));
    const left_at = META.created_at + 3;
    home.inbox.apply(deliveryOf([settings(3, "bob")], { meta: { ...META, type: "group", left_at } }));
    expect(shownOf(home).left_at).toBe(new Date(left_at).toISOString());
    home.inbox.apply(joined(9));
    expect(shownOf(home)).not.toHaveProperty("left_at");
    expect(countsOf(home)).toEqual({ head: 9, unread: 0, mentions: 0, readUpTo: 9 });
  });
});

describe("[CHAN-2] a row that is not kept up to date", () => {
  it("takes over how things stand, and says whether that was news", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob")], { large: true }));
    const { rev } = home.inbox;
    const last = { seq: 7, json: message(7, "bob").json.replace('"kind":"message"', '"conversation_id":"c1"') };
    expect(home.inbox.refresh(viewOf(7, { last, own: { read_up_to: 2, unread: 5, mentions: 1 } }))).toBe(true);
    expect(countsOf(home)).toEqual({ head: 7, unread: 5, mentions: 1, readUpTo: 2 });
    expect(shownOf(home)).toMatchObject({ member_count: 5, last_message: { seq: 7 } });
    expect(home.row().rev).toBeGreaterThan(rev);
    const known = home.inbox.rev;
    expect(home.inbox.refresh(viewOf(7, { last, own: { read_up_to: 2, unread: 5, mentions: 1 } }))).toBe(false);
    expect(home.inbox.rev).toBe(known);
  });

  it("[SYNC-2] keeps what came with how things stand, for devices that lack it", () => {
    const home = new Home();
    const kept = (): number[] =>
      home
        .row()
        .tail.since(0)
        .entries.map((json) => (JSON.parse(json) as { seq: number }).seq);
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob")], { large: true }));
    home.inbox.acknowledge(home.row(), "phone", 1);
    home.inbox.refresh(viewOf(4), [message(3, "bob"), message(4, "bob")]);
    expect(kept()).toEqual([1, 2, 3, 4]);
    home.inbox.flush();
    home.crash();
    expect(kept()).toEqual([2, 3, 4]);
    home.inbox.refresh(viewOf(9), [message(8, "bob"), message(9, "bob")]);
    expect(kept()).toEqual([8, 9]);
    // Older than the row, it says nothing.
    home.inbox.refresh(viewOf(6), [message(6, "bob")]);
    expect(kept()).toEqual([8, 9]);
    home.inbox.refresh(viewOf(20));
    expect(kept()).toEqual([]);
  });

  it("a view that is older than the row says nothing", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob"), message(3, "bob")], { large: true }));
    expect(home.inbox.refresh(viewOf(2))).toBe(false);
    expect(countsOf(home)).toEqual({ head: 3, unread: 2, mentions: 0, readUpTo: 0 });
  });

  it("[RCPT-1] a view from before a reading does not take it back", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob"), message(3, "bob")], { large: true }));
    home.inbox.setRead(home.row(), { read_up_to: 3, unread: 0, mentions: 0 }, []);
    for (const head of [3, 5])
      expect(home.inbox.refresh(viewOf(head, { own: { read_up_to: 0, unread: 2, mentions: 0 } }))).toBe(false);
    expect(countsOf(home)).toEqual({ head: 3, unread: 0, mentions: 0, readUpTo: 3 });
  });

  it("that nobody is there is on the disk before it is said", async () => {
    const home = new Home("ann", []);
    const first = { ...deliveryOf([settings(1, "bob"), message(2, "bob")]), large: true };
    expect(await home.receive(first)).toMatchObject({ flushed: 2, presence: { here: false } });
    home.crash();
    expect(home.inbox.awayRows().map(({ conversation_id }) => conversation_id)).toEqual(["c1"]);
    // Also when things are busy, and nothing else is written at once.
    home.sockets.devices = ["phone"];
    await home.receive({ ...deliveryOf([message(3, "bob")]), large: true });
    expect(home.inbox.awayRows()).toEqual([]);
    home.sockets.devices = [];
    const answer = home.downlink.deliver({ ...deliveryOf([message(4, "bob")]), large: true });
    expect(await answer).toMatchObject({ presence: { here: false } });
    home.crash();
    expect(home.inbox.awayRows()).toHaveLength(1);
  });

  it("that somebody is there again is said with a later number than that he was not", async () => {
    const home = new Home("ann", []);
    const away = await home.receive({ ...deliveryOf([settings(1, "bob")]), large: true });
    home.sockets.devices = ["phone"];
    const here = await home.receive({ ...deliveryOf([settings(1, "bob")]), large: true });
    expect(here.presence?.here).toBe(true);
    expect(here.presence?.asOf).toBeGreaterThan(away.presence?.asOf ?? Infinity);
  });

  it("in a channel whoever has it open is there, and nobody else", async () => {
    const home = new Home();
    const meta = { ...META, type: "channel" } as const;
    const first = { ...deliveryOf([settings(1, "bob")], { meta }), large: true };
    expect(await home.receive(first)).toMatchObject({ presence: { here: false } });
    home.sockets.open.add("c1");
    expect(await home.receive(first)).toMatchObject({ presence: { here: true } });
  });

  it("whether he is there is told to those only who want to know", async () => {
    const home = new Home();
    expect(await home.receive(deliveryOf([settings(1, "bob")]))).toEqual(stateOf({ head: 1, flushed: 1 }));
  });
});

describe("[DRAFT-1] drafts", () => {
  const draft = (content: string, at = 5): { readonly content: string; readonly at: number } => ({ content, at });
  const home = (): Home => {
    const one = new Home();
    one.inbox.apply(deliveryOf([settings(1, "bob")]));
    return one;
  };

  it("are shown, raise rev, and outlast a crash when written", () => {
    const one = home();
    const { rev } = one.inbox;
    expect(one.inbox.setDraft(one.row(), draft("begun"))).toBe(true);
    expect(one.row().rev).toBeGreaterThan(rev);
    expect(shownOf(one).draft).toEqual({ content: "begun", updated_at: new Date(5).toISOString() });
    one.inbox.flush();
    one.crash();
    expect(shownOf(one).draft).toMatchObject({ content: "begun" });
    expect(one.inbox.setDraft(one.row(), undefined)).toBe(true);
    expect(shownOf(one)).not.toHaveProperty("draft");
  });

  it("the same again is no news; another answer is", () => {
    const one = home();
    one.inbox.setDraft(one.row(), draft("begun"));
    const { rev } = one.inbox;
    expect(one.inbox.setDraft(one.row(), draft("begun", 9))).toBe(false);
    expect(one.inbox.rev).toBe(rev);
    expect(one.inbox.setDraft(one.row(), { ...draft("begun"), reply_to: "M1" })).toBe(true);
    expect(one.inbox.setDraft(one.row(), undefined)).toBe(true);
    expect(one.inbox.setDraft(one.row(), undefined)).toBe(false);
  });

  it("stay when entries come", async () => {
    const one = home();
    one.inbox.setDraft(one.row(), draft("begun"));
    one.inbox.apply(deliveryOf([message(2, "bob")]));
    await one.time.pass(LIMITS.inboxFlushMs);
    expect(shownOf(one)).toMatchObject({ draft: { content: "begun" }, head_seq: 2 });
  });
});

describe("[RCPT-8] what an inbox says of itself", () => {
  it("is also whether its user hides how far he reads", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob")]));
    expect(home.inbox.state("c1").hidesReads).toBe(false);
    home.hidesReads = true;
    expect(home.inbox.state("c1").hidesReads).toBe(true);
    expect(home.inbox.state("unknown").hidesReads).toBe(true);
  });
});
