import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import { uuid7 } from "../support/random.ts";
import { pinned } from "../support/standing.ts";
import { FAST, useServer } from "../support/target.ts";
import { changing, deleting, editing, pinning, unpinning } from "../support/write.ts";

const target = useServer(FAST);

describe("pins", () => {
  test("[PIN-1] [PIN-2] a pin is a settings entry, and the message is in the list of pins as it stands", async () => {
    const { ann, bob, id } = await target.trio();
    const session = await bob.connect();
    const { message_id } = await bob.send(id, "pin me");
    const { status, body } = await ann.rest.call("pinMessage", pinning(id, message_id).input);
    expect(status).toBe(201);
    const seq = body?.seq ?? 0;
    const due = {
      kind: "settings",
      sender_id: ann.userId,
      client_message_id: body?.client_message_id,
      message_id: body?.message_id,
      changes: { pin: message_id },
    };
    expect(await session.entry(id, seq)).toMatchObject(due);
    expect((await bob.log(id, seq - 1))[0]).toMatchObject(due);
    await bob.does(editing(id, message_id, "pinned and edited"));
    const { messages } = await bob.rest.ok("listPins", { params: { id } });
    expect(messages).toMatchObject([{ message_id, content: "pinned and edited" }]);
    expect(messages[0]).toEqual(await bob.message(id, message_id));
  });

  test("[PIN-1] the newest pin comes first, page by page", async () => {
    const { ann, bob, id } = await target.trio();
    const sent: string[] = [];
    for (let i = 0; i < 5; i++) sent.push((await ann.send(id, `${i}`)).message_id);
    const order = [3, 0, 4, 1];
    for (const i of order) await ann.does(pinning(id, sent[i] ?? ""));
    await ann.does(unpinning(id, sent[0] ?? ""));
    await ann.does(pinning(id, sent[0] ?? ""));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await bob.rest.ok("listPins", { params: { id }, query: { limit: 3, cursor } });
      seen.push(...page.messages.map((message) => message.message_id));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual([0, 1, 4, 3].map((i) => sent[i]));
    expect(seen).toEqual(pinned(await bob.log(id)));
  });

  test("[PIN-2] what is pinned is not pinned again, what is not is not taken away", async () => {
    const { ann, id } = await target.trio();
    const { message_id } = await ann.send(id, "x");
    expect(await ann.tries(unpinning(id, message_id))).toBe("not_found");
    const { seq } = await ann.does(pinning(id, message_id));
    expect(await ann.tries(pinning(id, message_id))).toBe("conflict");
    expect((await ann.log(id)).length).toBe(seq);
    const gone = await ann.does(unpinning(id, message_id));
    expect((await ann.log(id)).at(-1)).toMatchObject({ seq: gone.seq, changes: { unpin: message_id } });
    expect(await ann.tries(unpinning(id, message_id))).toBe("not_found");
    expect((await ann.log(id)).length).toBe(gone.seq);
  });

  test("[IDEM-1] repeats answer as they did, also after the pin was taken away", async () => {
    const { ann, id } = await target.trio();
    const { message_id } = await ann.send(id, "x");
    const [pin, unpin] = [pinning(id, message_id), unpinning(id, message_id)];
    const first = await ann.does(pin);
    expect(await ann.does(pin)).toMatchObject({ seq: first.seq, duplicate: true });
    const second = await ann.does(unpin);
    expect(await ann.does(pin)).toMatchObject({ seq: first.seq, message_id: first.message_id, duplicate: true });
    expect(await ann.does(unpin)).toMatchObject({ seq: second.seq, duplicate: true });
    expect((await ann.rest.ok("listPins", { params: { id } })).messages).toEqual([]);
    expect((await ann.log(id)).length).toBe(second.seq);
  });

  test("[ACC-1] what is not a message of this conversation is not_found, and a deleted one a conflict", async () => {
    const { ann, bob, id } = await target.trio();
    const elsewhere = await ann.send((await ann.group([bob])).conversation_id, "elsewhere");
    const { message_id } = await ann.send(id, "gone");
    const { seq } = await ann.does(deleting(id, message_id));
    const [founding] = await ann.log(id);
    for (const one of [elsewhere.message_id, founding?.message_id ?? "", `${message_id.slice(0, -4)}0000`])
      expect(await ann.tries(pinning(id, one)), one).toBe("not_found");
    expect(await ann.tries(pinning(id, message_id))).toBe("conflict");
    expect((await ann.log(id)).length).toBe(seq);
  });

  test("[PIN-1] in a direct conversation both pin", async () => {
    const { ann, bob, id } = await target.pair();
    const [one, two] = [await ann.send(id, "1"), await ann.send(id, "2")];
    await ann.does(pinning(id, one.message_id));
    const { seq } = await bob.does(pinning(id, two.message_id));
    const { messages } = await ann.rest.ok("listPins", { params: { id } });
    expect(messages.map((message) => message.message_id)).toEqual([two.message_id, one.message_id]);
    expect(await settledRow(bob, id, seq)).toMatchObject({ unread_count: 2 });
  });

  test("[LIM-12] fifty pins, not fifty-one, until one is taken away or deleted", async () => {
    const { ann, id } = await target.trio();
    const sent: string[] = [];
    for (let i = 0; i < 53; i++) sent.push((await ann.send(id, `${i}`)).message_id);
    for (const one of sent.slice(0, 50)) await ann.does(pinning(id, one));
    const head = (await ann.log(id)).length;
    expect(await ann.tries(pinning(id, sent[50] ?? ""))).toBe("limit_exceeded");
    expect((await ann.log(id)).length).toBe(head);
    await ann.does(unpinning(id, sent[7] ?? ""));
    await ann.does(pinning(id, sent[50] ?? ""));
    await ann.does(deleting(id, sent[8] ?? ""));
    await ann.does(pinning(id, sent[51] ?? ""));
    expect(await ann.tries(pinning(id, sent[52] ?? ""))).toBe("limit_exceeded");
    const { messages } = await ann.rest.ok("listPins", { params: { id }, query: { limit: 200 } });
    expect(messages.map((message) => message.message_id)).toEqual(pinned(await ann.log(id)));
    expect(messages.length).toBe(50);
  });

  test("[HTTP-2] client_message_id is asked for, in the query", async () => {
    const { ann, id } = await target.trio();
    const { message_id } = await ann.send(id, "x");
    const params = { id, message_id };
    const input = { params, body: { client_message_id: uuid7() } };
    expect(await ann.rest.refused("pinMessage", input)).toMatchObject({ code: "bad_request" });
    expect(await ann.rest.refused("pinMessage", { params, query: { client_message_id: "x" } })).toMatchObject({
      code: "bad_request",
    });
    await ann.does(changing(id, { settings: { pin: "everyone" } }));
    expect((await ann.rest.ok("listPins", { params: { id } })).messages).toEqual([]);
  });
});
