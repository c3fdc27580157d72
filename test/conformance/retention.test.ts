import { describe, expect, test } from "vitest";
import type { RouteName } from "../../src/shared/protocol/http.ts";
import type { Person } from "../support/person.ts";
import { unique, uuid4 } from "../support/random.ts";
import type { CallInput } from "../support/rest.ts";
import { describeOwn, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";

const target = useServer();
const reason = "law";
const DAY = 86_400_000;

const operator = (): Promise<Person> => target.person("admin", { scope: "admin" });

/** A group of two that was brought in, with messages of ten days ago and of today. */
const aged = async () => {
  const [admin, ann, bob] = await Promise.all([operator(), target.person("ann"), target.person("bob")]);
  const old = Date.now() - 10 * DAY;
  const at = (ms: number): string => new Date(ms).toISOString();
  const members = [{ user_id: ann.userId, role: "owner" }, { user_id: bob.userId }];
  const said = (id: string, timestamp: string): object => ({
    kind: "message",
    id,
    conversation: "c",
    sender: bob.userId,
    timestamp,
    content: id,
  });
  const lines = [
    { kind: "conversation", id: "c", type: "group", name: "Old", created_at: at(old), members },
    said("old 1", at(old + 1)),
    said("old 2", at(old + 2)),
    { kind: "end", conversation: "c" },
  ];
  const { results } = await admin.rest.ok("adminImport", { body: { source: unique("other").slice(0, 32), lines } });
  expect(results.map(({ status }) => status)).toEqual(["done", "done", "done", "done"]);
  const [row] = await until("the list", async () => {
    const list = await ann.list();
    return list.length === 1 ? list : undefined;
  });
  const id = row?.conversation_id ?? "";
  return { admin, ann, bob, id };
};

const said = async (person: Person, id: string): Promise<string[]> =>
  (await person.history(id)).map(({ content }) => content);

const calls: [RouteName, CallInput][] = [
  ["adminSetRetention", { params: { id: "c" }, body: { days: 1, reason } }],
  ["adminClearRetention", { params: { id: "c" }, query: { reason } }],
];
test.each(calls)("[ADM-8] %s is for operators, and of what there is", async (name, input) => {
  const ann = await target.person("ann", { scope: "chat" });
  expect(await ann.rest.refused(name, input)).toMatchObject({ code: "forbidden" });
  const admin = await operator();
  expect(await admin.rest.refused(name, input)).toMatchObject({ code: "not_found" });
});

describe("how long messages are kept", () => {
  test("[RET-2] what is too old goes for everybody, by one entry, and what is not stays", async () => {
    const { admin, ann, bob, id } = await aged();
    const session = await ann.connect();
    const { seq } = await bob.send(id, "new");
    expect(await said(ann, id)).toEqual(["new", "old 2", "old 1"]);
    await admin.rest.ok("adminSetRetention", { params: { id }, body: { days: 5, reason } });
    await until("what is old goes", async () => (await said(ann, id)).length === 1);
    expect(await said(bob, id)).toEqual(["new"]);
    const [first, rise] = await ann.log(id, seq - 1);
    expect(first).toMatchObject({ seq, content: "new" });
    expect(rise).toMatchObject({ kind: "settings", changes: { retained_from: seq } });
    expect(rise).not.toHaveProperty("client_message_id");
    const { entries } = await ann.rest.ok("readLog", { params: { id }, query: { after: 0 } });
    expect(entries[0]?.seq).toBe(seq);
    await until("the entry", () => session.pushed(id).some((entry) => entry.seq === rise?.seq));
    await until("the row", async () => (await ann.row(id)).head_seq === rise?.seq);
    expect(await ann.row(id)).toMatchObject({ unread_count: 1, last_message: { content: "new" } });
    expect(await admin.rest.ok("adminConversation", { params: { id } })).toMatchObject({
      retained_from: seq,
      retention: { days: 5, by: "conversation" },
    });
    // Without the rule nothing comes back.
    await admin.rest.ok("adminClearRetention", { params: { id }, query: { reason } });
    expect(await said(ann, id)).toEqual(["new"]);
    expect(await admin.rest.ok("adminConversation", { params: { id } })).not.toHaveProperty("retention");
  });

  test("[RET-3] where nothing is left, the list shows no message, and the conversation goes on", async () => {
    const { admin, ann, bob, id } = await aged();
    await admin.rest.ok("adminSetRetention", { params: { id }, body: { days: 5, reason } });
    await until("what is old goes", async () => (await said(ann, id)).length === 0);
    await until("the row", async () => (await ann.row(id)).last_message === undefined);
    expect(await ann.row(id)).toMatchObject({ unread_count: 0, mention_count: 0 });
    const [row] = await ann.list();
    expect(row).not.toHaveProperty("last_message");
    const { head_seq } = await ann.row(id);
    expect(await bob.send(id, "again")).toMatchObject({ seq: head_seq + 1 });
    await until("the row", async () => (await ann.row(id)).unread_count === 1);
  });

  test("[HOLD-4] a legal hold keeps it from going, for operators only", async () => {
    const { admin, ann, id } = await aged();
    const hold_id = uuid4();
    await admin.rest.ok("adminPlaceHold", { body: { hold_id, conversation_id: id, reason } });
    await admin.rest.ok("adminSetRetention", { params: { id }, body: { days: 5, reason } });
    await until("what is old is not shown", async () => (await said(ann, id)).length === 0);
    const { held } = await admin.rest.ok("adminHeld", { params: { id } });
    expect(held).toMatchObject([
      { content: "old 1", why: "retention" },
      { content: "old 2", why: "retention" },
    ]);
    expect(
      await ann.rest.refused("getMessage", { params: { id, message_id: held[0]?.message_id ?? "" } }),
    ).toMatchObject({ code: "not_found" });
    await admin.rest.ok("adminReleaseHold", { params: { id: hold_id }, query: { reason } });
    expect((await admin.rest.ok("adminHeld", { params: { id } })).held).toEqual([]);
  });
});

describeOwn("policies", () => {
  test("[RET-1] are set, shown and taken away, and count where a conversation has no rule of its own", async () => {
    const admin = await operator();
    await admin.rest.ok("adminSetPolicy", { body: { type: "group", days: 5, reason } });
    const { policies } = await admin.rest.ok("adminPolicies");
    expect(policies).toMatchObject([{ type: "group", days: 5, reason, set_by: admin.userId }]);
    const { ann, bob, id } = await aged();
    await bob.send(id, "new");
    await until("what is old goes", async () => (await said(ann, id)).length === 1, 20_000, 250);
    expect(await admin.rest.ok("adminConversation", { params: { id } })).toMatchObject({
      retention: { days: 5, by: "policy" },
    });
    await admin.rest.ok("adminSetPolicy", { body: { type: "group", days: null, reason } });
    expect(await admin.rest.ok("adminPolicies")).toEqual({ policies: [] });
    expect(await admin.rest.refused("adminSetPolicy", { body: { days: 0, reason } })).toMatchObject({
      code: "bad_request",
    });
  });
});
