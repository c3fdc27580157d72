import { describe, expect, test } from "vitest";
import type { RouteName } from "../../src/shared/protocol/http.ts";
import { uuid7 } from "../support/random.ts";
import type { CallInput } from "../support/rest.ts";
import { useServer } from "../support/target.ts";

const target = useServer();

/** An id of the same form that nobody has. */
const nobodys = (id: string): string => id.slice(0, -6) + (id.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA");

const SAME_ID = uuid7();
const named = { client_message_id: SAME_ID };
const TOMORROW = new Date(Date.now() + 86_400_000).toISOString();

describe("who is not a member learns nothing over HTTP", () => {
  const calls: [RouteName, (id: string, messageId: string) => CallInput][] = [
    ["getConversation", (id) => ({ params: { id } })],
    ["listMessages", (id) => ({ params: { id } })],
    ["readLog", (id) => ({ params: { id } })],
    ["listMembers", (id) => ({ params: { id } })],
    ["markRead", (id) => ({ params: { id }, body: { up_to: 1 } })],
    ["markDelivered", (id) => ({ params: { id }, body: { up_to: 1 } })],
    ["listReceipts", (id, message_id) => ({ params: { id, message_id } })],
    [
      "sendMessage",
      (id) => ({ body: { conversation_id: id, client_message_id: uuid7(), type: "text", content: "let me in" } }),
    ],
    ["changeConversation", (id) => ({ params: { id }, body: { name: "x" } })],
    ["addMembers", (id) => ({ params: { id }, body: { user_ids: ["mallory"] } })],
    ["changeMember", (id) => ({ params: { id, uid: "bob" }, body: { role: "admin" } })],
    ["removeMember", (id) => ({ params: { id, uid: "bob" } })],
    ["createInvite", (id) => ({ params: { id }, body: {} })],
    ["listInvites", (id) => ({ params: { id } })],
    ["revokeInvite", (id) => ({ params: { id, token: "t" } })],
    ["getMessage", (id, message_id) => ({ params: { id, message_id } })],
    ["listMessages", (id, thread_root) => ({ params: { id }, query: { thread_root } })],
    ["listThreads", (id) => ({ params: { id } })],
    ["listPins", (id) => ({ params: { id } })],
    ["pinMessage", (id, message_id) => ({ params: { id, message_id }, query: named })],
    ["unpinMessage", (id, message_id) => ({ params: { id, message_id }, query: named })],
    ["listReactions", (id, message_id) => ({ params: { id, message_id } })],
    ["addReaction", (id, message_id) => ({ params: { id, message_id, emoji: "👍" }, query: named })],
    ["removeReaction", (id, message_id) => ({ params: { id, message_id, emoji: "👍" }, query: named })],
    ["editMessage", (id, message_id) => ({ params: { id, message_id }, body: { ...named, content: "x" } })],
    ["deleteMessage", (id, message_id) => ({ params: { id, message_id }, query: named })],
    ["listScheduled", (id) => ({ params: { id } })],
    ["scheduleMessage", (id) => ({ params: { id }, body: { ...named, content: "x", send_at: TOMORROW } })],
    ["cancelScheduled", (id) => ({ params: { id, ...named } })],
    ["putDraft", (id) => ({ params: { id }, body: { content: "x" } })],
  ];

  test.each(calls)(
    "[ACC-1] %s: a conversation of others is answered as one that does not exist",
    async (name, input) => {
      const [ann, bob, carl, mallory] = await target.people("ann", "bob", "carl", "mallory");
      if (!ann || !bob || !carl || !mallory) throw new Error("four people are needed");
      for (const { conversation_id: id } of [await ann.direct(bob), await ann.group([bob, carl])]) {
        const sent = await ann.send(id, "secret");
        const real = await mallory.rest.refused(name, input(id, sent.message_id));
        const fake = await mallory.rest.refused(name, input(nobodys(id), sent.message_id));
        expect(real).toMatchObject({ status: 404, code: "not_found" });
        expect(JSON.stringify(real).replaceAll(id, "ID")).toBe(JSON.stringify(fake).replaceAll(nobodys(id), "ID"));
        expect(JSON.stringify(real)).not.toContain("secret");
        expect((await ann.row(id)).head_seq).toBe(sent.seq);
      }
    },
  );

  test("[ACC-1] the list and sync of somebody else do not show it", async () => {
    const { ann, id } = await target.pair();
    const mallory = await target.person("mallory");
    await ann.send(id, "secret");
    expect(await mallory.list()).toEqual([]);
    const sync = await mallory.rest.ok("sync", { query: { since: 0 } });
    expect(sync).toMatchObject({ conversations: [], entries: {}, truncated: [], more: false });
  });
});

describe("who is not a member learns nothing over the socket", () => {
  const frames: [string, (id: string, messageId: string) => Record<string, unknown>][] = [
    ["send", (id) => ({ type: "send", conversation_id: id, client_message_id: SAME_ID, content: "hi" })],
    ["edit", (id, message_id) => ({ type: "edit", conversation_id: id, message_id, ...named, content: "x" })],
    ["delete", (id, message_id) => ({ type: "delete", conversation_id: id, message_id, ...named })],
    [
      "react",
      (id, message_id) => ({ type: "react", conversation_id: id, message_id, ...named, emoji: "👍", op: "add" }),
    ],
    ["read of a thread", (id, thread_root) => ({ type: "read", conversation_id: id, up_to: 1, thread_root })],
    ["draft", (id) => ({ type: "draft", conversation_id: id, content: "x" })],
    ["log", (id) => ({ type: "log", conversation_id: id, after: 0, limit: 10 })],
    ["read", (id) => ({ type: "read", conversation_id: id, up_to: 1 })],
    ["delivered", (id) => ({ type: "delivered", conversation_id: id, up_to: 1 })],
    ["typing", (id) => ({ type: "typing", conversation_id: id, state: "start" })],
    ["open", (id) => ({ type: "open", conversation_id: id })],
  ];

  test.each(frames)("[ACC-1] %s answers the same for a conversation of others and for none", async (_type, frame) => {
    const { ann, id } = await target.pair();
    const sent = await ann.send(id, "secret");
    const session = await (await target.person("mallory")).connect();
    const errors: string[] = [];
    for (const conversation of [id, nobodys(id)]) {
      const from = session.mark;
      session.throwIn(JSON.stringify({ ...frame(conversation, sent.message_id), ref: "probe" }));
      // Frames are handled in order: when this one is answered, the one before has been.
      await session.ask("sync", { type: "sync", since: 0 });
      const seen = session.frames.slice(from).filter((event) => event.type !== "sync");
      errors.push(JSON.stringify(seen).replaceAll(conversation, "ID"));
    }
    expect(errors[0]).toBe(errors[1]);
    expect(errors[0]).not.toContain("secret");
    expect((await ann.row(id)).head_seq).toBe(sent.seq);
  });

  test("[ACC-1] opening a conversation of others shows nothing of what happens in it", async () => {
    const { ann, bob, id } = await target.pair();
    const mallory = await target.person("mallory");
    const [spy, annSession, bobSession] = await Promise.all([mallory.connect(), ann.connect(), bob.connect()]);
    spy.tell({ type: "open", conversation_id: id });
    annSession.tell({ type: "open", conversation_id: id });
    bobSession.tell({ type: "open", conversation_id: id });
    await spy.ask("sync", { type: "sync", since: 0 });
    await bobSession.ask("sync", { type: "sync", since: 0 });
    await annSession.ask("ack", {
      type: "send",
      conversation_id: id,
      client_message_id: uuid7(),
      message_type: "text",
      content: "between us",
    });
    await bobSession.waitFor("entries");
    // A message to the spy comes later than anything that went astray.
    const lure = (await ann.direct(mallory)).conversation_id;
    await ann.send(lure, "hello spy");
    await spy.waitFor("entries", (event) => event.entries.some((entry) => entry.kind === "message"));
    expect(JSON.stringify(spy.frames)).not.toContain(id);
  });
});

describe("watermarks", () => {
  test("[ACC-1] a receipt of a stranger moves nobody's watermark", async () => {
    const { ann, bob, id } = await target.pair();
    const mallory = await target.person("mallory");
    const { message_id, seq } = await ann.send(id, "hi");
    await mallory.rest.refused("markRead", { params: { id }, body: { up_to: seq } });
    const { receipts } = await ann.rest.ok("listReceipts", { params: { id, message_id } });
    expect(receipts.filter((receipt) => receipt.read_at !== undefined)).toEqual([]);
    expect(receipts.every((receipt) => receipt.user_id === bob.userId)).toBe(true);
  });
});
