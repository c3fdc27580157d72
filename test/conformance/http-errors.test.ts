import { describe, expect, test } from "vitest";
import { uuid7 } from "../support/random.ts";
import { useServer } from "../support/target.ts";

const target = useServer();
const KIB = 1024;

describe("bodies", () => {
  test.each(["", "{", "null", "7", "[]", '"text"', "{'a':1}", "\u0000"])(
    "[ERR-1] the body %j is bad_request",
    async (body) => {
      const { ann, id } = await target.pair();
      const head = (await ann.row(id)).head_seq;
      expect(await ann.rest.refused("sendMessage", { body })).toMatchObject({ status: 400, code: "bad_request" });
      expect((await ann.row(id)).head_seq).toBe(head);
    },
  );

  const wrong: [string, Record<string, unknown>][] = [
    ["no content", { content: undefined }],
    ["content that is a list", { content: ["hi"] }],
    ["no id", { client_message_id: undefined }],
    ["an id that is no UUID", { client_message_id: "abc" }],
    ["an id with braces", { client_message_id: `{${uuid7()}}` }],
    ["an unknown type", { type: "gif" }],
    ["the server's own type", { type: "system" }],
    ["101 mentions", { mentions: Array.from({ length: 101 }, (_x, i) => `u${i}`) }],
    ["a conversation that is a number", { conversation_id: 7 }],
    ["an expiry of zero", { expires_in: 0 }],
  ];
  test.each(wrong)("[ERR-1] a send with %s is bad_request and stores nothing", async (_what, change) => {
    const { ann, id } = await target.pair();
    const head = (await ann.row(id)).head_seq;
    const body = { conversation_id: id, client_message_id: uuid7(), type: "text", content: "hi", ...change };
    expect(await ann.rest.refused("sendMessage", { body })).toMatchObject({ code: "bad_request" });
    expect((await ann.log(id)).length).toBe(head);
  });

  test("[LIM-1] a body beyond 64 KiB is 413 too_large, with and without a declared length", async () => {
    const { ann, id } = await target.pair();
    const head = (await ann.row(id)).head_seq;
    const message = { conversation_id: id, client_message_id: uuid7(), type: "text", content: "hi" };
    const bare = Buffer.byteLength(JSON.stringify({ ...message, pad: "" }));
    const padded = (bytes: number): unknown => ({ ...message, pad: "p".repeat(bytes - bare) });
    const tooLarge = { status: 413, code: "too_large" };
    expect(await ann.rest.refused("sendMessage", { body: padded(64 * KIB + 1) })).toMatchObject(tooLarge);
    expect(await ann.rest.refused("sendMessage", { body: padded(100 * KIB) })).toMatchObject(tooLarge);
    const streamed = await fetch(`${target.base}/api/v1/messages/send`, {
      method: "POST",
      headers: { authorization: `Bearer ${ann.token}`, "content-type": "application/json" },
      body: new Blob([JSON.stringify(padded(100 * KIB))]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(streamed.status).toBe(413);
    // While megabytes are still on their way the answer may be lost with the connection, but nothing else.
    const huge = await ann.rest.call("sendMessage", { body: padded(8192 * KIB) }).catch(() => ({ status: 413 }));
    expect(huge.status).toBe(413);
    expect((await ann.row(id)).head_seq).toBe(head);
    expect(await ann.rest.ok("sendMessage", { body: padded(64 * KIB) })).toMatchObject({ seq: head + 1 });
  });

  test("[LIM-2] content beyond 16 KiB of UTF-8 is 413 too_large", async () => {
    const { ann, id } = await target.pair();
    const body = { conversation_id: id, client_message_id: uuid7(), type: "text", content: "é".repeat(8 * KIB + 1) };
    expect(await ann.rest.refused("sendMessage", { body })).toMatchObject({ status: 413, code: "too_large" });
  });

  test("[GEN-1] unknown fields of a body are ignored", async () => {
    const { ann, id } = await target.pair();
    const body = {
      conversation_id: id,
      client_message_id: uuid7(),
      type: "text",
      content: "hi",
      colour: "red",
      seq: 99,
    };
    const sent = await ann.rest.ok("sendMessage", { body });
    expect(sent.seq).not.toBe(99);
  });
});

describe("addresses", () => {
  test("[HTTP-1] an address that does not exist is a 404 problem", async () => {
    const ann = await target.person("ann");
    for (const path of ["/api/v1/nope", "/api/v1", "/api/v1/conversations/x/y/z", "/api/v2/sync", "/api/v1//sync"]) {
      const { status, text } = await ann.rest.raw("GET", path);
      expect(status, path).toBe(404);
      expect(JSON.parse(text)).toMatchObject({ code: "not_found" });
    }
  });

  test("[HTTP-1] a method that a call does not have is a problem, not a crash", async () => {
    const ann = await target.person("ann");
    for (const [method, path] of [
      ["DELETE", "/api/v1/sync"],
      ["PUT", "/api/v1/conversations"],
      ["POST", "/api/v1/conversations/x/log"],
      ["GET", "/api/v1/messages/send"],
    ] as const) {
      const { status } = await ann.rest.raw(method, path);
      expect([404, 405, 501], `${method} ${path}`).toContain(status);
    }
  });

  const badQueries: [string, Record<string, string>][] = [
    ["log", { after: "x" }],
    ["log", { after: "-1" }],
    ["log", { after: "1.5" }],
    ["log", { limit: "many" }],
    ["messages", { before: "x" }],
    ["messages", { after: "0x10" }],
    ["messages", { cursor: "%%%" }],
    ["messages", { cursor: "x".repeat(600) }],
    ["members", { cursor: "garbage" }],
  ];
  test.each(badQueries)("[ERR-1] %s?%j is bad_request", async (call, query) => {
    const { ann, id } = await target.pair();
    const { status, text } = await ann.rest.raw("GET", `/api/v1/conversations/${id}/${call}`, { query });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ code: "bad_request" });
  });

  test.each([{ since: "x" }, { since: "-1" }, { since: "1.5" }])("[ERR-1] sync?%j is bad_request", async (query) => {
    const ann = await target.person("ann");
    expect(await ann.rest.refused("sync", { query })).toMatchObject({ code: "bad_request" });
  });

  test("[ERR-1] ids that cannot be are refused like ids that are not there or as malformed, never with 500", async () => {
    const { ann } = await target.pair();
    for (const id of ["..", "%", "a b", "x".repeat(65), "é", "'; DROP TABLE entries;--", "\u0000"]) {
      const answer = await ann.rest.call("getConversation", { params: { id } });
      expect([400, 404], JSON.stringify(id)).toContain(answer.status);
    }
  });

  test("[ERR-1] a problem never shows the inside of the server", async () => {
    const ann = await target.person("ann");
    const seen = [
      await ann.rest.raw("POST", "/api/v1/messages/send", { body: "{" }),
      await ann.rest.raw("GET", "/api/v1/conversations/nope"),
      await ann.rest.raw("GET", "/api/v1/sync", { query: { since: "x" } }),
    ];
    for (const { text } of seen) {
      expect(text).not.toMatch(/\bat .*:\d+:\d+|\.ts\b|\.js:\d|SQLITE|node_modules|stack/i);
    }
  });
});
