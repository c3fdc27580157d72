import { describe, expect, test } from "vitest";
import type { Sent } from "../../src/shared/protocol/http-messages.ts";
import { unique, uuid4, uuid7 } from "../support/random.ts";
import { useServer } from "../support/target.ts";
import { TRANSPORTS, Writer } from "../support/writer.ts";
import { sending } from "../support/write.ts";

const target = useServer();
const MONTH_MS = 30 * 86_400_000;

const message = (id: string, content: string, client_message_id: string) => ({
  conversation_id: id,
  client_message_id,
  content,
});
const frame = (id: string, content: string, client_message_id = uuid7()) =>
  ({ type: "send", ...message(id, content, client_message_id) }) as const;

describe("sending", () => {
  test("[SEND-1] over HTTP: 201 with the place in the log, and the entry and message as sent", async () => {
    const { ann, bob, id } = await target.pair();
    const cid = uuid7();
    const { status, body } = await ann.rest.call("sendMessage", {
      body: { ...message(id, "hello", cid), type: "text" },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ conversation_id: id, client_message_id: cid, status: "sent" });
    expect(body?.duplicate ?? false).toBe(false);
    const { seq, message_id, timestamp } = body as Sent;
    const expected = { seq, message_id, timestamp, sender_id: ann.userId, client_message_id: cid, content: "hello" };
    expect((await bob.log(id, seq - 1))[0]).toMatchObject({ kind: "message", type: "text", ...expected });
    expect((await bob.messages(id))[0]).toMatchObject({ type: "text", conversation_id: id, ...expected });
  });

  test("[CMD-1] over the socket: ack with the ref, and the entry with everybody who is online", async () => {
    const { ann, bob, id } = await target.pair();
    const [a, b] = await Promise.all([ann.connect(), bob.connect()]);
    const ack = await a.ask("ack", frame(id, "hello"));
    expect(ack).toMatchObject({ conversation_id: id, status: "sent" });
    for (const session of [a, b]) {
      const event = await session.waitFor("entries", ({ entries }) => entries.some((one) => one.seq === ack.seq));
      const entry = event.entries.find((one) => one.seq === ack.seq);
      expect(entry).toMatchObject({ message_id: ack.message_id, content: "hello", timestamp: ack.timestamp });
      expect(event.head_seq).toBeGreaterThanOrEqual(ack.seq);
    }
  });

  test.each(["text", "image", "video", "voice", "document", "encrypted"])("[SEND-1] type %s is kept", async (type) => {
    const { ann, id } = await target.pair();
    const body = { ...message(id, "x", uuid7()), type };
    const { seq } = await ann.rest.ok("sendMessage", { body });
    expect((await ann.log(id, seq - 1))[0]).toMatchObject({ type });
  });

  test.each([
    "",
    " ",
    "\u0000\u0001\u001f",
    '"quotes" \\ and \\u0000',
    "line\nline\r\n\ttab",
    "ünïcödé ﷽ 👩‍👩‍👧‍👦 e\u0301",
    "\u202eright to left\u202c",
    "<script>alert(1)</script>&amp;",
    "\ud83d",
    "'; DROP TABLE messages; --",
    "\u2028\u2029",
  ])("[SEND-1] the content %j comes back as it went", async (content) => {
    const { ann, bob, id } = await target.pair();
    const session = await bob.connect();
    const { seq } = await ann.send(id, content);
    // A lone surrogate cannot travel in UTF-8: it may arrive as the replacement character.
    const wanted = content === "\ud83d" ? /^[\ud83d\ufffd]$/ : undefined;
    const live = await session.waitFor("entries", ({ entries }) => entries.some((one) => one.seq === seq));
    for (const entry of [live.entries.find((one) => one.seq === seq), (await bob.log(id, seq - 1))[0]]) {
      const seen = entry?.kind === "message" ? entry.content : undefined;
      if (wanted === undefined) expect(seen).toBe(content);
      else expect(seen).toMatch(wanted);
    }
  });

  test("[SEND-2] reply_to and mentions are kept", async () => {
    const { ann, bob, id } = await target.pair();
    const first = await ann.send(id, "question?");
    const extras = { reply_to: first.message_id, mentions: [ann.userId] };
    const { seq } = await bob.rest.ok("sendMessage", {
      body: { ...message(id, "!", uuid7()), type: "image", ...extras },
    });
    expect((await ann.log(id, seq - 1))[0]).toMatchObject(extras);
    expect((await ann.messages(id))[0]).toMatchObject(extras);
  });

  test.each(TRANSPORTS)("[SEND-4] forwarded and preview are kept, sent over %s", async (via) => {
    const { ann, bob, id } = await target.pair();
    const [by, session] = [await Writer.of(via, ann), await bob.connect()];
    const preview = { url: "https://example.com/a?b#c", title: "A 😀", description: "of it", site_name: "Example" };
    const extras = { forwarded: true, preview };
    const { seq, message_id } = await by.does(sending(id, "https://example.com", extras));
    expect(await session.entry(id, seq)).toMatchObject(extras);
    expect((await bob.log(id)).at(-1)).toMatchObject(extras);
    expect(await bob.message(id, message_id)).toMatchObject(extras);
    for (const wrong of [{ preview: { url: "" } }, { preview: { url: "x", title: "x".repeat(257) } }])
      expect(await by.tries(sending(id, "x", wrong))).toBe("bad_request");
    expect((await bob.log(id)).length).toBe(seq);
  });

  test("[ID-5] message ids and times rise with seq", async () => {
    const { ann, bob, id } = await target.pair();
    for (let i = 0; i < 10; i++) await (i % 2 === 0 ? ann : bob).send(id, `${i}`);
    const log = await ann.log(id);
    const ids = log.map((entry) => entry.message_id);
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
    const times = log.map((entry) => entry.timestamp);
    expect(times).toEqual([...times].sort());
    expect(Math.abs(Date.parse(times.at(-1) ?? "") - Date.now())).toBeLessThan(60_000);
  });

  test("[CONS-1] what is acknowledged is in the next read of log and history", async () => {
    const { ann, bob, id } = await target.pair();
    const session = await ann.connect();
    for (let i = 0; i < 10; i++) {
      const { seq } = i % 2 === 0 ? await ann.send(id, `${i}`) : await session.ask("ack", frame(id, `${i}`));
      expect((await bob.log(id, seq - 1)).map((entry) => entry.seq)).toEqual([seq]);
      expect((await bob.messages(id, { limit: 1 }))[0]?.seq).toBe(seq);
    }
  });

  test("[ACC-1] a conversation that does not exist is not_found, and the connection lives", async () => {
    const session = await (await target.person("ann")).connect();
    const error = await session.ask("error", frame(unique("none"), "hi"));
    expect(error.code).toBe("not_found");
    await session.ping();
  });
});

describe("idempotency", () => {
  const kinds: [string, () => string][] = [
    ["version 4", uuid4],
    ["version 7", () => uuid7()],
    ["version 7 made a month ago", () => uuid7(Date.now() - MONTH_MS)],
    ["version 7 of 1970", () => uuid7(1)],
    ["version 7 of next year", () => uuid7(Date.now() + 12 * MONTH_MS)],
    ["version 1", () => "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
    ["nil", () => "00000000-0000-0000-0000-000000000000"],
    ["all ones", () => "ffffffff-ffff-ffff-ffff-ffffffffffff"],
  ];

  test.each(kinds)("[IDEM-1] a repeat of a UUID of %s is one entry", async (_kind, makeId) => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    const cid = makeId();
    const first = await ann.rest.call("sendMessage", { body: { ...message(id, "once", cid), type: "text" } });
    await ann.send(id, "in between");
    const again = await ann.rest.call("sendMessage", { body: { ...message(id, "twice", cid), type: "text" } });
    const socket = await session.ask("ack", frame(id, "thrice", cid));
    expect([first.status, again.status]).toEqual([201, 200]);
    const place = { seq: first.body?.seq, message_id: first.body?.message_id, timestamp: first.body?.timestamp };
    expect(again.body).toMatchObject({ ...place, duplicate: true });
    expect(socket).toMatchObject({ ...place, duplicate: true });
    const named = (await ann.log(id)).filter((entry) => entry.client_message_id === cid);
    expect(named).toMatchObject([{ ...place, content: "once" }]);
  });

  test("[IDEM-1] ids of mixed ages, interleaved and repeated in another order, keep their places", async () => {
    const { ann, id } = await target.pair();
    const ids = Array.from({ length: 12 }, (_x, i) => (i % 3 === 0 ? uuid4() : uuid7(Date.now() - i * MONTH_MS)));
    const places = new Map<string, number>();
    for (const cid of ids) places.set(cid, (await ann.send(id, cid, cid)).seq);
    for (const cid of ids.toReversed()) {
      expect(await ann.send(id, "again", cid)).toMatchObject({ seq: places.get(cid), duplicate: true });
    }
  });

  test("[IDEM-1] case does not matter in a UUID", async () => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    const cid = "0192f0c1-abcd-7abc-8def-abcdefabcdef";
    const { seq } = await ann.send(id, "lower", cid);
    expect(await ann.send(id, "upper", cid.toUpperCase())).toMatchObject({ seq, duplicate: true });
    expect(await session.ask("ack", frame(id, "upper", cid.toUpperCase()))).toMatchObject({ seq, duplicate: true });
    const upper = uuid7().toUpperCase();
    const first = await session.ask("ack", frame(id, "upper first", upper));
    expect(await ann.send(id, "lower then", upper.toLowerCase())).toMatchObject({ seq: first.seq, duplicate: true });
  });

  test("[IDEM-4] the same id in another conversation, or from another user, is another entry", async () => {
    const { ann, bob, id } = await target.pair();
    const other = (await ann.group([bob])).conversation_id;
    const cid = uuid7();
    const mine = await ann.send(id, "mine", cid);
    const elsewhere = await ann.send(other, "elsewhere", cid);
    const theirs = await bob.send(id, "theirs", cid);
    expect(elsewhere.duplicate ?? false).toBe(false);
    expect(theirs.duplicate ?? false).toBe(false);
    expect(new Set([mine.message_id, elsewhere.message_id, theirs.message_id]).size).toBe(3);
    expect((await ann.log(id)).filter((entry) => entry.client_message_id === cid).length).toBe(2);
  });

  test("[DLV-4] a retry storm over HTTP, sockets and devices at once makes one entry", async () => {
    const { ann, bob, id } = await target.pair();
    const tablet = await target.person("ann", { userId: ann.userId });
    const sessions = await Promise.all([ann.connect(), tablet.connect()]);
    const cid = uuid7();
    const before = (await bob.row(id)).head_seq;
    const answers = await Promise.all([
      ...Array.from({ length: 8 }, () => ann.send(id, "storm", cid)),
      ...Array.from({ length: 5 }, () => tablet.send(id, "storm", cid)),
      ...sessions.flatMap((session) => Array.from({ length: 6 }, () => session.ask("ack", frame(id, "storm", cid)))),
    ]);
    expect(new Set(answers.map((answer) => `${answer.seq} ${answer.message_id} ${answer.timestamp}`)).size).toBe(1);
    expect(answers.filter((answer) => answer.duplicate !== true).length).toBe(1);
    expect((await bob.log(id)).length).toBe(before + 1);
  });

  test("[IDEM-1] a refused send does not use up its id", async () => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    const cid = uuid7();
    expect((await session.ask("error", frame(id, "x".repeat(20_000), cid))).code).toBe("too_large");
    const ack = await session.ask("ack", frame(id, "short enough", cid));
    expect(ack.duplicate ?? false).toBe(false);
  });
});

describe("order", () => {
  test("[SEQ-2] many senders at once: everybody's log is the same, gapless, each sender in order", async () => {
    const people = await target.people("ann", "bob", "carl", "dora");
    const [ann, ...others] = people;
    if (!ann) throw new Error("people are needed");
    const id = (await ann.group(others)).conversation_id;
    const sessions = await Promise.all(people.map((person) => person.connect()));
    const acks = await Promise.all(
      sessions.flatMap((session, s) =>
        Array.from({ length: 20 }, (_x, i) => session.ask("ack", frame(id, `${s}:${i}`))),
      ),
    );
    const logs = await Promise.all(people.map((person) => person.log(id)));
    for (const log of logs) expect(log).toEqual(logs[0]);
    const log = logs[0] ?? [];
    expect(new Set(acks.map((ack) => ack.seq)).size).toBe(80);
    for (const [s, person] of people.entries()) {
      const mine = log.filter((entry) => entry.sender_id === person.userId && entry.kind === "message");
      expect(mine.map((entry) => (entry.kind === "message" ? entry.content : ""))).toEqual(
        Array.from({ length: 20 }, (_x, i) => `${s}:${i}`),
      );
    }
  });

  test("[DLV-3] a member online throughout receives every entry once and in order, without asking", async () => {
    const { ann, bob, id } = await target.pair();
    const [a, b] = await Promise.all([ann.connect(), bob.connect()]);
    const acks = await Promise.all(Array.from({ length: 25 }, (_x, i) => a.ask("ack", frame(id, `${i}`))));
    const last = Math.max(...acks.map((ack) => ack.seq));
    await b.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === last));
    const seen = b.all("entries").flatMap(({ entries }) => entries.filter((entry) => entry.kind === "message"));
    expect(seen.map((entry) => entry.seq)).toEqual(acks.map((ack) => ack.seq).sort((x, y) => x - y));
  });
});
