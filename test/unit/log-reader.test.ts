import { describe, expect, it } from "vitest";
import type { MessagePage } from "../../src/core/conversation/history.ts";
import type { Soon } from "../../src/core/soon.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Result } from "../../src/shared/result.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import type { MemoryArchive } from "../support/memory-archive.ts";
import { pruned } from "../support/prune.ts";
import { codeOf, Talk, valueOf } from "./conversation-fixtures.ts";

/** What is answered once the archive has answered. */
const later = async <T>(talk: Talk, soon: Soon<Result<T>>): Promise<T> => {
  await talk.pass(0);
  return valueOf(await soon);
};

const down = async (): Promise<void> => {
  throw new Error("down");
};

/** Answers only when it is let go. */
const held = (archive: MemoryArchive): (() => void) => {
  const gate = Promise.withResolvers<void>();
  archive.gate = async (_what, when) => {
    if (when === "after") await gate.promise;
  };
  return () => {
    archive.gate = async () => undefined;
    gate.resolve();
  };
};

interface Scene {
  readonly talk: Talk;
  readonly archive: MemoryArchive;
  /** Of entry `seq`. */
  readonly id: (seq: number) => string;
}

/** Entries 2 to 60 of ann, bob and cem: messages, a thread, edits, a deletion, reactions and a pin among the first ones. */
const written = (): { readonly talk: Talk; readonly ids: Map<number, string> } => {
  const talk = new Talk(["ann", "bob", "cem"]);
  const ids = new Map<number, string>();
  const note = ({ seq, message_id }: { seq: number; message_id: string }): string => {
    ids.set(seq, message_id);
    return message_id;
  };
  const root = note(valueOf(talk.send("ann", "root")));
  const edited = note(valueOf(talk.send("bob", "before")));
  const gone = note(valueOf(talk.send("cem", "to be deleted")));
  for (const content of ["once", "twice"]) valueOf(talk.do("bob", { op: "edit", message_id: edited, content }));
  valueOf(talk.do("cem", { op: "delete", message_id: gone }));
  valueOf(talk.do("bob", { op: "react", message_id: root, emoji: "👍", on: true }));
  valueOf(talk.do("ann", { op: "pin", message_id: root, on: true }));
  for (const who of ["ann", "bob"]) note(valueOf(talk.send(who, "reply", { thread_root: root })));
  while (talk.conversation.head < 60) note(valueOf(talk.send(talk.conversation.head % 2 ? "ann" : "bob")));
  return { talk, ids };
};

const sceneAt = async (through: number): Promise<Scene> => {
  const { talk, ids } = written();
  return { talk, archive: await pruned(talk, through), id: (seq) => ids.get(seq) ?? "" };
};

/** All pages, as text. */
const walk = async (talk: Talk, page: MessagePage, user = "ann"): Promise<string[]> => {
  const pages: string[] = [];
  let cursor: string | undefined;
  do {
    const asked = { ...page, ...(cursor === undefined ? {} : { cursor }) };
    const json = await later(talk, talk.conversation.history.messages(user, asked));
    pages.push(json);
    cursor = (JSON.parse(json) as { next_cursor?: string }).next_cursor;
  } while (cursor !== undefined);
  return pages;
};

const messageOf = async (talk: Talk, id: string, user = "ann"): Promise<Message> =>
  JSON.parse(await later(talk, talk.conversation.history.message(user, id))) as Message;

describe("[ARCH-1] pages across what is pruned", () => {
  it("are to the letter what they were, in both directions, wherever the seam is", async () => {
    const whole = written().talk;
    const asked: MessagePage[] = [1, 7, 50, 200].flatMap((limit) => [
      { limit },
      { limit, after: 0 },
      { limit, after: 3, before: 31 },
      { limit, before: 20 },
    ]);
    for (const through of [1, 5, 30, 59]) {
      const { talk, ids } = written();
      const thread_root = ids.get(2) ?? "";
      const pages: MessagePage[] = [...asked, { thread_root, limit: 1 }, { thread_root, after: 0 }];
      const before: string[][] = [];
      for (const page of pages) before.push(await walk(talk, page));
      await pruned(talk, through);
      for (const [index, page] of pages.entries()) {
        // What a thread counts is not in the archive.
        const plain = (text: string): string => text.replace(/,"thread":\{[^}]*\}/g, "");
        expect((await walk(talk, page)).map(plain)).toEqual(before[index]?.map(plain));
      }
    }
    expect(whole.conversation.head).toBe(60);
  });

  it("[SEQ-5] so is the log, also for whoever left", async () => {
    const read = async (talk: Talk, user: string): Promise<string[]> => {
      const slices: string[] = [];
      for (let after = 0; ;) {
        const { entries, count, end, head_seq } = await later(talk, talk.conversation.history.log(user, after, 7));
        slices.push(entries);
        if (count === 0 || end >= head_seq) return slices;
        after = end;
      }
    };
    for (const through of [4, 30, 60]) {
      const { talk } = written();
      valueOf(talk.do("ann", { op: "remove", user_id: "cem" }));
      const before = [await read(talk, "ann"), await read(talk, "cem")];
      await pruned(talk, through);
      expect([await read(talk, "ann"), await read(talk, "cem")]).toEqual(before);
    }
  });

  it("nobody waits for what is here", async () => {
    const { talk, archive, id } = await sceneAt(30);
    archive.gate = down;
    expect(JSON.parse(valueOf(talk.conversation.history.messages("ann", { limit: 29 })))).toHaveProperty("next_cursor");
    expect(valueOf(talk.conversation.history.log("ann", 30, 200)).count).toBe(30);
    valueOf(talk.conversation.history.message("ann", id(31)));
    valueOf(talk.do("ann", { op: "react", message_id: id(31), emoji: "👍", on: true }));
    valueOf(talk.send("bob", "reply", { reply_to: id(40) }));
    expect(archive.reads).toBe(0);
  });

  it("are how things stand at one moment, whatever happens while they are fetched", async () => {
    const { talk, archive, id } = await sceneAt(30);
    const letGo = held(archive);
    const page = talk.conversation.history.messages("ann", { limit: 200 });
    const log = talk.conversation.history.log("ann", 0, 200);
    await talk.pass(0);
    // Of the first ones here: one is deleted, one is new, a reaction comes.
    valueOf(talk.do("ann", { op: "delete", message_id: id(31) }));
    valueOf(talk.do("ann", { op: "react", message_id: id(32), emoji: "👍", on: true }));
    valueOf(talk.send("bob", "new"));
    letGo();
    const { messages } = JSON.parse(valueOf(await page)) as { messages: Message[] };
    const of = (seq: number): Message | undefined => messages.find((one) => one.seq === seq);
    expect(of(31)).toMatchObject({ content: "" });
    expect(of(32)?.reactions).toMatchObject([{ emoji: "👍" }]);
    expect(messages[0]).toMatchObject({ content: "new", seq: 63 });
    expect(messages.map(({ seq }) => seq)).toEqual([63, ...Array.from({ length: 51 }, (_, i) => 60 - i), 4, 3, 2]);
    expect(valueOf(await log).count).toBe(63);
  });

  it("[PIN-2] [THREAD-1] [RCPT-1] so do pins and what hangs on an archived message", async () => {
    const { talk, id } = await sceneAt(30);
    const { lists } = talk.conversation;
    const seqs = async (soon: Soon<Result<string>>): Promise<number[]> =>
      (JSON.parse(await later(talk, soon)) as { messages: Message[] }).messages.map(({ seq }) => seq);
    expect(await seqs(lists.pins("ann", {}))).toEqual([2]);
    expect(JSON.parse(await later(talk, lists.reactions("ann", id(2), {})))).toMatchObject({
      reactions: [{ user_id: "bob", emoji: "👍" }],
    });
    expect(JSON.parse(await later(talk, lists.receipts("ann", id(2), {})))).toHaveProperty("receipts");
    expect(await later(talk, talk.conversation.readThread("cem", id(2), 10))).toMatchObject({ read_up_to: 10 });
    const unknown = talk.conversation.history.message("ann", id(2).replace(/^./, "7"));
    await talk.pass(0);
    expect(codeOf(await unknown)).toBe("not_found");
  });
});

describe("[ARCH-2] acts on what is pruned", () => {
  it("are done, and what they change is here again", async () => {
    const { talk, id } = await sceneAt(30);
    const act = async (user: string, change: Parameters<Talk["change"]>[0]): Promise<string | undefined> => {
      const { results } = await talk.conversation.append({
        user,
        writes: [talk.change(change)],
        inbox: NO_INBOX,
        at: talk.time.now(),
      });
      return results[0] && codeOf(results[0]);
    };
    expect(await act("bob", { op: "edit", message_id: id(3), content: "thrice" })).toBeUndefined();
    expect(await act("ann", { op: "edit", message_id: id(3), content: "x" })).toBe("forbidden");
    expect(await act("cem", { op: "react", message_id: id(3), emoji: "🎉", on: true })).toBeUndefined();
    expect(await act("ann", { op: "pin", message_id: id(12), on: true })).toBeUndefined();
    expect(await act("cem", { op: "edit", message_id: id(4), content: "x" })).toBe("conflict");
    expect(await messageOf(talk, id(3))).toMatchObject({ content: "thrice", reactions: [{ emoji: "🎉" }] });
    // Deleted, it is empty everywhere: its edits too, which nobody had fetched for anything else.
    expect(await act("bob", { op: "delete", message_id: id(3) })).toBeUndefined();
    expect(await messageOf(talk, id(3))).toMatchObject({ content: "" });
    const { entries } = await later(talk, talk.conversation.history.log("ann", 0, 200));
    for (const word of ["before", "once", "twice", "thrice"]) expect(entries).not.toContain(word);
    expect(talk.sql.all("SELECT seq FROM kept ORDER BY seq")).toEqual([3, 5, 6].map((seq) => ({ seq })));
  });

  it("replies name archived messages, and are refused when they may not", async () => {
    const { talk, id } = await sceneAt(30);
    const send = async (more: object): Promise<string | undefined> => {
      const writes = [talk.draft("x", more)];
      const { results } = await talk.conversation.append({ user: "cem", writes, inbox: NO_INBOX, at: talk.time.now() });
      return results[0] && codeOf(results[0]);
    };
    expect(await send({ reply_to: id(12) })).toBeUndefined();
    expect(await send({ thread_root: id(12) })).toBeUndefined();
    expect(await send({ thread_root: id(10) })).toBe("bad_request");
    expect(await send({ reply_to: id(4) })).toBe("bad_request");
  });

  it("wait for nobody's send, and are done in the state that they find then", async () => {
    const { talk, archive, id } = await sceneAt(30);
    const letGo = held(archive);
    const one = async (content: string) =>
      talk.conversation.append({
        user: "bob",
        writes: [talk.change({ op: "edit", message_id: id(3), content })],
        inbox: NO_INBOX,
        at: talk.time.now(),
      });
    const edits = [one("first"), one("second")];
    await talk.pass(1000);
    const seq = valueOf(talk.send("ann", "meanwhile")).seq;
    letGo();
    const seqs = (await Promise.all(edits)).flatMap(({ results }) => results.map((result) => valueOf(result).seq));
    expect(seqs).toEqual([seq + 1, seq + 2]);
    expect(await messageOf(talk, id(3))).toMatchObject({ content: "second" });
  });

  it("while the archive is down, those are refused that need it, and nothing else", async () => {
    const { talk, archive, id } = await sceneAt(30);
    archive.gate = down;
    const writes = [
      talk.draft("one"),
      talk.change({ op: "delete", message_id: id(3) }),
      talk.draft("two", { reply_to: id(12) }),
      talk.change({ op: "react", message_id: id(40), emoji: "👍", on: true }),
      talk.draft("three"),
    ];
    const call = { user: "ann", writes, inbox: NO_INBOX, at: talk.time.now() };
    const { results } = await talk.conversation.append(call);
    expect(results.map(codeOf)).toEqual([undefined, "overloaded", "overloaded", undefined, undefined]);
    expect(results[1]).toMatchObject({ refusal: { retry_after_ms: LIMITS.archiveRestMs } });
    expect(talk.conversation.head).toBe(63);
    for (const soon of [
      talk.conversation.history.messages("ann", { before: 20 }),
      talk.conversation.history.log("ann", 0),
      talk.conversation.history.message("ann", id(3)),
      talk.conversation.lists.pins("ann", {}),
      talk.conversation.readThread("ann", id(2), 5),
    ])
      expect(codeOf(await soon)).toBe("overloaded");
    // A repeat is answered all the same, and what was refused is done once it is there again.
    archive.gate = async () => undefined;
    await talk.pass(LIMITS.archiveRestMs);
    const again = await talk.conversation.append({ ...call, at: talk.time.now() });
    expect(again.results.map((result) => valueOf(result).duplicate)).toEqual([true, false, false, true, true]);
  });

  it("an archive that never answers is given up, and then left alone for a moment", async () => {
    const { talk, archive, id } = await sceneAt(30);
    archive.gate = () => new Promise(() => undefined);
    const many = Array.from({ length: LIMITS.archiveReads + 1 }, () => talk.conversation.history.message("ann", id(3)));
    await talk.pass(0);
    expect(archive.reads).toBe(LIMITS.archiveReads);
    expect(codeOf(await (many.at(-1) ?? NEVER))).toBe("overloaded");
    await talk.pass(LIMITS.archiveReadMs);
    for (const soon of many) expect(codeOf(await soon)).toBe("overloaded");
    expect(codeOf(await talk.conversation.history.message("ann", id(3)))).toBe("overloaded");
    expect(archive.reads).toBe(LIMITS.archiveReads);
    archive.gate = async () => undefined;
    await talk.pass(LIMITS.archiveRestMs);
    expect(await messageOf(talk, id(3))).toMatchObject({ content: "twice" });
    expect(talk.time.pending).toBeLessThan(3);
  });

  it("without an archive what is pruned cannot be had, and is not said to be missing", async () => {
    const { talk, id } = await sceneAt(30);
    talk.archiving = {};
    talk.crash();
    expect(codeOf(await talk.conversation.history.message("ann", id(3)))).toBe("overloaded");
  });
});

const NEVER: Result<never> = { ok: false, refusal: { code: "internal", message: "there is none" } };

describe("who left, and what waits", () => {
  it("[MEMB-6] whoever left is shown how things stood then, out of the archive", async () => {
    const { talk, ids } = written();
    valueOf(talk.do("ann", { op: "remove", user_id: "cem" }));
    // What comes later is not his: he is shown what the message was when he left.
    const edited = ids.get(11) ?? "";
    valueOf(talk.do("ann", { op: "edit", message_id: ids.get(60) ?? "", content: "later" }));
    valueOf(talk.send("ann", "behind"));
    const before = valueOf(talk.conversation.describe("cem"));
    await pruned(talk, 62);
    const { last, activity, head } = await later(talk, talk.conversation.describe("cem"));
    expect({ last, activity, head }).toEqual({ last: before.last, activity: before.activity, head: before.head });
    expect(await messageOf(talk, edited, "cem")).toMatchObject({ seq: 11 });
    const visit = talk.conversation.visit({ user: "cem", inbox: NO_INBOX, live: true, asOf: 1 });
    expect((await later(talk, visit)).view.last).toEqual(before.last);
  });

  it("[EDIT-3] an edit that is older than the last one comes out of the archive", async () => {
    const { talk, ids } = written();
    const message_id = ids.get(60) ?? "";
    for (const content of ["one", "two"]) valueOf(talk.do("ann", { op: "edit", message_id, content }));
    valueOf(talk.do("ann", { op: "remove", user_id: "cem" }));
    valueOf(talk.do("ann", { op: "edit", message_id, content: "three" }));
    await pruned(talk, valueOf(talk.send("bob", "the last one")).seq - 1);
    expect(await messageOf(talk, message_id, "cem")).toMatchObject({ content: "two" });
    expect(await messageOf(talk, message_id, "ann")).toMatchObject({ content: "three" });
  });

  it("[SCHED-2] what names an archived message is late when the archive is down, and not refused", async () => {
    const { talk, archive, id } = await sceneAt(30);
    const { agenda } = talk.conversation;
    const at = talk.time.now() + 60_000;
    const reply = talk.draft("late", { reply_to: id(3) });
    const other = talk.draft("taken back", { reply_to: id(3) });
    await later(talk, agenda.schedule("ann", reply, at));
    await later(talk, agenda.schedule("ann", other, at));
    valueOf(agenda.schedule("ann", talk.draft("on time"), at));
    archive.gate = down;
    expect(codeOf(await agenda.schedule("ann", talk.draft("x", { reply_to: id(3) }), at))).toBe("overloaded");
    await talk.pass(60_000);
    const contents = (): string[] =>
      (
        JSON.parse(valueOf(talk.conversation.history.messages("ann", { after: 60 }))) as { messages: Message[] }
      ).messages.map(({ content }) => content);
    expect(contents()).toEqual(["on time"]);
    const reads = archive.reads;
    await talk.pass(300_000);
    expect(archive.reads - reads).toBeLessThan(30);
    valueOf(agenda.cancel("ann", other.client_message_id));
    archive.gate = async () => undefined;
    await talk.pass(LIMITS.scheduledRetryMs);
    expect(contents()).toEqual(["on time", "late"]);
    await talk.pass(3_600_000);
    expect(talk.alarmAt).toBeUndefined();
  });

  it("[SCHED-3] what is taken back while it is fetched is not sent", async () => {
    const { talk, archive, id } = await sceneAt(30);
    const draft = talk.draft("taken back", { reply_to: id(3) });
    await later(talk, talk.conversation.agenda.schedule("ann", draft, talk.time.now() + 60_000));
    const letGo = held(archive);
    await talk.pass(60_000);
    valueOf(talk.conversation.agenda.cancel("ann", draft.client_message_id));
    letGo();
    await talk.pass(60_000);
    expect(talk.conversation.head).toBe(60);
    expect(talk.alarmAt).toBeUndefined();
  });
});
