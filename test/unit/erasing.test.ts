import { describe, expect, it } from "vitest";
import type { ErasedHere } from "../../src/core/conversation/erasing.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { pruned } from "../support/prune.ts";
import { codeOf, Talk, valueOf } from "./conversation-fixtures.ts";

const erase = async (talk: Talk): Promise<ErasedHere> => valueOf(await talk.conversation.erasing.erase("bob"));

/** Until it is done, with a crash after every call when that is wanted. */
const erased = async (talk: Talk, crashes = false): Promise<ErasedHere> => {
  for (let calls = 0; calls < 200; calls++) {
    const state = await erase(talk);
    if (state.isDone) return state;
    if (crashes) talk.crash();
    if (!state.hasMore) await talk.pass(1000);
  }
  throw new Error("it does not end");
};

/** Every third message is bob's, and every tenth of those was edited. */
const scene = async (messages: number): Promise<Talk> => {
  const talk = new Talk(["ann", "bob", "carl"]);
  for (let n = 0; n < messages; n++) {
    const sent = valueOf(talk.send(["ann", "bob", "carl"][n % 3] ?? "", `${n % 3 === 1 ? "secret" : "said"} ${n}`));
    if (n % 3 !== 1) continue;
    if (n % 10 === 0) valueOf(talk.do("bob", { op: "edit", message_id: sent.message_id, content: `secret edit ${n}` }));
  }
  return talk;
};
const count = (messages: number): number => Math.floor((messages + 1) / 3);

const log = async (talk: Talk): Promise<Entry[]> => {
  const entries: Entry[] = [];
  for (let after = 0; ;) {
    const slice = valueOf(await talk.conversation.history.log("ann", after, 200));
    if (slice.count === 0) return entries;
    entries.push(...(JSON.parse(slice.entries) as Entry[]));
    after = slice.end;
  }
};

describe("somebody who is erased", () => {
  it("[DATA-11] has nothing left in the log but places, and has left", async () => {
    const talk = await scene(330);
    const state = await erased(talk);
    expect(state).toMatchObject({ stays: false, held: 0 });
    expect(state.removed).toEqual({
      messages: count(330),
      reactions: 0,
      scheduled: 0,
      invites: 0,
      thread_reads: 0,
      memberships: 1,
    });
    const entries = await log(talk);
    expect(JSON.stringify(entries)).not.toContain("secret");
    expect(JSON.stringify(talk.sql.all("SELECT * FROM log"))).not.toContain("secret");
    expect(entries.at(-1)).toMatchObject({ kind: "member", op: "remove", user_id: "bob" });
    expect(entries.filter(({ kind }) => kind === "delete").length).toBe(count(330));
    expect(talk.conversation.isMember("bob")).toBe(false);
    // Again there is nothing to do.
    const head = talk.conversation.head;
    expect((await erased(talk)).removed).toEqual(state.removed);
    expect(talk.conversation.head).toBe(head);
  });

  it("[DATA-11] the same when every call is followed by a crash, and others write meanwhile: counted exactly", async () => {
    const talk = await scene(330);
    let said = 0;
    for (let calls = 0; calls < 60; calls++) {
      const state = await erase(talk);
      if (state.isDone) break;
      talk.crash();
      valueOf(talk.send("ann", `meanwhile ${said++}`));
    }
    const state = await erased(talk, true);
    expect(state.removed).toMatchObject({ messages: count(330), memberships: 1 });
    const entries = await log(talk);
    expect(entries.filter(({ kind }) => kind === "delete").length).toBe(count(330));
    expect(JSON.stringify(entries)).not.toContain("secret");
  });

  it("[DATA-11] what comes while he is suspended goes too", async () => {
    const talk = await scene(30);
    await erase(talk);
    valueOf(talk.send("bob", "secret late"));
    await erased(talk);
    expect(JSON.stringify(await log(talk))).not.toContain("secret");
  });

  it("[DATA-11] reactions, scheduled messages, links and what he read of threads go", async () => {
    const talk = await scene(6);
    const root = valueOf(talk.send("ann", "a thread"));
    for (const emoji of ["👀", "🎉"])
      valueOf(talk.do("bob", { op: "react", message_id: root.message_id, emoji, on: true }));
    valueOf(talk.do("carl", { op: "react", message_id: root.message_id, emoji: "👀", on: true }));
    valueOf(talk.send("ann", "a reply", { thread_root: root.message_id }));
    valueOf(await talk.conversation.readThread("bob", root.message_id, root.seq));
    valueOf(talk.conversation.agenda.schedule("bob", talk.draft("secret later"), talk.time.now() + 60_000));
    valueOf(talk.do("ann", { op: "change", changes: { settings: { add: "everyone" } } }));
    valueOf(talk.conversation.doors.create("bob", { secret: "s" }));
    const { removed } = await erased(talk);
    expect(removed).toMatchObject({ reactions: 2, scheduled: 1, invites: 1, thread_reads: 1 });
    await talk.pass(120_000);
    expect(JSON.stringify(await log(talk))).not.toContain("secret");
    expect(talk.sql.all("SELECT user_id FROM reactions")).toEqual([{ user_id: "carl" }]);
  });

  it("[DATA-11] nothing is left in the archive either, and it is waited for", async () => {
    const talk = await scene(330);
    const archive = await pruned(talk, 260);
    expect(JSON.stringify(archive.log("c1"))).toContain("secret");
    const state = await erased(talk);
    expect(state.removed.messages).toBe(count(330));
    expect(JSON.stringify(archive.log("c1"))).not.toContain("secret");
    expect(JSON.stringify(await log(talk))).not.toContain("secret");
  });

  it("[DATA-11] while the archive is down nothing is counted, and afterwards all of it", async () => {
    const talk = await scene(300);
    const archive = await pruned(talk, 250);
    archive.gate = async () => {
      throw new Error("down");
    };
    expect(codeOf(await talk.conversation.erasing.erase("bob"))).toBe("overloaded");
    expect(talk.sql.all("SELECT messages, scanned FROM erasures")).toEqual([{ messages: 0, scanned: 0 }]);
    archive.gate = async () => undefined;
    await talk.pass(LIMITS.archiveRestMs);
    expect((await erased(talk)).removed.messages).toBe(count(300));
  });

  it("[DATA-11] [MEMB-6] a direct conversation stays, for the other", async () => {
    const talk = new Talk(["ann", "bob"]);
    valueOf(talk.send("bob", "secret"));
    const state = await erased(talk);
    expect(state).toMatchObject({ stays: true, removed: { messages: 1, memberships: 0 } });
    valueOf(talk.send("ann", "goes on"));
  });
});
