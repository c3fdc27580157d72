import { describe, expect, test } from "vitest";
import type { RouteName } from "../../src/shared/protocol/http.ts";
import { uuid7 } from "../support/random.ts";
import type { CallInput } from "../support/rest.ts";
import { useServer } from "../support/target.ts";

const target = useServer();
const cid = uuid7();

/** What this server does not offer yet. A call leaves this list by getting tests of its own. */
const calls: [RouteName, (id: string, message_id: string) => CallInput][] = [
  ["changeConversation", (id) => ({ params: { id }, body: { name: "New" } })],
  ["addMembers", (id) => ({ params: { id }, body: { user_ids: ["carl"], client_message_id: cid } })],
  ["changeMember", (id) => ({ params: { id, uid: "carl" }, body: { role: "admin", client_message_id: cid } })],
  ["removeMember", (id) => ({ params: { id, uid: "carl" }, query: { client_message_id: cid } })],
  ["createInvite", (id) => ({ params: { id }, body: {} })],
  ["acceptInvite", () => ({ params: { token: "t" } })],
  ["revokeInvite", (id) => ({ params: { id, token: "t" } })],
  ["setPreferences", (id) => ({ params: { id }, body: { pinned: true } })],
  [
    "editMessage",
    (id, message_id) => ({ params: { id, message_id }, body: { client_message_id: cid, content: "new" } }),
  ],
  ["deleteMessage", (id, message_id) => ({ params: { id, message_id }, query: { client_message_id: cid } })],
  ["addReaction", (id, message_id) => ({ params: { id, message_id, emoji: "👍" }, query: { client_message_id: cid } })],
  [
    "removeReaction",
    (id, message_id) => ({ params: { id, message_id, emoji: "👍" }, query: { client_message_id: cid } }),
  ],
  ["search", () => ({ query: { q: "hello" } })],
  ["getMe", () => ({})],
  ["putMe", () => ({ body: { display_name: "Ann" } })],
  ["getUser", () => ({ params: { id: "ann" } })],
  ["findUsers", () => ({ query: { username: "ann" } })],
  ["block", () => ({ params: { user_id: "bob" } })],
  ["unblock", () => ({ params: { user_id: "bob" } })],
  ["listBlocks", () => ({})],
  ["listDevices", () => ({})],
  ["removeDevice", () => ({ params: { id: "d" } })],
  ["registerPush", () => ({ params: { id: "d" }, body: { kind: "fcm", token: "t" } })],
  ["withdrawPush", () => ({ params: { id: "d" } })],
  ["putKeyPackages", () => ({ params: { id: "d" }, body: { key_packages: ["AAAA"] } })],
  ["claimKeyPackages", () => ({ params: { id: "bob" } })],
  ["uploadMedia", (id) => ({ body: { content_type: "image/png", size: 10, conversation_id: id } })],
  ["getMedia", () => ({ params: { media_id: "m" } })],
  ["iceServers", () => ({})],
];

describe("calls of the contract that are not offered", () => {
  test.each(calls)("[GEN-3] %s is 501 unsupported and changes nothing", async (name, input) => {
    const { ann, id } = await target.pair();
    const { message_id, seq } = await ann.send(id, "hello");
    const answer = await ann.rest.refused(name, input(id, message_id));
    expect(answer).toMatchObject({ status: 501, code: "unsupported" });
    expect((await ann.log(id)).length).toBe(seq);
    expect((await ann.messages(id))[0]).toMatchObject({ content: "hello" });
  });

  test.each(calls)("[AUTH-11] %s without a token is 401 all the same", async (name, input) => {
    expect(await target.anonymous.refused(name, input("c", "0".repeat(26)))).toMatchObject({ code: "unauthenticated" });
  });

  test("[ADM-1] administration is unsupported with the scope and refused without it", async () => {
    const admin = await target.person("admin", { scope: "admin" });
    const ann = await target.person("ann");
    expect(await admin.rest.refused("adminCounters")).toMatchObject({ code: "unsupported" });
    expect(["forbidden", "unsupported"]).toContain((await ann.rest.refused("adminCounters")).code);
  });

  test("[GEN-3] a message with media is unsupported and is not stored without it", async () => {
    const { ann, id } = await target.pair();
    const head = (await ann.row(id)).head_seq;
    const body = {
      conversation_id: id,
      client_message_id: uuid7(),
      type: "image",
      content: "",
      media: { media_id: "m" },
    };
    expect(await ann.rest.refused("sendMessage", { body })).toMatchObject({ status: 501, code: "unsupported" });
    expect((await ann.log(id)).length).toBe(head);
  });

  test("[CONV-1] a channel is unsupported and creates nothing", async () => {
    const ann = await target.person("ann");
    const body = { type: "channel", name: "News", member_ids: [], client_message_id: uuid7() };
    expect(await ann.rest.refused("createConversation", { body })).toMatchObject({ status: 501, code: "unsupported" });
    expect(await ann.list()).toEqual([]);
  });

  const frames: [string, (id: string, message_id: string) => object][] = [
    [
      "edit",
      (conversation_id, message_id) => ({ conversation_id, message_id, client_message_id: uuid7(), content: "n" }),
    ],
    ["delete", (conversation_id, message_id) => ({ conversation_id, message_id, client_message_id: uuid7() })],
    [
      "react",
      (conversation_id, message_id) => ({
        conversation_id,
        message_id,
        emoji: "👍",
        op: "add",
        client_message_id: uuid7(),
      }),
    ],
    ["presence_subscribe", () => ({ user_ids: ["bob"] })],
    ["presence_unsubscribe", () => ({ user_ids: ["bob"] })],
    ["commit", (conversation_id) => ({ conversation_id, client_message_id: uuid7(), epoch: 0, payload: "AAAA" })],
    ["call", (conversation_id) => ({ conversation_id, call_id: "c", signal: "invite", payload: {} })],
  ];
  test.each(frames)("[GEN-3] the frame %s is unsupported, with the ref, and changes nothing", async (type, fields) => {
    const { ann, id } = await target.pair();
    const { message_id, seq } = await ann.send(id, "hello");
    const session = await ann.connect();
    const error = await session.provoke(JSON.stringify({ type, ref: "r", ...fields(id, message_id) }));
    expect(error).toMatchObject({ code: "unsupported", ref: "r" });
    await session.ping();
    expect((await ann.log(id)).length).toBe(seq);
  });
});
