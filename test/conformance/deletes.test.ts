import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { TRANSPORTS, Writer } from "../support/writer.ts";
import { deleting, editing, naming, pinning, reacting, sending, unpinning, unreacting } from "../support/write.ts";

const target = useServer(FAST);

/** Everything that somebody is shown of a conversation, as text. */
const everything = async (person: Person, id: string, messageId: string): Promise<string> => {
  const device = await target.person("device", { userId: person.userId });
  const session = await device.connect({ since: 0 });
  await session.waitFor("sync");
  const params = { id, message_id: messageId };
  return JSON.stringify([
    session.frames,
    await session.ask("entries", { type: "log", conversation_id: id, after: 0, limit: 200 }),
    await person.log(id),
    await person.history(id),
    await person.message(id, messageId),
    await person.row(id),
    await person.list(),
    await person.rest.call("listPins", { params: { id } }),
    await person.rest.call("listThreads", { params: { id } }),
    await person.rest.call("listReactions", { params }),
    await person.rest.call("listMessages", { params: { id }, query: { thread_root: messageId } }),
    await person.rest.ok("sync", { query: { since: 0 } }),
  ]);
};

describe.each(TRANSPORTS)("deleting over %s", (via) => {
  test("[DEL-1] the message keeps its place, with deleted_at and no content, here and in the log", async () => {
    const { ann, bob, id } = await target.pair();
    const [by, session] = [await Writer.of(via, ann), await bob.connect()];
    const before = await ann.send(id, "before");
    const old = await ann.send(id, "gone");
    const after = await bob.send(id, "after");
    const sent = await by.does(deleting(id, old.message_id));
    const due = {
      seq: after.seq + 1,
      message_id: sent.message_id,
      kind: "delete",
      sender_id: ann.userId,
      client_message_id: sent.client_message_id,
      timestamp: sent.timestamp,
      target: old.message_id,
    };
    expect(await session.entry(id, sent.seq)).toMatchObject(due);
    const log = await bob.log(id);
    expect(log.at(-1)).toMatchObject(due);
    expect(log[old.seq - 1]).toMatchObject({ kind: "message", seq: old.seq, message_id: old.message_id, content: "" });
    const history = await bob.history(id);
    expect(history.map((message) => message.seq)).toEqual([after.seq, old.seq, before.seq]);
    expect(history.map((message) => message.content)).toEqual(["after", "", "before"]);
    expect(history[1]).toMatchObject({ deleted_at: sent.timestamp, sender_id: ann.userId, timestamp: old.timestamp });
    expect(await bob.message(id, old.message_id)).toEqual(history[1]);
  });

  test("[DEL-1] the words are nowhere any more: not in edits of it, not in rows, pins, threads or sync", async () => {
    const { ann, bob, id } = await target.trio();
    const by = await Writer.of(via, ann);
    const secret = unique("words");
    const preview = { url: `https://example.com/${secret}`, title: secret };
    const { message_id } = await ann.does(sending(id, `${secret} 1`, { preview }));
    await ann.does(editing(id, message_id, `${secret} 2`));
    await ann.does(editing(id, message_id, `${secret} 3`));
    await bob.does(reacting(id, message_id, "🦄"));
    await ann.does(pinning(id, message_id));
    await bob.does(sending(id, "a reply", { thread_root: message_id, reply_to: message_id }));
    expect(await everything(bob, id, message_id)).toContain(secret);
    const { seq } = await by.does(deleting(id, message_id));
    await settledRow(bob, id, seq);
    for (const person of [ann, bob]) expect(await everything(person, id, message_id)).not.toContain(secret);
    const message = await bob.message(id, message_id);
    expect(message.reactions ?? []).toEqual([]);
    expect(message.preview).toBeUndefined();
    const edits = (await bob.log(id)).filter((entry) => entry.kind === "edit");
    expect(edits.map((entry) => entry.content)).toEqual(["", ""]);
    expect((await bob.rest.ok("listPins", { params: { id } })).messages).toEqual([]);
    expect((await bob.rest.ok("listReactions", { params: { id, message_id } })).reactions).toEqual([]);
  });

  test("[EDIT-1] what is deleted is not deleted, edited, pinned or reacted to again", async () => {
    const { ann, bob, id } = await target.trio();
    const by = await Writer.of(via, ann);
    const { message_id } = await ann.send(id, "gone");
    await ann.does(reacting(id, message_id));
    const { seq } = await by.does(deleting(id, message_id));
    const frames = [
      deleting(id, message_id),
      editing(id, message_id, "back"),
      reacting(id, message_id),
      unreacting(id, message_id),
    ];
    const codes: Record<string, string> = {};
    for (const write of frames) codes[write.route] = await by.tries(write);
    codes["pinMessage"] = await ann.tries(pinning(id, message_id));
    expect(codes).toEqual({
      deleteMessage: "conflict",
      editMessage: "conflict",
      addReaction: "conflict",
      removeReaction: expect.stringMatching(/^(conflict|not_found)$/) as string,
      pinMessage: "conflict",
    });
    expect((await bob.log(id)).length).toBe(seq);
  });

  test("[ROLE-2] owner and admins delete anyone's, a member his own", async () => {
    const { ann, bob, carl, id } = await target.trio();
    await ann.does(naming(id, bob, "admin"));
    const [byAnn, byBob, byCarl] = await Promise.all([ann, bob, carl].map((person) => Writer.of(via, person)));
    const texts = await Promise.all([ann, ann, carl, carl, carl].map((person) => person.send(id, "x")));
    const [one, two, three, four, five] = texts.map((sent) => sent.message_id);
    if (!byAnn || !byBob || !byCarl || !one || !two || !three || !four || !five) throw new Error("all are needed");
    expect(await byCarl.tries(deleting(id, one))).toBe("forbidden");
    expect((await carl.message(id, one)).content).toBe("x");
    await byBob.does(deleting(id, two));
    await byBob.does(deleting(id, three));
    await byAnn.does(deleting(id, four));
    await byCarl.does(deleting(id, five));
    const deletes = (await ann.log(id)).filter((entry) => entry.kind === "delete");
    expect(deletes.map((entry) => entry.sender_id)).toEqual([bob, bob, ann, carl].map((person) => person.userId));
  });

  test("[ROLE-2] in a direct conversation each deletes his own only", async () => {
    const { ann, bob, id } = await target.pair();
    const { message_id } = await ann.send(id, "mine");
    expect(await (await Writer.of(via, bob)).tries(deleting(id, message_id))).toBe("forbidden");
    await (await Writer.of(via, ann)).does(deleting(id, message_id));
  });

  test("[ACC-1] what is not a message of this conversation is not_found", async () => {
    const { ann, bob, id } = await target.pair();
    const by = await Writer.of(via, ann);
    const elsewhere = await ann.send((await ann.group([bob])).conversation_id, "elsewhere");
    const { message_id } = await ann.send(id, "here");
    const [first] = await ann.log(id);
    const head = (await ann.log(id)).length;
    for (const one of [elsewhere.message_id, first?.message_id ?? "", `${message_id.slice(0, -4)}0000`])
      expect(await by.tries(deleting(id, one))).toBe("not_found");
    expect((await ann.log(id)).length).toBe(head);
  });
});

describe("what follows from a deletion", () => {
  test("[MSG-6] the newest message is shown as deleted in row, list and sync", async () => {
    const { ann, bob, id } = await target.pair();
    await ann.send(id, "older");
    const { message_id } = await ann.send(id, "newest");
    const { seq, timestamp } = await ann.does(deleting(id, message_id));
    await settledRow(bob, id, seq);
    const sync = await bob.rest.ok("sync", { query: { since: 0 } });
    for (const row of [await bob.row(id), (await bob.list())[0], sync.conversations[0]])
      expect(row?.last_message).toMatchObject({ message_id, content: "", deleted_at: timestamp });
  });

  test("[SEND-3] a deleted message is not replied to, nor is a thread hung on it", async () => {
    const { ann, bob, id } = await target.pair();
    const { message_id } = await ann.send(id, "gone");
    const { seq } = await ann.does(deleting(id, message_id));
    expect(await bob.tries(sending(id, "re", { reply_to: message_id }))).toBe("bad_request");
    expect(await bob.tries(sending(id, "re", { thread_root: message_id }))).toBe("bad_request");
    expect((await bob.log(id)).length).toBe(seq);
  });

  test("[PIN-2] the pin of a deleted message is gone, and its place is free", async () => {
    const { ann, id } = await target.trio();
    const { message_id } = await ann.send(id, "gone");
    await ann.does(pinning(id, message_id));
    await ann.does(deleting(id, message_id));
    expect((await ann.rest.ok("listPins", { params: { id } })).messages).toEqual([]);
    expect(["not_found", "conflict"]).toContain(await ann.tries(unpinning(id, message_id)));
  });

  test("[EDIT-1] a deletion repeated by somebody else is a conflict, not a second entry", async () => {
    const { ann, bob, id } = await target.trio();
    const { message_id } = await bob.send(id, "gone");
    const { seq } = await bob.does(deleting(id, message_id));
    expect(await ann.tries(deleting(id, message_id))).toBe("conflict");
    expect((await ann.log(id)).length).toBe(seq);
  });

  test("[IDEM-1] a send that is repeated after its message was deleted stays the old one, and deleted", async () => {
    const { ann, id } = await target.pair();
    const write = sending(id, "once");
    const sent = await ann.does(write);
    const { seq } = await ann.does(deleting(id, sent.message_id));
    expect(await ann.does(write)).toMatchObject({ seq: sent.seq, message_id: sent.message_id, duplicate: true });
    expect((await ann.log(id)).length).toBe(seq);
    expect((await ann.message(id, sent.message_id)).content).toBe("");
  });
});
