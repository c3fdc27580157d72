import { describe, expect, it } from "vitest";
import { loadRecord } from "../../src/core/conversation/views.ts";
import { Importer, importStateOf } from "../../src/core/import/importer.ts";
import type { Imported, ImportRecord } from "../../src/core/import/importer.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import { importLine } from "../../src/shared/protocol/import.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";
import { conversationStore } from "./stores.ts";
import type { NodeSql } from "./node-sql.ts";

const T = Date.UTC(2020, 0, 1);
const NOW = Date.UTC(2026, 0, 1);
const iso = (offset: number): string => new Date(T + offset).toISOString();

/** As the edge makes it: checked, and a message named by what its own id and time make. */
const recordOf = (line: object): ImportRecord => {
  const parsed = importLine.parse(line);
  if (parsed.kind !== "message") return parsed;
  const time = parsed.timestamp.toString(16).padStart(12, "0");
  const name = Array.from(parsed.id, (char) => char.charCodeAt(0).toString(16))
    .join("")
    .padStart(12, "0");
  return { ...parsed, client_id: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${name.slice(-12)}` };
};

const take = (sql: NodeSql, lines: readonly object[], more: { foreign_id?: string; blockers?: string[] } = {}) => {
  const { foreign_id = "theirs", blockers = [] } = more;
  const call = { conversation_id: "c1", region: "local", source: "slack", foreign_id, records: lines.map(recordOf) };
  return new Importer(sql, NOW, call).take(blockers);
};

/** `done`, `duplicate`, or the code of the refusal. */
const outcomes = (results: readonly Imported[]): string[] =>
  results.map((result) => (result.ok ? (result.value.duplicate ? "duplicate" : "done") : result.refusal.code));

const group = {
  kind: "conversation",
  id: "theirs",
  type: "group",
  name: "Friends",
  created_at: iso(0),
  members: [{ user_id: "ann", role: "owner" }, { user_id: "bob", joined_at: iso(5) }, { user_id: "carl" }],
};
const direct = { ...group, type: "direct", name: undefined, members: [{ user_id: "ann" }, { user_id: "bob" }] };
const said = (id: string, sender: string, offset: number, more: object = {}): object => ({
  kind: "message",
  id,
  conversation: "theirs",
  sender,
  timestamp: iso(offset),
  content: `said ${id}`,
  ...more,
});
const end = { kind: "end", conversation: "theirs" };

/** What was imported, played by a conversation of its own. */
const played = (lines: readonly object[], blockers: string[] = []): Talk => {
  const talk = new Talk();
  const sql = conversationStore();
  expect(new Set(outcomes(take(sql, lines, { blockers })))).toEqual(new Set(["done"]));
  Object.defineProperty(talk, "sql", { value: sql });
  talk.crash();
  return talk;
};

const history = (talk: Talk, user: string): Message[] => {
  const page = valueOf(talk.conversation.history.messages(user, { after: 0, limit: 200 }));
  return (JSON.parse(page) as { messages: Message[] }).messages;
};
const log = (talk: Talk, user: string): Entry[] =>
  JSON.parse(valueOf(talk.conversation.history.log(user, 0, 200)).entries) as Entry[];

describe("lines of an import", () => {
  it("[DATA-3] make a conversation with the times and authors that it had", () => {
    const talk = played([
      group,
      said("1", "ann", 10),
      said("2", "bob", 20, { reply_to: "1", mentions: ["ann"], edited_at: iso(25) }),
      said("3", "gone", 20, { thread_root: "1" }),
      said("4", "carl", 30, { reactions: [{ user_id: "ann", emoji: "👍", timestamp: iso(99) }], forwarded: true }),
      end,
    ]);
    const [first, second, third, fourth] = history(talk, "bob");
    expect(first).toMatchObject({ sender_id: "ann", timestamp: iso(10), content: "said 1", thread: { replies: 1 } });
    expect(second).toMatchObject({
      sender_id: "bob",
      reply_to: first?.message_id,
      edited_at: iso(25),
      mentions: ["ann"],
    });
    expect(third).toMatchObject({ sender_id: "gone", thread_root: first?.message_id, timestamp: iso(20) });
    expect(fourth).toMatchObject({ forwarded: true, reactions: [{ emoji: "👍", count: 1, me: false }] });
    const { meta } = valueOf(talk.conversation.describe("bob"));
    expect(meta).toMatchObject({ type: "group", name: "Friends", created_at: T, member_count: 3, role: "member" });
    expect(meta.participants).toContainEqual({ user_id: "bob", role: "member", joined_at: iso(5) });
  });

  it("[DATA-3] leave a deleted message without a word of it, and say so in the log", () => {
    const talk = played([group, said("1", "ann", 10, { deleted_at: iso(11), edited_at: iso(10) }), end]);
    expect(history(talk, "bob")[0]).toMatchObject({ content: "", deleted_at: iso(10) });
    expect(JSON.stringify(log(talk, "bob"))).not.toContain("said 1");
    expect(log(talk, "bob").map(({ kind }) => kind)).toEqual(["settings", "message", "delete"]);
    expect(valueOf(talk.conversation.describe("bob")).own.unread).toBe(0);
  });

  it("[DATA-2] change nothing when they come again, before the end and after it", () => {
    const sql = conversationStore();
    const lines = [group, said("1", "ann", 10), { kind: "read", conversation: "theirs", user: "bob", up_to: "1" }];
    expect(outcomes(take(sql, lines))).toEqual(["done", "done", "done"]);
    expect(outcomes(take(sql, lines))).toEqual(["duplicate", "duplicate", "duplicate"]);
    expect(outcomes(take(sql, [...lines, end, end]))).toEqual([...lines.map(() => "duplicate"), "done", "duplicate"]);
    const dump = () => JSON.stringify([sql.all("SELECT * FROM log"), sql.all("SELECT * FROM members")]);
    const before = dump();
    expect(outcomes(take(sql, [...lines, end]))).toEqual([...lines.map(() => "duplicate"), "duplicate"]);
    expect(outcomes(take(sql, [said("2", "ann", 20)]))).toEqual(["conflict"]);
    expect(dump()).toBe(before);
  });

  it("[DATA-4] that cannot be taken are refused, each for itself", () => {
    const sql = conversationStore();
    expect(outcomes(take(sql, [said("0", "ann", 5)]))).toEqual(["not_found"]);
    const results = take(sql, [
      group,
      said("1", "ann", 10),
      said("2", "bob", 9),
      said("3", "bob", NOW - T + 1),
      said("4", "bob", 11, { reply_to: "3" }),
      said("5", "bob", 11, { thread_root: "1" }),
      said("6", "bob", 12, { thread_root: "5" }),
      { kind: "read", conversation: "theirs", user: "zoe", up_to: "1" },
      { kind: "read", conversation: "theirs", user: "bob", up_to: "6" },
      said("7", "bob", 13, { reactions: Array.from({ length: 65 }, (_, n) => ({ user_id: `u${n}`, emoji: `e${n}` })) }),
      { kind: "members", conversation: "theirs", members: [{ user_id: "zoe", role: "subscriber" }] },
      said("8", "bob", 13),
    ]);
    expect(outcomes(results)).toEqual([
      "done",
      "done",
      "conflict",
      "bad_request",
      "bad_request",
      "done",
      "bad_request",
      "bad_request",
      "bad_request",
      "limit_exceeded",
      "bad_request",
      "done",
    ]);
    expect(sql.all("SELECT seq FROM log").length).toBe(4);
  });

  it("[DATA-5] of a direct conversation are of its two people, and of none that is there already", () => {
    const sql = conversationStore();
    expect(outcomes(take(sql, [{ ...direct, members: [{ user_id: "ann" }, { user_id: "ann" }] }]))).toEqual([
      "bad_request",
    ]);
    expect(outcomes(take(sql, [{ ...direct, members: group.members }]))).toEqual(["bad_request"]);
    expect(outcomes(take(sql, [direct, said("1", "carl", 10), said("2", "bob", 10)]))).toEqual([
      "done",
      "bad_request",
      "done",
    ]);
    const lines = [
      { ...direct, id: "another" },
      { ...said("9", "bob", 30), conversation: "another" },
    ];
    expect(outcomes(take(sql, lines, { foreign_id: "another" }))).toEqual(["conflict", "not_found"]);
    const talk = new Talk();
    valueOf(talk.send("ann", "hello"));
    expect(outcomes(take(talk.sql, [direct, said("1", "ann", 10)]))).toEqual(["conflict", "not_found"]);
  });

  it("[DATA-5] [SEQ-6] of a direct conversation in which nobody ever said anything begin it anew, in another epoch", () => {
    const { sql } = new Talk();
    expect(outcomes(take(sql, [direct, said("1", "ann", 10), end]))).toEqual(["done", "done", "done"]);
    expect(loadRecord(sql)).toMatchObject({ epoch: 2, created_at: T, imported: 2 });
    expect(sql.all("SELECT seq, at FROM log")).toEqual([
      { seq: 1, at: T },
      { seq: 2, at: T + 10 },
    ]);
  });

  it("[DATA-6] are not there for anybody until the end", () => {
    const sql = conversationStore();
    take(sql, [group, said("1", "ann", 10)]);
    expect(loadRecord(sql)).toBeUndefined();
    expect(importStateOf(sql)?.importing).toBe(1);
    take(sql, [end]);
    expect(loadRecord(sql)).toMatchObject({ conversation_id: "c1", imported: 2 });
    expect(sql.all("SELECT 1 FROM sqlite_master WHERE name = 'imported'")).toEqual([]);
  });

  it("[DATA-6] more members may be named before the end, up to what a group holds", () => {
    const sql = conversationStore();
    const more = (from: number) => ({
      kind: "members",
      conversation: "theirs",
      members: Array.from({ length: 1000 }, (_, n) => ({ user_id: `u${from + n}` })),
    });
    expect(outcomes(take(sql, [group, more(0), more(0), more(1000), more(2000), more(3000), more(4000)]))).toEqual([
      "done",
      "done",
      "duplicate",
      "done",
      "done",
      "done",
      "limit_exceeded",
    ]);
    take(sql, [end]);
    expect(loadRecord(sql)?.large).toBe(1);
    expect(outcomes(take(sql, [more(4000)]))).toEqual(["conflict"]);
  });
});

describe("what a conversation that was imported brings to its members", () => {
  const many = Array.from({ length: 500 }, (_, n) => said(`${n}`, n % 2 === 0 ? "ann" : "bob", 10 + n));

  it("[DATA-7] is how things stand, in one call, and unread is what the read marks leave", async () => {
    const talk = played([
      group,
      ...many,
      { kind: "read", conversation: "theirs", user: "carl", up_to: "399" },
      { kind: "read", conversation: "theirs", user: "bob", up_to: null },
      end,
    ]);
    await talk.conversation.onAlarm();
    await talk.pass(60_000);
    expect(talk.calls.length).toBe(3);
    expect(talk.placesTo("ann")).toEqual([]);
    const baseTo = (user: string) => talk.to(user)[0]?.base;
    expect(baseTo("ann")).toMatchObject({ head: 501, own: { read_up_to: 501, unread: 0 }, last: { seq: 501 } });
    expect(baseTo("carl")?.own).toEqual({ read_up_to: 401, unread: 100, mentions: 0 });
    expect(baseTo("bob")?.own).toMatchObject({ read_up_to: 0, unread: 250 });
    expect(baseTo("ann")?.activity).toBe(T + 10 + 499);
  });

  it("[DATA-7] goes on from there: what is written now is brought as ever, and those who lost their row begin again there", async () => {
    const talk = played([direct, ...many, end]);
    await talk.conversation.onAlarm();
    valueOf(talk.send("ann", "hello"));
    await talk.pass(60_000);
    expect(talk.placesTo("bob")).toEqual([502]);
    // As a list of which nothing is left: it begins with a base, or says that it has nothing.
    let head = 0;
    talk.answer = async (_user, { after, entries, base }) => {
      if (base) head = Math.max(head, base.head);
      if (head >= after) head = Math.max(head, after + entries.length);
      return { head, flushed: 0, read: 0, delivered: 0, hidesReads: false };
    };
    talk.calls.length = 0;
    valueOf(talk.send("ann", "again"));
    await talk.pass(1000);
    expect(talk.to("bob").map(({ after, base }) => [after, base?.head])).toEqual([
      [502, undefined],
      [501, 501],
    ]);
    expect(head).toBe(503);
  });

  it("[DATA-7] whoever blocks the other goes on doing so", () => {
    const talk = played([direct, ...many.slice(0, 3), end], ["bob"]);
    expect(valueOf(talk.send("ann", "hidden")).seq).toBe(5);
    expect(history(talk, "bob").map(({ content }) => content)).toEqual(["said 0", "said 1", "said 2"]);
    expect(history(talk, "ann").length).toBe(4);
  });
});
