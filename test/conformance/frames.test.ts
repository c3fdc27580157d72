import { describe, expect, test } from "vitest";
import type { Person } from "../support/person.ts";
import { uuid7 } from "../support/random.ts";
import type { Session } from "../support/session.ts";
import { useServer } from "../support/target.ts";
import { within } from "../support/wait.ts";

const target = useServer();
const KIB = 1024;

/** The connection still answers, and the conversation's log has not grown. */
const unharmed = async (session: Session, person: Person, id: string, head: number): Promise<void> => {
  const answer = await session.ask("entries", { type: "log", conversation_id: id, after: 0 });
  expect(answer.head_seq).toBe(head);
  expect((await person.log(id)).length).toBe(head);
};

describe("the beginning", () => {
  test("[EVT-1] welcome is the first frame and says who, where and how often to beat", async () => {
    const ann = await target.person("ann");
    const session = await ann.connect();
    const welcome = await session.waitFor("welcome");
    expect(session.frames[0]).toBe(welcome);
    expect(welcome).toMatchObject({ user_id: ann.userId, device_id: ann.deviceId, heartbeat_seconds: 30 });
    expect(Math.abs(Date.parse(welcome.server_time) - Date.now())).toBeLessThan(60_000);
    const again = await (await ann.connect()).waitFor("welcome");
    expect(again.session_id).not.toBe(welcome.session_id);
  });

  test("[WS-4] ping is answered with pong, and pong only", async () => {
    const session = await (await target.person("ann")).connect();
    const before = session.mark;
    for (let i = 0; i < 3; i++) await session.ping();
    expect(session.pongs).toBe(3);
    expect(session.frames.length).toBe(before);
  });

  test("[WS-1] a plain GET of the connect address is refused, not hung", async () => {
    const ann = await target.person("ann");
    const { status } = await ann.rest.raw("GET", "/api/v1/connect", { query: { device_id: ann.deviceId } });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });
});

describe("frames that are none", () => {
  const rubbish: [string, string | Uint8Array][] = [
    ["half a JSON text", '{"type":"send"'],
    ["nothing", ""],
    ["a number", "7"],
    ["null", "null"],
    ["a list", '[{"type":"sync","since":0}]'],
    ["a string", '"ping"'],
    ["no type", '{"conversation_id":"x"}'],
    ["a type that is a number", '{"type":7}'],
    ["an unknown type", '{"type":"fly"}'],
    ["a type of Object.prototype", '{"type":"constructor"}'],
    ["__proto__ as type", '{"type":"__proto__"}'],
    ["a frame of the server", '{"type":"ack","seq":1}'],
    ["a binary frame", new TextEncoder().encode('{"type":"sync","since":0}')],
    ["deep nesting", `${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["JSON with a comment", '{"type":"sync","since":0}//'],
  ];

  test.each(rubbish)("[WS-7] %s is an error frame, and the connection lives", async (_what, data) => {
    const { ann, id } = await target.pair();
    const head = (await ann.row(id)).head_seq;
    const session = await ann.connect();
    expect(await session.provoke(data)).toMatchObject({ code: "bad_request" });
    await unharmed(session, ann, id, head);
  });

  const send = { type: "send", content: "hello" };
  const badFields: [string, Record<string, unknown>][] = [
    ["no client_message_id", { ...send, conversation_id: "C" }],
    ["a client_message_id that is no UUID", { ...send, conversation_id: "C", client_message_id: "1" }],
    ["a number for content", { ...send, conversation_id: "C", client_message_id: "U", content: 7 }],
    ["no content", { type: "send", conversation_id: "C", client_message_id: "U" }],
    ["null for content", { ...send, conversation_id: "C", client_message_id: "U", content: null }],
    ["an unknown message_type", { ...send, conversation_id: "C", client_message_id: "U", message_type: "gif" }],
    [
      "the server's own message_type",
      { ...send, conversation_id: "C", client_message_id: "U", message_type: "system" },
    ],
    ["mentions that are no list", { ...send, conversation_id: "C", client_message_id: "U", mentions: "bob" }],
    ["a mention that is no user id", { ...send, conversation_id: "C", client_message_id: "U", mentions: ["a b"] }],
    ["a fraction of a second", { ...send, conversation_id: "C", client_message_id: "U", expires_in: 1.5 }],
    ["an expiry in the past", { ...send, conversation_id: "C", client_message_id: "U", expires_in: -1 }],
    ["a conversation_id of 65 characters", { ...send, conversation_id: "x".repeat(65), client_message_id: "U" }],
    ["a conversation_id with a slash", { ...send, conversation_id: "../x", client_message_id: "U" }],
    ["an empty conversation_id", { ...send, conversation_id: "", client_message_id: "U" }],
    ["a list for conversation_id", { ...send, conversation_id: ["C"], client_message_id: "U" }],
    ["up_to missing", { type: "read", conversation_id: "C" }],
    ["a negative up_to", { type: "read", conversation_id: "C", up_to: -1 }],
    ["a fraction for up_to", { type: "delivered", conversation_id: "C", up_to: 1.5 }],
    ["text for up_to", { type: "delivered", conversation_id: "C", up_to: "1" }],
    ["an unknown typing state", { type: "typing", conversation_id: "C", state: "dancing" }],
    ["text for active", { type: "state", active: "yes" }],
    ["a negative since", { type: "sync", since: -1 }],
    ["no since", { type: "sync" }],
    ["a negative after", { type: "log", conversation_id: "C", after: -1, limit: 10 }],
    ["a number for ref", { type: "sync", since: 0, ref: 7 }],
  ];

  test.each(badFields)("[WS-7] %s is bad_request with the ref, and nothing is stored", async (_what, fields) => {
    const { ann, id } = await target.pair();
    const head = (await ann.row(id)).head_seq;
    const session = await ann.connect();
    const frame = {
      ref: "the-ref",
      ...fields,
      ...(fields["conversation_id"] === "C" ? { conversation_id: id } : {}),
      ...(fields["client_message_id"] === "U" ? { client_message_id: uuid7() } : {}),
    };
    const error = await session.provoke(JSON.stringify(frame));
    // What has not the form of an id may be called malformed or absent, as it may over HTTP.
    const mayBeAbsent = typeof fields["conversation_id"] === "string" && fields["conversation_id"] !== "C";
    expect(mayBeAbsent ? ["bad_request", "not_found"] : ["bad_request"]).toContain(error.code);
    if (frame.ref === "the-ref") expect(error.ref).toBe("the-ref");
    await unharmed(session, ann, id, head);
  });

  test("[WS-8] the 20th bad frame within a minute closes with 1008, not the 19th", async () => {
    const session = await (await target.person("ann")).connect();
    for (let i = 1; i <= 19; i++) expect((await session.provoke(`{"bad":${i}`)).code).toBe("bad_request");
    await session.ping();
    expect(session.closedBy).toBeUndefined();
    session.throwIn("{");
    expect((await within(session.closed, 5000, "the close")).code).toBe(1008);
  });

  test("[WS-8] refusals of well-formed requests are not counted as bad frames", async () => {
    const session = await (await target.person("ann")).connect();
    for (let i = 0; i < 30; i++) {
      const answer = await session.ask("error", { type: "log", conversation_id: `no-such-${i}`, after: 0, limit: 1 });
      expect(answer.code).toBe("not_found");
    }
    await session.ping();
    expect(session.closedBy).toBeUndefined();
  });
});

describe("size", () => {
  const frameOf = (id: string, bytes: number): string => {
    const frame = { type: "send", ref: "big", conversation_id: id, client_message_id: uuid7(), content: "x", pad: "" };
    const bare = Buffer.byteLength(JSON.stringify(frame));
    return JSON.stringify({ ...frame, pad: "p".repeat(bytes - bare) });
  };

  test("[LIM-1] a frame of exactly 64 KiB is read, one byte more closes with 1009", async () => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    session.throwIn(frameOf(id, 64 * KIB));
    expect(await session.waitFor("ack")).toMatchObject({ ref: "big", conversation_id: id });
    const head = (await ann.row(id)).head_seq;
    session.throwIn(frameOf(id, 64 * KIB + 1));
    expect((await within(session.closed, 5000, "the close")).code).toBe(1009);
    expect((await ann.log(id)).length).toBe(head);
  });

  test("[LIM-1] the size of a frame is counted in bytes, not in characters", async () => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    const frame = {
      type: "send",
      conversation_id: id,
      client_message_id: uuid7(),
      content: "x",
      pad: "é".repeat(40_000),
    };
    session.throwIn(JSON.stringify(frame));
    expect((await within(session.closed, 5000, "the close")).code).toBe(1009);
  });

  test("[LIM-1] a frame far too large closes with 1009 and the server goes on", async () => {
    const ann = await target.person("ann");
    const session = await ann.connect();
    session.throwIn("x".repeat(900 * KIB));
    expect((await within(session.closed, 5000, "the close")).code).toBe(1009);
    await (await ann.connect()).ping();
  });

  test("[LIM-2] content of 16 KiB is taken, a byte more is too_large, in UTF-8", async () => {
    const { ann, bob, id } = await target.pair();
    const session = await ann.connect();
    const send = (
      content: string,
    ): { type: "send"; conversation_id: string; client_message_id: string; content: string } => ({
      type: "send",
      conversation_id: id,
      client_message_id: uuid7(),
      content,
    });
    for (const content of ["a".repeat(16 * KIB), "é".repeat(8 * KIB), "😀".repeat(4 * KIB)]) {
      const { seq } = await session.ask("ack", send(content));
      expect((await bob.log(id, seq - 1))[0]).toMatchObject({ content });
      const head = seq;
      expect((await session.ask("error", send(`${content}a`))).code).toBe("too_large");
      expect((await ann.row(id)).head_seq).toBe(head);
    }
    await session.ping();
    expect(session.closedBy).toBeUndefined();
  });
});

describe("requests", () => {
  test("[GEN-1] unknown fields are ignored", async () => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    const frame = {
      type: "send",
      ref: "r",
      conversation_id: id,
      client_message_id: uuid7(),
      content: "hi",
      colour: "red",
    };
    session.throwIn(JSON.stringify(frame));
    expect(await session.waitFor("ack")).toMatchObject({ ref: "r" });
  });

  test("[WS-6] a ref comes back unchanged, and a request without one is answered without", async () => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    for (const ref of ["1", "ünïcödé 😀", '"quoted"', "x".repeat(64)]) {
      const request = { type: "log", conversation_id: id, after: 0, limit: 1, ref } as const;
      expect(await session.ask("entries", request)).toMatchObject({ ref });
    }
    const from = session.mark;
    session.tell({ type: "send", conversation_id: id, client_message_id: uuid7(), content: "no ref" });
    expect((await session.waitFor("ack", () => true, { from })).ref).toBeUndefined();
  });

  test("[WS-9] frames of one connection are handled in order", async () => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    const ids = Array.from({ length: 20 }, () => uuid7());
    ids.forEach((client_message_id, i) =>
      session.tell({ type: "send", ref: `o${i}`, conversation_id: id, client_message_id, content: `${i}` }),
    );
    await session.waitFor("ack", (ack) => ack.ref === "o19");
    const acks = session.all("ack");
    expect(acks.map((ack) => ack.client_message_id)).toEqual(ids);
    expect(acks.map((ack) => ack.seq)).toEqual(acks.map((_ack, i) => (acks[0]?.seq ?? 0) + i));
  });

  test("[WS-9] a read behind a send in the pipe sees what was sent", async () => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    const client_message_id = uuid7();
    session.tell({ type: "send", conversation_id: id, client_message_id, content: "before" });
    const { entries } = await session.ask("entries", { type: "log", conversation_id: id, after: 0, limit: 200 });
    expect(entries.some((entry) => entry.client_message_id === client_message_id)).toBe(true);
  });
});
