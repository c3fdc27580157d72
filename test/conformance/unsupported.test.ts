import { describe, expect, test } from "vitest";
import type { RouteName } from "../../src/shared/protocol/http.ts";
import { uuid7 } from "../support/random.ts";
import type { CallInput } from "../support/rest.ts";
import { useServer } from "../support/target.ts";

const target = useServer();

/** What this server does not offer yet. A call leaves this list by getting tests of its own. */
const calls: [RouteName, (id: string) => CallInput][] = [
  ["linkPreview", () => ({ query: { url: "https://example.com/" } })],
  ["putKeyPackages", () => ({ params: { id: "d" }, body: { key_packages: ["AAAA"] } })],
  ["claimKeyPackages", () => ({ params: { id: "bob" } })],
  ["uploadMedia", (id) => ({ body: { content_type: "image/png", size: 10, conversation_id: id } })],
  ["getMedia", () => ({ params: { media_id: "m" } })],
  ["iceServers", () => ({})],
];

/** The same of operators. */
const adminCalls: [RouteName, (id: string) => CallInput][] = [["adminCounters", () => ({})]];

describe("calls of the contract that are not offered", () => {
  test.each(calls)("[GEN-3] %s is 501 unsupported and changes nothing", async (name, input) => {
    const { ann, id } = await target.pair();
    const { seq } = await ann.send(id, "hello");
    const answer = await ann.rest.refused(name, input(id));
    expect(answer).toMatchObject({ status: 501, code: "unsupported" });
    expect((await ann.log(id)).length).toBe(seq);
    expect((await ann.messages(id))[0]).toMatchObject({ content: "hello" });
  });

  test.each(calls)("[AUTH-11] %s without a token is 401 all the same", async (name, input) => {
    expect(await target.anonymous.refused(name, input("c"))).toMatchObject({ code: "unauthenticated" });
  });

  test.each(adminCalls)("[GEN-3] %s is 501 unsupported to an operator and changes nothing", async (name, input) => {
    const admin = await target.person("admin", { scope: "admin" });
    const { ann, id } = await target.pair();
    const { seq } = await ann.send(id, "hello");
    expect(await admin.rest.refused(name, input(id))).toMatchObject({ status: 501, code: "unsupported" });
    expect((await ann.log(id)).length).toBe(seq);
  });

  test.each(adminCalls)("[ADM-1] %s is forbidden without the scope", async (name, input) => {
    const ann = await target.person("ann");
    expect(await ann.rest.refused(name, input("c"))).toMatchObject({ status: 403, code: "forbidden" });
  });

  test("[ADM-1] what a conversation's deliveries look like is not for its members", async () => {
    const ann = await target.person("ann");
    const { conversation_id: id } = await ann.group([]);
    expect(await ann.rest.refused("adminDelivery", { params: { id } })).toMatchObject({ code: "forbidden" });
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

  const frames: [string, (id: string) => object][] = [
    ["commit", (conversation_id) => ({ conversation_id, client_message_id: uuid7(), epoch: 0, payload: "AAAA" })],
    ["call", (conversation_id) => ({ conversation_id, call_id: "c", signal: "invite", payload: {} })],
  ];
  test.each(frames)("[GEN-3] the frame %s is unsupported, with the ref, and changes nothing", async (type, fields) => {
    const { ann, id } = await target.pair();
    const { seq } = await ann.send(id, "hello");
    const session = await ann.connect();
    const error = await session.provoke(JSON.stringify({ type, ref: "r", ...fields(id) }));
    expect(error).toMatchObject({ code: "unsupported", ref: "r" });
    await session.ping();
    expect((await ann.log(id)).length).toBe(seq);
  });
});
