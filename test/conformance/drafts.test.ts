import { describe, expect, test } from "vitest";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Person } from "../support/person.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";

const target = useServer(FAST);

/** Writes a draft over one transport or the other. */
const drafting = async (person: Person, via: string): Promise<(id: string, fields: object) => Promise<void>> => {
  const session = await person.connect();
  return async (id, fields) => {
    if (via === "HTTP") await person.rest.ok("putDraft", { params: { id }, body: fields });
    else session.tell({ type: "draft", conversation_id: id, ...fields } as never);
  };
};

const rowWith = async (person: Person, id: string, content: string | undefined): Promise<Conversation> =>
  await until(`the draft ${content}`, async () => {
    const row = await person.row(id);
    return row.draft?.content === content ? row : undefined;
  });

describe.each(["HTTP", "the socket"])("a draft over %s", (via) => {
  test("[DRAFT-1] [CMD-14] is shown in the author's row, list and sync, and on the other devices", async () => {
    const { ann, bob, id } = await target.pair();
    const tablet = await target.person("tablet", { userId: ann.userId });
    const session = await tablet.connect();
    const { message_id, seq } = await bob.send(id, "question");
    const { rev } = (await tablet.list())[0] ?? { rev: 0 };
    const draft = await drafting(ann, via);
    const before = Date.now() - 60_000;
    await draft(id, { content: "well, 😀", reply_to: message_id });
    const due = { content: "well, 😀", reply_to: message_id };
    const row = await rowWith(ann, id, "well, 😀");
    expect(row.draft).toMatchObject(due);
    expect(Date.parse(row.draft?.updated_at ?? "")).toBeGreaterThan(before);
    expect((await tablet.list())[0]?.draft).toMatchObject(due);
    const { conversation } = await session.waitFor("conversation", (event) => event.conversation.draft !== undefined);
    expect(conversation).toMatchObject({ conversation_id: id, draft: due, unread_count: 1 });
    expect(conversation.rev).toBeGreaterThan(rev);
    const sync = await tablet.rest.ok("sync", { query: { since: rev } });
    expect(sync.conversations).toMatchObject([{ conversation_id: id, draft: due }]);
    expect((await ann.log(id)).length).toBe(seq);
  });

  test("[DRAFT-1] the newest replaces, an empty one clears", async () => {
    const { ann, bob, id } = await target.pair();
    const tablet = await target.person("tablet", { userId: ann.userId });
    const session = await tablet.connect();
    const { message_id } = await bob.send(id, "question");
    const draft = await drafting(ann, via);
    await draft(id, { content: "one", reply_to: message_id });
    await draft(id, { content: "two" });
    expect((await rowWith(tablet, id, "two")).draft?.reply_to).toBeUndefined();
    await session.waitFor("conversation", (event) => event.conversation.draft?.content === "two");
    const from = session.mark;
    await draft(id, { content: "" });
    await rowWith(tablet, id, undefined);
    await session.waitFor("conversation", (event) => event.conversation.draft === undefined, { from });
    expect((await tablet.rest.ok("sync", { query: { since: 0 } })).conversations[0]?.draft).toBeUndefined();
  });

  test("[DRAFT-1] nobody else is shown it, live or later", async () => {
    const { ann, bob, id } = await target.pair();
    const session = await bob.connect();
    session.tell({ type: "open", conversation_id: id });
    await session.settle();
    const draft = await drafting(ann, via);
    await draft(id, { content: "between me and me" });
    await rowWith(ann, id, "between me and me");
    const { seq } = await ann.send(id, "hello");
    await session.entry(id, seq);
    const seen = [
      session.frames,
      await bob.list(),
      await bob.row(id),
      await bob.rest.ok("sync", { query: { since: 0 } }),
    ];
    expect(JSON.stringify(seen)).not.toContain("between me and me");
  });

  test("[DRAFT-1] of 16 KiB is kept, in the end; drafts of two conversations are two", async () => {
    const { ann, bob, id } = await target.pair();
    const other = (await ann.group([bob])).conversation_id;
    const draft = await drafting(ann, via);
    const long = "é".repeat(8192);
    await draft(id, { content: long });
    await draft(other, { content: "short" });
    await rowWith(ann, other, "short");
    await rowWith(ann, id, long);
  });
});

describe("drafts that are refused", () => {
  test.each([
    [{}, "bad_request"],
    [{ content: 7 }, "bad_request"],
    [{ content: "x", reply_to: "no id" }, "bad_request"],
    [{ content: "x".repeat(16 * 1024 + 1) }, "too_large"],
  ])("[ERR-1] %j", async (fields, code) => {
    const { ann, id } = await target.pair();
    expect(await ann.rest.refused("putDraft", { params: { id }, body: fields })).toMatchObject({ code });
    const session = await ann.connect();
    const frame = JSON.stringify({ type: "draft", conversation_id: id, ...fields });
    expect(await session.provoke(frame)).toMatchObject({ code });
    expect((await ann.row(id)).draft).toBeUndefined();
  });
});
