import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import { uuid7 } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { TRANSPORTS, Writer } from "../support/writer.ts";
import { deleting, editing, reacting, sending } from "../support/write.ts";

const target = useServer(FAST);

describe.each(TRANSPORTS)("editing over %s", (via) => {
  test("[EDIT-1] is an entry of its own, and the message shows the new content where it was", async () => {
    const { ann, bob, id } = await target.pair();
    const [by, session] = [await Writer.of(via, ann), await bob.connect()];
    const old = await ann.send(id, "helo");
    await bob.send(id, "in between");
    const sent = await by.does(editing(id, old.message_id, "hello"));
    expect(sent).toMatchObject({ conversation_id: id, seq: old.seq + 2, status: "sent" });
    const due = {
      seq: sent.seq,
      message_id: sent.message_id,
      kind: "edit",
      sender_id: ann.userId,
      client_message_id: sent.client_message_id,
      timestamp: sent.timestamp,
      target: old.message_id,
      content: "hello",
    };
    expect(await session.entry(id, sent.seq)).toMatchObject(due);
    expect((await bob.log(id)).at(-1)).toMatchObject(due);
    const message = await bob.message(id, old.message_id);
    expect(message).toMatchObject({
      message_id: old.message_id,
      seq: old.seq,
      sender_id: ann.userId,
      client_message_id: old.client_message_id,
      timestamp: old.timestamp,
      content: "hello",
      edited_at: sent.timestamp,
    });
    expect((await bob.history(id)).map((one) => one.content)).toEqual(["in between", "hello"]);
    expect((await bob.history(id)).at(-1)).toEqual(message);
  });

  test("[EDIT-1] the last edit counts, in the order of the log", async () => {
    const { ann, bob, id } = await target.pair();
    const by = await Writer.of(via, ann);
    const { message_id } = await ann.send(id, "0");
    for (const content of ["1", "2", "", "3 😀"]) {
      const { timestamp } = await by.does(editing(id, message_id, content));
      expect(await bob.message(id, message_id)).toMatchObject({ content, edited_at: timestamp });
    }
    const edits = (await bob.log(id)).filter((entry) => entry.kind === "edit");
    expect(edits.map((entry) => entry.content)).toEqual(["1", "2", "", "3 😀"]);
  });

  test("[EDIT-1] only the author edits", async () => {
    const { ann, bob, id } = await target.trio();
    const { message_id } = await bob.send(id, "mine");
    const head = (await bob.log(id)).length;
    expect(await (await Writer.of(via, ann)).tries(editing(id, message_id, "yours"))).toBe("forbidden");
    expect((await bob.log(id)).length).toBe(head);
    expect((await bob.message(id, message_id)).content).toBe("mine");
  });

  test("[EDIT-1] a deleted message is not edited again", async () => {
    const { ann, id } = await target.pair();
    const by = await Writer.of(via, ann);
    const { message_id } = await ann.send(id, "gone");
    const { seq } = await ann.does(deleting(id, message_id));
    expect(await by.tries(editing(id, message_id, "back"))).toBe("conflict");
    expect((await ann.log(id)).length).toBe(seq);
  });

  test("[ACC-1] what is not a message of this conversation is not_found", async () => {
    const { ann, bob, id } = await target.pair();
    const by = await Writer.of(via, ann);
    const { message_id } = await ann.send(id, "here");
    const elsewhere = await ann.send((await ann.group([bob])).conversation_id, "elsewhere");
    const edit = await ann.does(editing(id, message_id, "edited"));
    const [first] = await ann.log(id);
    const head = (await ann.log(id)).length;
    const wrong = [elsewhere.message_id, edit.message_id, first?.message_id ?? "", `${message_id.slice(0, -4)}0000`];
    for (const one of wrong) expect(await by.tries(editing(id, one, "x")), one).toBe("not_found");
    expect((await ann.log(id)).length).toBe(head);
    expect((await ann.message(id, message_id)).content).toBe("edited");
  });

  test("[LIM-2] content of more than 16 KiB is too_large, and changes nothing", async () => {
    const { ann, id } = await target.pair();
    const by = await Writer.of(via, ann);
    const { message_id, seq } = await ann.send(id, "short");
    expect(await by.tries(editing(id, message_id, "é".repeat(8193)))).toBe("too_large");
    await by.does(editing(id, message_id, "é".repeat(8192)));
    expect((await ann.log(id)).length).toBe(seq + 1);
  });
});

describe("what an edit leaves as it was", () => {
  test("[EDIT-1] mentions, reply and reactions", async () => {
    const { ann, bob, id } = await target.pair();
    const question = await bob.send(id, "?");
    const extras = { reply_to: question.message_id, mentions: [bob.userId], forwarded: true };
    const { message_id, seq } = await ann.does(sending(id, "@bob !", extras));
    await bob.does(reacting(id, message_id));
    const edit = await ann.does(editing(id, message_id, "nobody"));
    expect(await bob.message(id, message_id)).toMatchObject({
      ...extras,
      content: "nobody",
      reactions: [{ emoji: "👍", count: 1, me: true }],
    });
    expect(await settledRow(bob, id, edit.seq)).toMatchObject({ mention_count: 1, unread_count: 1 });
    expect((await bob.log(id, seq - 1))[0]).toMatchObject({ kind: "message", ...extras });
  });

  test("[CONV-5] unread counts: an edit is nothing to read, also when the message was read before", async () => {
    const { ann, bob, id } = await target.pair();
    const { message_id, seq } = await ann.send(id, "one");
    await bob.read(id, seq);
    const first = await ann.does(editing(id, message_id, "two"));
    expect(await settledRow(bob, id, first.seq)).toMatchObject({ unread_count: 0, read_up_to: seq });
    const fresh = await ann.send(id, "three");
    const second = await ann.does(editing(id, fresh.message_id, "four"));
    expect(await settledRow(bob, id, second.seq)).toMatchObject({ unread_count: 1 });
  });

  test("[MSG-6] the newest message is shown edited in row, list and sync", async () => {
    const { ann, bob, id } = await target.pair();
    const { message_id } = await ann.send(id, "old");
    const { seq, timestamp } = await ann.does(editing(id, message_id, "new"));
    await settledRow(bob, id, seq);
    const sync = await bob.rest.ok("sync", { query: { since: 0 } });
    for (const row of [await bob.row(id), (await bob.list())[0], sync.conversations[0]])
      expect(row?.last_message).toMatchObject({ message_id, content: "new", edited_at: timestamp });
  });

  test("[SYNC-4] a device that was away gets the edit with its sync", async () => {
    const { ann, bob, id } = await target.pair();
    const { message_id, seq } = await ann.send(id, "old");
    const { rev } = await settledRow(bob, id, seq);
    await bob.delivered(id, seq);
    const edit = await ann.does(editing(id, message_id, "new"));
    await settledRow(bob, id, edit.seq);
    const sync = await until("the sync", async () => {
      const answer = await bob.rest.ok("sync", { query: { since: rev } });
      return (answer.entries[id] ?? []).some((entry) => entry.seq === edit.seq) ? answer : undefined;
    });
    expect(sync.entries[id]).toMatchObject([{ seq: edit.seq, kind: "edit", target: message_id, content: "new" }]);
  });

  test("[IDEM-4] the id of an edit is one of the same kind as that of a message", async () => {
    const { ann, id } = await target.pair();
    const cid = uuid7();
    const sent = await ann.does(sending(id, "hello", { cid }));
    // A used id yields the entry that it named, whatever is asked with it now.
    const again = await ann.does(editing(id, sent.message_id, "other", cid));
    expect(again).toMatchObject({ seq: sent.seq, message_id: sent.message_id, duplicate: true });
    expect((await ann.log(id)).length).toBe(sent.seq);
    expect((await ann.message(id, sent.message_id)).content).toBe("hello");
  });

  test.each([{}, { content: 7 }, { content: null }, { content: "x", client_message_id: "x" }])(
    "[ERR-1] the edit %j is bad_request",
    async (fields) => {
      const { ann, id } = await target.pair();
      const { message_id, seq } = await ann.send(id, "hello");
      const body = { client_message_id: uuid7(), ...fields };
      expect(await ann.rest.refused("editMessage", { params: { id, message_id }, body })).toMatchObject({
        code: "bad_request",
      });
      const session = await ann.connect();
      const frame = { type: "edit", conversation_id: id, message_id, ...body };
      expect(await session.provoke(JSON.stringify(frame))).toMatchObject({ code: "bad_request" });
      expect((await ann.log(id)).length).toBe(seq);
    },
  );
});
