import { describe, expect, test } from "vitest";
import type { RouteName } from "../../src/shared/protocol/http.ts";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { unique, uuid7 } from "../support/random.ts";
import type { CallInput } from "../support/rest.ts";
import type { Session } from "../support/session.ts";
import { FAST, useServer } from "../support/target.ts";
import { delay } from "../support/wait.ts";
import {
  adding,
  changing,
  deleting,
  editing,
  inviting,
  naming,
  pinning,
  reacting,
  removing,
  scheduling,
  sending,
} from "../support/write.ts";

const target = useServer(FAST);

interface Scene {
  readonly ann: Person;
  readonly bob: Person;
  readonly carl: Person;
  /** In the group to the end, and then not. */
  readonly out: Person;
  readonly id: string;
  /** By ann, bob and the one who is removed, from before. */
  readonly old: { readonly ann: string; readonly bob: string; readonly out: string };
  /** The entry that removed. */
  readonly end: number;
  /** Occurs in everything that was written later, and nowhere before. */
  readonly secret: string;
  readonly newcomer: Person;
  /** The removed one's connection, open throughout with the conversation on screen. */
  readonly session: Session;
  readonly head: number;
}

/** Everything that can happen in a group, after somebody was removed from it. */
const meanwhile = async (scene: Omit<Scene, "head">): Promise<number> => {
  const { ann, bob, carl, id, old, secret, newcomer } = scene;
  const [a, b] = await Promise.all([ann.connect(), bob.connect()]);
  for (const session of [a, b]) session.tell({ type: "open", conversation_id: id });
  const later = await ann.send(id, `${secret} hello`);
  await bob.does(editing(id, old.bob, `${secret} edited`));
  await bob.does(sending(id, `${secret} reply`, { thread_root: old.ann, reply_to: old.out }));
  await carl.does(reacting(id, old.out, "🎉"));
  await carl.does(reacting(id, later.message_id));
  await ann.does(pinning(id, old.ann));
  await ann.does(changing(id, { name: `${secret} name` }));
  await ann.does(adding(id, [newcomer]));
  await ann.does(naming(id, bob, "admin"));
  await bob.read(id, later.seq);
  await carl.read(id, later.seq);
  b.tell({ type: "typing", conversation_id: id, state: "start" });
  await a.waitFor("typing");
  const { seq } = await ann.does(sending(id, `${secret} end`, { mentions: ["@all"] }));
  await b.entry(id, seq);
  return seq;
};

const play = async (how: "removed" | "left"): Promise<Scene> => {
  const { ann, bob, carl, id } = await target.trio();
  const [out, newcomer] = await target.people("out", "newcomer");
  await ann.does(adding(id, [out]));
  const ids = await Promise.all([ann, bob, out].map((person) => person.send(id, `by ${person.userId}`)));
  const [byAnn, byBob, byOut] = ids.map((sent) => sent.message_id);
  const old = { ann: byAnn ?? "", bob: byBob ?? "", out: byOut ?? "" };
  const session = await out.connect();
  session.tell({ type: "open", conversation_id: id });
  await session.settle();
  const { seq: end } = await (how === "removed" ? ann : out).does(removing(id, out));
  await session.entry(id, end);
  const scene = { ann, bob, carl, out, id, old, end, secret: unique("secret"), newcomer, session };
  return { ...scene, head: await meanwhile(scene) };
};

/** A message on another way that comes later than anything that went astray. */
const lure = async ({ ann, out, session }: Scene): Promise<void> => {
  const { conversation_id: id } = await ann.direct(out);
  const { seq } = await ann.send(id, "a word");
  await session.entry(id, seq);
};

describe.each(["removed", "left"] as const)("[MEMB-7] whoever was %s", (how) => {
  test("[MEMB-7] is told so, and gets no later frame of the conversation", async () => {
    const scene = await play(how);
    const { session, id, end, secret, newcomer } = scene;
    await lure(scene);
    const pushed = session.pushed(id).map((entry) => entry.seq);
    expect(Math.max(...pushed)).toBe(end);
    const { conversation } = await session.waitFor("conversation", (event) => event.conversation.left_at !== undefined);
    expect(conversation).toMatchObject({ conversation_id: id, head_seq: end });
    const text = JSON.stringify(session.frames);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(newcomer.userId);
    for (const type of ["typing", "receipt", "thread"] as const) expect(session.all(type)).toEqual([]);
  });

  test("[ACC-2] reads the log, the history and the row as they ended for him", async () => {
    const { out, ann, id, end, secret } = await play(how);
    const log = await out.log(id);
    expect(log.map((entry) => entry.seq)).toEqual(Array.from({ length: end }, (_x, i) => i + 1));
    expect(log.at(-1)).toMatchObject({ kind: "member", op: "remove", user_id: out.userId });
    const page = await out.rest.ok("readLog", { params: { id }, query: { after: end } });
    expect(page).toMatchObject({ entries: [], head_seq: end });
    const row = await out.row(id);
    expect(row).toMatchObject({ head_seq: end, left_at: log.at(-1)?.timestamp, name: "Group" });
    expect(await settledRow(out, id, end)).toMatchObject({ head_seq: end, left_at: row.left_at });
    const history = await out.history(id);
    expect(history.length).toBe(3);
    expect(history.every((message) => (message.reactions ?? []).length === 0)).toBe(true);
    expect(history.every((message) => message.thread === undefined || message.thread.replies === 0)).toBe(true);
    expect(JSON.stringify([log, row, history])).not.toContain(secret);
    expect((await ann.log(id)).slice(0, end)).toEqual(log);
  });

  const reads: [string, RouteName, (scene: Scene) => CallInput][] = [
    ["the conversation", "getConversation", ({ id }) => ({ params: { id } })],
    ["messages", "listMessages", ({ id }) => ({ params: { id } })],
    ["messages after the end", "listMessages", ({ id, end }) => ({ params: { id }, query: { after: end } })],
    ["messages before the head", "listMessages", ({ id, head }) => ({ params: { id }, query: { before: head + 1 } })],
    ["the thread", "listMessages", ({ id, old }) => ({ params: { id }, query: { thread_root: old.ann } })],
    ["threads", "listThreads", ({ id }) => ({ params: { id } })],
    ["a message", "getMessage", ({ id, old }) => ({ params: { id, message_id: old.bob } })],
    ["reactions", "listReactions", ({ id, old }) => ({ params: { id, message_id: old.out } })],
    ["receipts", "listReceipts", ({ id, old }) => ({ params: { id, message_id: old.out } })],
    ["pins", "listPins", ({ id }) => ({ params: { id } })],
    ["members", "listMembers", ({ id }) => ({ params: { id } })],
    ["invites", "listInvites", ({ id }) => ({ params: { id } })],
    ["scheduled", "listScheduled", ({ id }) => ({ params: { id } })],
    ["the list", "listConversations", () => ({})],
    ["sync", "sync", () => ({ query: { since: 0 } })],
  ];

  test("[MEMB-7] learns nothing later from any call", async () => {
    const scene = await play(how);
    const { out, id, end, secret, newcomer, head, bob, carl } = scene;
    for (const [what, route, input] of reads) {
      const { status, body, problem } = await out.rest.call(route, input(scene));
      expect([200, 403, 404], `${what}: ${problem?.detail}`).toContain(status);
      const text = JSON.stringify(body ?? {});
      expect(text, what).not.toContain(secret);
      expect(text, what).not.toContain(newcomer.userId);
      expect(text, what).not.toContain("🎉");
      expect(text, what).not.toContain(`"head_seq":${head}`);
      expect(text, what).not.toMatch(/"unread":[1-9]|"replies":[1-9]/);
    }
    // What bob and carl read after the end: neither by whom, nor how many.
    const params = { id, message_id: scene.old.out };
    const receipts = await out.rest.call("listReceipts", { params });
    const { timestamp } = (await out.log(id, end - 1))[0] ?? {};
    for (const { user_id, read_at } of receipts.body?.receipts ?? []) {
      expect([bob.userId, carl.userId, scene.ann.userId]).toContain(user_id);
      if (read_at !== undefined) expect(Date.parse(read_at)).toBeLessThanOrEqual(Date.parse(timestamp ?? ""));
    }
    const mine = (await out.history(id)).find((message) => message.message_id === scene.old.out);
    expect(mine?.receipts?.read ?? 0).toBe(0);
    expect((await out.rest.call("listPins", { params: { id } })).body?.messages ?? []).toEqual([]);
  });

  test("[ACC-2] does not get at later messages by their names", async () => {
    const { ann, out, id, end } = await play(how);
    const later = (await ann.log(id, end)).filter((entry) => entry.kind === "message");
    expect(later.length).toBeGreaterThan(2);
    for (const { message_id } of later)
      for (const route of ["getMessage", "listReactions", "listReceipts"] as const)
        expect(await out.rest.refused(route, { params: { id, message_id } }), route).toMatchObject({
          code: "not_found",
        });
    const thread = { params: { id }, query: { thread_root: later[0]?.message_id } };
    expect((await out.rest.call("listMessages", thread)).body?.messages ?? []).toEqual([]);
  });

  test("[SYNC-4] a fresh device, and one that was away, have it up to the end and no further", async () => {
    const { out, id, end, secret } = await play(how);
    const tablet = await target.person("out", { userId: out.userId });
    const session = await tablet.connect({ since: 0 });
    const sync = await session.waitFor("sync");
    expect(sync.conversations.find((row) => row.conversation_id === id)).toMatchObject({ head_seq: end });
    expect(sync.entries[id]?.at(-1)?.seq).toBe(end);
    const asked = await session.ask("entries", { type: "log", conversation_id: id, after: 0, limit: 200 });
    expect(asked.entries.at(-1)?.seq).toBe(end);
    expect(asked.head_seq).toBe(end);
    session.tell({ type: "open", conversation_id: id });
    await session.settle();
    expect(JSON.stringify(session.frames)).not.toContain(secret);
  });

  test("[MEMB-7] writes nothing: everything is not_found, and the log stays", async () => {
    const scene = await play(how);
    const { ann, out, id, old, session } = scene;
    const head = (await ann.log(id)).length;
    const writes = [
      sending(id, "me too"),
      editing(id, old.out, "changed"),
      deleting(id, old.out),
      reacting(id, old.ann),
    ];
    const more = [
      pinning(id, old.ann),
      changing(id, { name: "Mine" }),
      changing(id, { settings: { write: "admins" } }),
      adding(id, [out]),
      naming(id, out, "admin"),
      removing(id, scene.bob),
      removing(id, out),
      inviting(id),
      scheduling(id, "later", Date.now() + 3_600_000),
    ];
    const codes: Record<string, string> = {};
    for (const write of [...writes, ...more]) codes[write.route] = await out.tries(write);
    expect(codes).toEqual(Object.fromEntries(Object.keys(codes).map((route) => [route, "not_found"])));
    for (const { frame } of writes) {
      if (frame === undefined) throw new Error("each of these has a frame");
      expect(await session.request(frame), frame.type).toMatchObject({ type: "error", code: "not_found" });
    }
    for (const body of [{ up_to: 1 }, { up_to: 10_000 }])
      for (const route of ["markRead", "markDelivered"] as const) await out.rest.call(route, { params: { id }, body });
    expect((await ann.log(id)).length).toBe(head);
    expect(JSON.stringify(await ann.messages(id))).not.toContain("changed");
  });
});

describe("what was under way", () => {
  test("[SCHED-2] what a removed member had scheduled is not sent", async () => {
    const { ann, bob, id } = await target.trio();
    const secret = unique("later");
    const at = Date.now() + 1200;
    await bob.does(scheduling(id, secret, at));
    const { seq } = await ann.does(removing(id, bob));
    await delay(at - Date.now() + 1500);
    expect((await ann.log(id)).length).toBe(seq);
    expect(JSON.stringify(await ann.messages(id))).not.toContain(secret);
  });

  test("[MEMB-7] a removed member's reads count no more", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const { seq } = await ann.send(id, "hi");
    await ann.does(removing(id, bob));
    await bob.rest.call("markRead", { params: { id }, body: { up_to: seq } });
    await carl.read(id, seq);
    expect((await ann.messages(id))[0]?.receipts?.read).toBe(1);
  });

  test("[MEMB-7] removal and a burst of messages at once: the removed one's log ends with the removal", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const session = await bob.connect();
    const [sent, { seq: end }] = await Promise.all([
      Promise.all(Array.from({ length: 60 }, (_x, i) => carl.send(id, `${i}`))),
      ann.does(removing(id, bob)),
    ]);
    const last = Math.max(end, ...sent.map(({ seq }) => seq));
    await session.entry(id, end);
    const { conversation_id: other } = await carl.direct(bob);
    const word = await carl.send(other, "a word");
    await session.entry(other, word.seq);
    expect(Math.max(...session.pushed(id).map((entry) => entry.seq))).toBe(end);
    expect((await bob.log(id)).length).toBe(end);
    expect((await ann.log(id)).length).toBe(last);
    await settledRow(bob, id, end);
  });

  test("[IDEM-1] what a removed member had sent makes no second entry when it is sent again", async () => {
    const { ann, bob, id } = await target.trio();
    const write = sending(id, "once", { cid: uuid7() });
    await bob.does(write);
    const { seq } = await ann.does(removing(id, bob));
    expect(["ok", "not_found"]).toContain(await bob.tries(write));
    expect((await ann.log(id)).length).toBe(seq);
  });
});
