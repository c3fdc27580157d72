import { describe, expect, test } from "vitest";
import type { Message } from "../../src/shared/protocol/message.ts";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { uuid7 } from "../support/random.ts";
import type { AnswerOf } from "../support/rest.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { changing, deleting, scheduling, sending } from "../support/write.ts";

const target = useServer(FAST);

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
type Scheduled = AnswerOf<"listScheduled">["scheduled"];

const waiting = async (person: Person, id: string): Promise<Scheduled> =>
  (await person.rest.ok("listScheduled", { params: { id } })).scheduled;

const arrival = async (person: Person, id: string, cid: string): Promise<Message> =>
  await until(
    `the message ${cid}`,
    async () => (await person.messages(id)).find((message) => message.client_message_id === cid),
    20_000,
    100,
  );

describe("scheduling", () => {
  test("[SCHED-1] what waits is the author's own to see, and takes no place in the log", async () => {
    const { ann, bob, id } = await target.trio();
    const { seq, message_id } = await bob.send(id, "question");
    const cid = uuid7();
    const at = Date.now() + HOUR_MS;
    const write = scheduling(id, "answer", at, { cid, reply_to: message_id, mentions: [bob.userId] });
    const { status, body } = await ann.rest.call("scheduleMessage", write.input);
    expect(status).toBe(201);
    const due = {
      client_message_id: cid,
      conversation_id: id,
      content: "answer",
      type: "text",
      send_at: new Date(at).toISOString(),
      status: "scheduled",
      reply_to: message_id,
      mentions: [bob.userId],
    };
    expect(body).toMatchObject(due);
    expect(await waiting(ann, id)).toMatchObject([due]);
    expect(await waiting(bob, id)).toEqual([]);
    expect((await ann.log(id)).length).toBe(seq);
  });

  test("[SCHED-1] a repeat answers 200 and replaces what waits", async () => {
    const { ann, id } = await target.trio();
    const cid = uuid7();
    await ann.does(scheduling(id, "one", Date.now() + HOUR_MS, { cid }));
    const later = Date.now() + 2 * HOUR_MS;
    const { status, body } = await ann.rest.call("scheduleMessage", scheduling(id, "two", later, { cid }).input);
    expect(status).toBe(200);
    expect(body).toMatchObject({ content: "two", send_at: new Date(later).toISOString() });
    expect((await waiting(ann, id)).map((one) => one.content)).toEqual(["two"]);
  });

  test("[SCHED-1] the next one comes first, page by page", async () => {
    const { ann, id } = await target.trio();
    const hours = [5, 1, 4, 2, 3];
    for (const hour of hours) await ann.does(scheduling(id, `${hour}`, Date.now() + hour * HOUR_MS));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ann.rest.ok("listScheduled", { params: { id }, query: { limit: 2, cursor } });
      expect(page.scheduled.length).toBeLessThanOrEqual(2);
      seen.push(...page.scheduled.map((one) => one.content));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(["1", "2", "3", "4", "5"]);
  });

  test("[SCHED-1] one that was taken back is not sent, and is not there to take back again", async () => {
    const { ann, bob, id } = await target.trio();
    const [cid, other] = [uuid7(), uuid7()];
    const at = Date.now() + 1000;
    await ann.does(scheduling(id, "taken back", at, { cid }));
    await ann.does(scheduling(id, "sent", at + 400, { cid: other }));
    const params = { id, client_message_id: cid };
    expect(await bob.rest.refused("cancelScheduled", { params })).toMatchObject({ code: "not_found" });
    expect((await ann.rest.call("cancelScheduled", { params })).status).toBe(204);
    expect(await ann.rest.refused("cancelScheduled", { params })).toMatchObject({ code: "not_found" });
    await arrival(bob, id, other);
    expect((await bob.history(id)).map((message) => message.content)).toEqual(["sent"]);
  });

  test("[LIM-12] a hundred may wait, not a hundred and one; each has his own hundred", async () => {
    const { ann, bob, id } = await target.trio();
    const cids = Array.from({ length: 101 }, () => uuid7());
    for (const cid of cids.slice(0, 100)) await ann.does(scheduling(id, "x", Date.now() + HOUR_MS, { cid }));
    expect(await ann.tries(scheduling(id, "x", Date.now() + HOUR_MS, { cid: cids[100] }))).toBe("limit_exceeded");
    await ann.does(scheduling(id, "replaced", Date.now() + HOUR_MS, { cid: cids[3] }));
    await bob.does(scheduling(id, "x", Date.now() + HOUR_MS));
    await ann.rest.ok("cancelScheduled", { params: { id, client_message_id: cids[5] ?? "" } });
    await ann.does(scheduling(id, "x", Date.now() + HOUR_MS, { cid: cids[100] }));
  });

  test("[LIM-12] a year ahead, not more", async () => {
    const { ann, id } = await target.trio();
    await ann.does(scheduling(id, "x", Date.now() + 364 * DAY_MS));
    expect(await ann.tries(scheduling(id, "x", Date.now() + 368 * DAY_MS))).toBe("limit_exceeded");
    expect((await waiting(ann, id)).length).toBe(1);
  });

  test.each([
    { send_at: undefined },
    { send_at: "tomorrow" },
    { send_at: 7 },
    { client_message_id: undefined },
    { client_message_id: "x" },
    { content: undefined },
    { type: "system" },
  ])("[ERR-1] %j is bad_request", async (fields) => {
    const { ann, id } = await target.trio();
    const write = scheduling(id, "x", Date.now() + HOUR_MS);
    const body = { ...(write.input.body as object), ...fields };
    expect(await ann.rest.refused("scheduleMessage", { params: { id }, body })).toMatchObject({ code: "bad_request" });
    expect(await waiting(ann, id)).toEqual([]);
  });

  test("[LIM-2] content of more than 16 KiB is too_large", async () => {
    const { ann, id } = await target.trio();
    expect(await ann.tries(scheduling(id, "x".repeat(16 * 1024 + 1), Date.now() + HOUR_MS))).toBe("too_large");
  });
});

describe("at its time", { timeout: 40_000 }, () => {
  test("[SCHED-2] it is sent as any other: entry, push, unread, and it waits no more", async () => {
    const { ann, bob, id } = await target.trio();
    const session = await bob.connect();
    const root = await bob.send(id, "root");
    const cid = uuid7();
    const at = Date.now() + 1500;
    const more = { mentions: [bob.userId], thread_root: root.message_id };
    await ann.does(scheduling(id, "on time", at, { cid, ...more }));
    const message = await arrival(bob, id, cid);
    expect(message).toMatchObject({ sender_id: ann.userId, content: "on time", seq: root.seq + 1, ...more });
    expect(Date.parse(message.timestamp)).toBeGreaterThanOrEqual(at);
    expect(Date.parse(message.timestamp)).toBeLessThan(at + 5000);
    expect(await session.entry(id, message.seq)).toMatchObject({
      kind: "message",
      client_message_id: cid,
      message_id: message.message_id,
      ...more,
    });
    expect(await settledRow(bob, id, message.seq)).toMatchObject({ unread_count: 1, mention_count: 1 });
    expect(await waiting(ann, id)).toEqual([]);
    const params = { id, client_message_id: cid };
    expect(await ann.rest.refused("cancelScheduled", { params })).toMatchObject({ code: "not_found" });
    // The id is that of the message now.
    expect(await ann.send(id, "again", cid)).toMatchObject({ seq: message.seq, duplicate: true });
  });

  test("[SCHED-2] several are sent in the order of their times", async () => {
    const { ann, bob, id } = await target.trio();
    const now = Date.now();
    for (const late of [1800, 1200, 1500, 900])
      await (late === 1500 ? bob : ann).does(scheduling(id, `${late}`, now + late));
    await until("all of them", async () => (await ann.messages(id)).length === 4, 20_000, 100);
    expect((await ann.messages(id)).map((message) => message.content)).toEqual(["1800", "1500", "1200", "900"]);
  });

  test("[SCHED-2] if it may not be sent then, it stays in the list, refused, with the code", async () => {
    const { ann, bob, id } = await target.trio();
    const { message_id } = await ann.send(id, "root");
    const [one, two] = [uuid7(), uuid7()];
    const at = Date.now() + 1500;
    await bob.does(scheduling(id, "not permitted", at, { cid: one }));
    await ann.does(scheduling(id, "to nobody", at, { cid: two, reply_to: message_id }));
    await ann.does(changing(id, { settings: { write: "admins" } }));
    const { seq } = await ann.does(deleting(id, message_id));
    const refused = async (person: Person, cid: string): Promise<unknown> =>
      await until(
        "the refusal",
        async () =>
          (await waiting(person, id)).find((item) => item.client_message_id === cid && item.status === "refused"),
        20_000,
        100,
      );
    expect(await refused(bob, one)).toMatchObject({ content: "not permitted", reason: "forbidden" });
    expect(await refused(ann, two)).toMatchObject({ content: "to nobody", reason: "bad_request" });
    expect((await ann.log(id)).length).toBe(seq);
    await bob.rest.ok("cancelScheduled", { params: { id, client_message_id: one } });
    expect(await waiting(bob, id)).toEqual([]);
  });

  test("[IDEM-1] one whose id was sent in the meantime makes no second message", async () => {
    const { ann, bob, id } = await target.trio();
    const [cid, marker] = [uuid7(), uuid7()];
    const at = Date.now() + 1200;
    await ann.does(scheduling(id, "scheduled", at, { cid }));
    const early = await ann.does(sending(id, "sent by hand", { cid }));
    await ann.does(scheduling(id, "marker", at + 300, { cid: marker }));
    const last = await arrival(bob, id, marker);
    expect(last.seq).toBe(early.seq + 1);
    expect((await bob.history(id)).map((message) => message.content)).toEqual(["marker", "sent by hand"]);
    await until("nothing to wait", async () => (await waiting(ann, id)).length === 0);
  });

  test("[EXP-1] expires_in counts from the time of sending", async () => {
    const { ann, bob, id } = await target.trio();
    const cid = uuid7();
    await ann.does(scheduling(id, "short", Date.now() + 1000, { cid, expires_in: 600 }));
    const message = await arrival(bob, id, cid);
    expect(Date.parse(message.expires_at ?? "") - Date.parse(message.timestamp)).toBe(600_000);
  });
});
