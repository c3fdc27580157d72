import { describe, expect, it } from "vitest";
import { Profile } from "../../src/core/inbox/profile.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";
import { userStore } from "./stores.ts";

describe("[USER-1] a profile", () => {
  it("is empty at first, and hides nothing", () => {
    const profile = new Profile(userStore());
    expect(profile.fields).toEqual({});
    expect([profile.hidesReads, profile.hidesTyping]).toEqual([false, false]);
  });

  it("keeps what is not named, and all of it on the disk", () => {
    const sql = userStore();
    const profile = new Profile(sql);
    profile.change({ display_name: "Ann", privacy: { read_receipts: "nobody" } });
    profile.change({ avatar: "a", privacy: { typing: "nobody" } });
    const all = { display_name: "Ann", avatar: "a", privacy: { read_receipts: "nobody", typing: "nobody" } };
    for (const one of [profile, new Profile(sql)]) {
      expect(one.fields).toEqual(all);
      expect([one.hidesReads, one.hidesTyping]).toEqual([true, true]);
    }
    const written = sql.rowsWritten;
    profile.change({ avatar: "a", privacy: { typing: "nobody" } });
    expect(sql.rowsWritten).toBe(written);
    profile.change({ privacy: { read_receipts: "everyone" } });
    expect([profile.hidesReads, profile.hidesTyping]).toEqual([false, true]);
  });
});

describe("[PUSH-8] [PUSH-9] how somebody wants to be notified", () => {
  it("is his own affair, is kept field by field, and quiet hours are taken away by null", () => {
    const sql = userStore();
    const profile = new Profile(sql);
    const quiet_hours = { from: "22:00", until: "07:00", time_zone: "Europe/Berlin" };
    profile.change({ display_name: "Ann", notifications: { quiet_hours } });
    profile.change({ notifications: { previews: true } });
    expect(new Profile(sql).fields.notifications).toEqual({ quiet_hours, previews: true });
    expect(profile.shown).toEqual({ display_name: "Ann" });
    profile.change({ notifications: { quiet_hours: null } });
    expect(new Profile(sql).fields.notifications).toEqual({ previews: true });
  });
});

describe("[RCPT-8] whoever hides how far he reads", () => {
  const readBy = (talk: Talk, user: string, upTo: number, hidesReads: boolean): void => {
    const { head } = talk.conversation;
    const inbox = { head, flushed: head, read: 0, delivered: head, hidesReads };
    valueOf(talk.conversation.receipt({ user, read: upTo, inbox }));
  };
  const receiptsOf = (talk: Talk, user: string): Message["receipts"] =>
    (JSON.parse(valueOf(talk.conversation.history.messages(user, { limit: 1 }))) as { messages: Message[] }).messages[0]
      ?.receipts;

  it("is not counted or named, and what he read before he hid it stays seen", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const first = valueOf(talk.send("ann")).message_id;
    readBy(talk, "bob", 2, false);
    const second = valueOf(talk.send("ann")).message_id;
    readBy(talk, "bob", 3, true);
    readBy(talk, "cem", 3, false);
    expect(receiptsOf(talk, "ann")).toEqual({ delivered: 2, read: 1, of: 2 });
    const readers = (id: string): string[] =>
      (
        JSON.parse(valueOf(talk.conversation.lists.receipts("ann", id, {}))) as {
          receipts: { user_id: string; read_at?: string }[];
        }
      ).receipts.flatMap(({ user_id, read_at }) => (read_at === undefined ? [] : [user_id]));
    expect(readers(first)).toEqual(["bob", "cem"]);
    expect(readers(second)).toEqual(["cem"]);
    talk.crash();
    expect(readers(second)).toEqual(["cem"]);
    // His own list is exact all the same.
    expect(valueOf(talk.conversation.describe("bob")).own).toEqual({ read_up_to: 3, unread: 0, mentions: 0 });
  });

  it("is not shown who has read, either", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    valueOf(talk.send("ann"));
    readBy(talk, "ann", 0, true);
    readBy(talk, "bob", 2, false);
    expect(receiptsOf(talk, "ann")).toEqual({ delivered: 1, read: 0, of: 2 });
    await talk.pass(2 * LIMITS.groupReceiptMs);
    for (const { receipt } of talk.to("ann")) if (receipt) expect(receipt.counts.read).toBe(0);
  });

  it("in a direct conversation the other learns that it came, and not that it was read", async () => {
    const talk = new Talk();
    valueOf(talk.send("ann"));
    readBy(talk, "bob", 2, true);
    await talk.pass(5000);
    const frames = talk.to("ann").flatMap(({ receipt }) => (receipt ? [JSON.parse(receipt.frame) as object] : []));
    expect(frames.at(-1)).toMatchObject({ delivered_up_to: 2, read_up_to: 0 });
  });

  it("`of` counts those who had joined when the message was sent", () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    valueOf(talk.send("ann"));
    expect(receiptsOf(talk, "ann")).toEqual({ delivered: 0, read: 0, of: 2 });
    valueOf(talk.do("ann", { op: "add", user_ids: ["dag"] }));
    expect(receiptsOf(talk, "ann")).toEqual({ delivered: 0, read: 0, of: 2 });
    valueOf(talk.send("ann"));
    expect(receiptsOf(talk, "ann")).toMatchObject({ of: 3 });
  });
});
