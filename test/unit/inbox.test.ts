import { describe, expect, it } from "vitest";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { conversationJson } from "../../src/core/inbox/inbox-row.ts";
import { conversation } from "../../src/shared/protocol/conversation.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { deliveryOf, Home, message, META, settings, stateOf } from "./inbox-fixtures.ts";

const countsOf = (home: Home): object => {
  const { head, unread, mentions, readUpTo } = home.row();
  return { head, unread, mentions, readUpTo };
};

describe("applying deliveries", () => {
  it("nothing is known of what never came", () => {
    const home = new Home();
    expect(home.inbox.row("c1")).toBeUndefined();
    expect(home.inbox.state("c1")).toEqual(NO_INBOX);
  });

  it("[CONV-5] counts messages of others, and mentions among them", () => {
    const home = new Home();
    const entries = [
      settings(1, "bob"),
      message(2, "bob"),
      message(3, "ann", ["ann"]),
      message(4, "bob", ["ann", "cem"]),
      message(5, "cem", ["bob"]),
    ];
    const applied = home.inbox.apply(deliveryOf(entries));
    expect(applied?.fresh).toHaveLength(5);
    expect(countsOf(home)).toEqual({ head: 5, unread: 3, mentions: 1, readUpTo: 0 });
    const shown = JSON.parse(conversationJson(home.row())) as object;
    expect(conversation.safeParse(shown).success).toBe(true);
    expect(shown).toMatchObject({ unread_count: 3, mention_count: 1, head_seq: 5, last_message: { seq: 5 } });
  });

  it("[SEQ-2] a repeat counts once, whole or in part", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob"), message(3, "bob")]));
    const { rev } = home.inbox;
    const again = home.inbox.apply(deliveryOf([message(2, "bob"), message(3, "bob")]));
    expect(again).toMatchObject({ fresh: [], rowChanged: false });
    expect(home.inbox.rev).toBe(rev);
    const partly = home.inbox.apply(deliveryOf([message(3, "bob"), message(4, "bob")]));
    expect(partly?.fresh.map(({ seq }) => seq)).toEqual([4]);
    expect(countsOf(home)).toEqual({ head: 4, unread: 3, mentions: 0, readUpTo: 0 });
  });

  it("[SEQ-1] a hole changes nothing", () => {
    const home = new Home();
    expect(home.inbox.apply(deliveryOf([message(2, "bob")]))).toBeUndefined();
    expect(home.inbox.row("c1")).toBeUndefined();
    home.inbox.apply(deliveryOf([settings(1, "bob")]));
    const { rev } = home.inbox;
    expect(home.inbox.apply(deliveryOf([message(3, "bob")]))).toBeUndefined();
    expect(countsOf(home)).toMatchObject({ head: 1, unread: 0 });
    expect(home.inbox.rev).toBe(rev);
  });

  it("counts that the conversation sends are taken at their head, and not where entries came since", () => {
    const home = new Home();
    const own = { read_up_to: 2, unread: 1, mentions: 0 };
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob"), message(3, "bob")], { own }));
    expect(countsOf(home)).toEqual({ head: 3, unread: 1, mentions: 0, readUpTo: 2 });
    home.inbox.apply(deliveryOf([message(4, "bob")]));
    const late = { read_up_to: 3, unread: 0, mentions: 0 };
    home.inbox.apply(deliveryOf([message(2, "bob"), message(3, "bob")], { own: late }));
    expect(countsOf(home)).toEqual({ head: 4, unread: 2, mentions: 0, readUpTo: 2 });
  });

  it("[RCPT-1] counts of an older reading are not taken", () => {
    const home = new Home();
    const entries = [settings(1, "bob"), message(2, "bob"), message(3, "bob")];
    home.inbox.apply(deliveryOf(entries, { own: { read_up_to: 3, unread: 0, mentions: 0 } }));
    home.inbox.apply(deliveryOf(entries, { own: { read_up_to: 1, unread: 2, mentions: 0 } }));
    expect(countsOf(home)).toEqual({ head: 3, unread: 0, mentions: 0, readUpTo: 3 });
  });

  it("[MSG-3] receipts of the last message are shown when it is the user's own, and never fall", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "ann")]));
    expect(home.row().receipts).toEqual({ delivered: 0, read: 0, of: 1 });
    const note = (delivered: number, read: number) => ({
      receipt: { frame: "{}", seq: 2, counts: { delivered, read, of: 1 } },
    });
    home.inbox.apply({ ...deliveryOf([]), after: 2, ...note(1, 1) });
    home.inbox.apply({ ...deliveryOf([]), after: 2, ...note(1, 0) });
    expect(home.row().receipts).toEqual({ delivered: 1, read: 1, of: 1 });
    home.inbox.apply(deliveryOf([message(3, "bob")]));
    expect(home.row().receipts).toBeUndefined();
  });
});

describe("reading", () => {
  const four = (): Home => {
    const home = new Home();
    home.inbox.apply(
      deliveryOf([settings(1, "bob"), message(2, "bob"), message(3, "bob", ["ann"]), message(4, "bob")]),
    );
    return home;
  };

  it("[CONV-5] what came while the read was under way is counted besides", () => {
    const home = four();
    const passed = [message(5, "bob", ["ann"]), message(6, "ann"), message(7, "bob")];
    home.inbox.apply(deliveryOf(passed));
    expect(home.inbox.setRead(home.row(), { read_up_to: 3, unread: 1, mentions: 0 }, passed)).toBe(true);
    expect(countsOf(home)).toEqual({ head: 7, unread: 3, mentions: 1, readUpTo: 3 });
  });

  it("[CONV-5] what came meanwhile and was read with it is not", () => {
    const home = four();
    const passed = [message(5, "bob", ["ann"]), message(6, "bob")];
    home.inbox.apply(deliveryOf(passed));
    // The head of the conversation was 5 already when it heard of the reading.
    home.inbox.setRead(home.row(), { read_up_to: 5, unread: 0, mentions: 0 }, passed);
    expect(countsOf(home)).toEqual({ head: 6, unread: 1, mentions: 0, readUpTo: 5 });
  });

  it("[RCPT-4] what was read before the list knew of it is neither unread nor undelivered", () => {
    const home = four();
    home.inbox.setRead(home.row(), { read_up_to: 6, unread: 0, mentions: 0 }, []);
    expect(home.row().deliveredUpTo).toBe(4);
    const late = [message(5, "bob"), message(6, "bob"), message(7, "bob")];
    // Devices were shown a reading up to the head only: entries alone would be unread to them.
    expect(home.inbox.apply(deliveryOf(late))).toMatchObject({ rowChanged: true });
    expect(countsOf(home)).toEqual({ head: 7, unread: 1, mentions: 0, readUpTo: 6 });
    expect(home.row().deliveredUpTo).toBe(6);
    expect(home.inbox.apply(deliveryOf([message(8, "bob")]))).toMatchObject({ rowChanged: false });
  });

  it("an answer that says nothing new raises no rev", () => {
    const home = four();
    home.inbox.setRead(home.row(), { read_up_to: 3, unread: 1, mentions: 0 }, []);
    const { rev } = home.inbox;
    expect(home.inbox.setRead(home.row(), { read_up_to: 3, unread: 1, mentions: 0 }, [])).toBe(false);
    expect(home.inbox.setRead(home.row(), { read_up_to: 2, unread: 2, mentions: 1 }, [])).toBe(false);
    expect(home.inbox.rev).toBe(rev);
  });
});

describe("devices", () => {
  it("[RCPT-1] watermarks only rise, and never beyond the head", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob"), message(3, "bob")]));
    expect(home.inbox.acknowledge(home.row(), "phone", 2)).toBe(true);
    expect(home.inbox.acknowledge(home.row(), "phone", 1)).toBe(false);
    expect(home.inbox.acknowledge(home.row(), "tablet", 99)).toBe(true);
    expect(home.row()).toMatchObject({ devices: { phone: 2, tablet: 3 }, deliveredUpTo: 3 });
    expect(home.inbox.acknowledge(home.row(), "phone", 3)).toBe(false);
  });

  it("what is acknowledged of one's own messages is no news for anybody", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "ann")]));
    expect(home.inbox.acknowledge(home.row(), "phone", 2)).toBe(false);
  });

  it("a device is known once it acknowledged something, also after a crash", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob")]));
    expect(home.inbox.devices.isKnown("phone")).toBe(false);
    home.inbox.acknowledge(home.row(), "phone", 1);
    home.crash();
    expect(home.inbox.devices.isKnown("phone")).toBe(true);
    expect(home.inbox.devices.isKnown("tablet")).toBe(false);
  });

  it.each(["__proto__", "constructor", "toString"])("a device may be called %s", (name) => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob")]));
    home.inbox.acknowledge(home.row(), name, 2);
    expect(home.inbox.devices.isKnown(name)).toBe(true);
    expect(home.row().devices[name]).toBe(2);
    home.inbox.flush();
    home.crash();
    expect(home.row().devices[name]).toBe(2);
    expect(home.row().devices["other"]).toBeUndefined();
  });

  it("a row remembers a bounded number of devices, the furthest of them", () => {
    const home = new Home();
    const head = LIMITS.devicesPerInboxRow + 20;
    const entries = Array.from({ length: head - 1 }, (_, i) => message(i + 2, "bob"));
    home.inbox.apply(deliveryOf([settings(1, "bob"), ...entries]));
    for (let seq = 1; seq <= head; seq++) home.inbox.acknowledge(home.row(), `d${seq}`, seq);
    expect(Object.keys(home.row().devices)).toHaveLength(LIMITS.devicesPerInboxRow);
    expect(home.row().devices[`d${head}`]).toBe(head);
    expect(home.row().devices["d1"]).toBeUndefined();
  });
});

describe("writing behind", () => {
  it("what was flushed comes back, and only that", async () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob", ["ann"])]));
    home.inbox.acknowledge(home.row(), "phone", 2);
    home.inbox.flush();
    const before = conversationJson(home.row());
    home.inbox.apply(deliveryOf([message(3, "bob")]));
    await home.time.pass(10);
    home.crash();
    expect(conversationJson(home.row())).toBe(before);
    expect(home.row()).toMatchObject({ othersHead: 2, devices: { phone: 2 }, lastMessageSeq: 2 });
    expect(home.inbox.state("c1")).toEqual(stateOf({ head: 2, flushed: 2, read: 0, delivered: 2 }));
  });

  it("what was not flushed is applied again, and counted as before", () => {
    const home = new Home();
    const all = [settings(1, "bob"), message(2, "bob"), message(3, "bob", ["ann"])];
    home.inbox.apply(deliveryOf(all));
    const before = countsOf(home);
    home.crash();
    expect(home.inbox.state("c1")).toEqual(NO_INBOX);
    home.inbox.apply(deliveryOf(all));
    expect(countsOf(home)).toEqual(before);
  });

  it("one row is one write, however much changed in it; a clean one is none", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob")]));
    home.inbox.apply(deliveryOf([message(3, "bob")]));
    const before = home.sql.rowsWritten;
    home.inbox.flush();
    home.inbox.flush();
    home.inbox.flush(home.row());
    expect(home.sql.rowsWritten - before).toBe(1);
    expect(home.inbox.dirtyRows).toBe(0);
  });

  it("memory keeps a bounded number of rows, and forgets none", () => {
    const home = new Home();
    const count = LIMITS.inboxRowsInMemory + 50;
    for (let i = 0; i < count; i++) {
      home.inbox.apply(deliveryOf([settings(1, "bob"), message(2, "bob")], { conversation_id: `c${i}` }));
    }
    home.inbox.flush();
    expect(home.inbox.keys()).toHaveLength(count);
    for (let i = 0; i < count; i++) {
      home.inbox.apply(deliveryOf([message(3, "bob")], { conversation_id: `c${i}` }));
      expect(home.row(`c${i}`)).toMatchObject({ head: 3, unread: 2 });
    }
  });
});

describe("[SYNC-1] rev", () => {
  it("rises with every change, and is the row's", () => {
    const home = new Home();
    const revs = [home.inbox.rev];
    for (let seq = 1; seq <= 5; seq++) {
      home.inbox.apply(deliveryOf([seq === 1 ? settings(1, "bob") : message(seq, "bob")]));
      revs.push(home.inbox.rev);
      expect(home.row().rev).toBe(home.inbox.rev);
    }
    expect(new Set(revs).size).toBe(revs.length);
    expect(revs).toEqual(revs.toSorted((a, b) => a - b));
  });

  /** Changes of two rows that are not written before the crash that follows; answers the revs given out. */
  const change = (home: Home, seq: number): number[] =>
    ["c1", "c2"].map((conversation_id) => {
      const entries = home.inbox.row(conversation_id) ? [message(seq, "bob")] : [settings(1, "bob")];
      home.inbox.apply(deliveryOf(entries, { conversation_id, after: home.inbox.state(conversation_id).head }));
      return home.row(conversation_id).rev;
    });

  it("is never given out twice, however often the object crashes before it has written anything", async () => {
    const home = new Home();
    change(home, 1);
    home.inbox.flush();
    const given = new Set([home.inbox.rev]);
    for (let crash = 0; crash < 20; crash++) {
      await home.time.pass(5);
      home.crash();
      for (const rev of change(home, 2)) {
        expect(given.has(rev), `rev ${rev} was given out before crash ${crash}`).toBe(false);
        expect(rev).toBeGreaterThan(Math.max(...given));
        given.add(rev);
      }
    }
  });

  it("is never given out twice when the clock was set back, either", async () => {
    const home = new Home();
    change(home, 1);
    home.inbox.flush();
    const given = new Set([home.inbox.rev]);
    home.time.jumpTo(home.time.now() - 3_600_000);
    for (let crash = 0; crash < 20; crash++) {
      await home.time.pass(5);
      home.crash();
      for (const rev of change(home, 2)) {
        expect(rev).toBeGreaterThan(Math.max(...given));
        given.add(rev);
      }
    }
  });

  it("is a number that a query parameter may carry", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob")], { meta: META }));
    expect(String(home.inbox.rev)).toMatch(/^\d{1,15}$/);
  });
});
