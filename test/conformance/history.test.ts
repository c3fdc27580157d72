import { beforeAll, describe, expect, test } from "vitest";
import type { Person } from "../support/person.ts";
import { uuid7 } from "../support/random.ts";
import { useServer } from "../support/target.ts";

const target = useServer({ env: { SEND_RATE: "5000", SEND_BURST: "5000" } });
const COUNT = 230;

describe("a conversation of several pages", { timeout: 60_000 }, () => {
  let ann: Person;
  let bob: Person;
  let id: string;
  let first: number;
  let head: number;

  beforeAll(async () => {
    ({ ann, bob, id } = await target.pair());
    const session = await ann.connect();
    first = ((await ann.row(id)).head_seq ?? 0) + 1;
    // In parcels that a deployment with the usual limits also takes.
    for (let i = 0; i < COUNT; i++) {
      const frame = { type: "send", conversation_id: id, client_message_id: uuid7(), content: `m${i}` } as const;
      const answer = await session.request(frame);
      if (answer.type === "error") await ann.send(id, `m${i}`, frame.client_message_id);
    }
    head = (await ann.row(id)).head_seq;
    expect(head).toBe(first + COUNT - 1);
  }, 60_000);

  test("[SEQ-1] the log counts 1, 2, 3, … to the head, whatever the size of the page", async () => {
    const whole = await bob.log(id);
    expect(whole.map((entry) => entry.seq)).toEqual(Array.from({ length: head }, (_x, i) => i + 1));
    expect(await bob.log(id, 0, 7)).toEqual(whole);
    expect(await ann.log(id, 0, 200)).toEqual(whole);
  });

  test("[LIM-4] a page of the log is 50 by default and 200 at most", async () => {
    const page = async (limit?: number): Promise<number> =>
      (await bob.rest.ok("readLog", { params: { id }, query: { limit } })).entries.length;
    expect(await page()).toBe(50);
    expect(await page(1)).toBe(1);
    expect(await page(200)).toBe(200);
    expect(await page(201)).toBe(200);
    expect(await page(100_000)).toBe(200);
  });

  test("[LIM-4] a page of messages is 50 by default and 200 at most", async () => {
    expect((await bob.messages(id)).length).toBe(50);
    expect((await bob.messages(id, { limit: 3 })).length).toBe(3);
    expect((await bob.messages(id, { limit: 99_999 })).length).toBe(200);
  });

  test("[LIM-4] a page over the socket is clamped too", async () => {
    const session = await bob.connect();
    const ask = async (limit?: number): Promise<number> =>
      (await session.ask("entries", { type: "log", conversation_id: id, after: 0, ...(limit ? { limit } : {}) }))
        .entries.length;
    expect(await ask()).toBe(50);
    expect(await ask(10)).toBe(10);
    expect(await ask(5000)).toBe(200);
  });

  test("[LIST-2] after is exclusive in the log; at and beyond the head there is nothing", async () => {
    const after = async (seq: number) =>
      await bob.rest.ok("readLog", { params: { id }, query: { after: seq, limit: 2 } });
    expect((await after(10)).entries.map((entry) => entry.seq)).toEqual([11, 12]);
    expect((await after(head - 1)).entries.map((entry) => entry.seq)).toEqual([head]);
    for (const seq of [head, head + 1, head + 1_000_000, 2 ** 40]) {
      expect(await after(seq)).toMatchObject({ entries: [], head_seq: head });
    }
  });

  test("[MSG-1] messages come newest first, from before exclusively", async () => {
    const newest = await bob.messages(id, { limit: 5 });
    expect(newest.map((message) => message.seq)).toEqual([head, head - 1, head - 2, head - 3, head - 4]);
    const older = await bob.messages(id, { before: head - 4, limit: 2 });
    expect(older.map((message) => message.seq)).toEqual([head - 5, head - 6]);
    expect((await bob.messages(id, { before: head + 1000, limit: 1 })).map((message) => message.seq)).toEqual([head]);
    expect(await bob.messages(id, { before: first })).toEqual([]);
    expect(await bob.messages(id, { before: 1 })).toEqual([]);
  });

  test("[MSG-1] with after they come oldest first", async () => {
    const page = await bob.messages(id, { after: first + 9, limit: 3 });
    expect(page.map((message) => message.seq)).toEqual([first + 10, first + 11, first + 12]);
    expect(await bob.messages(id, { after: head })).toEqual([]);
  });

  test("[LIST-1] a cursor leads through the whole history once, in both directions", async () => {
    for (const start of [{}, { after: 0 }]) {
      const seen: number[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const query = cursor === undefined ? { ...start, limit: 60 } : { cursor, limit: 60 };
        const page = await bob.rest.ok("listMessages", { params: { id }, query });
        seen.push(...page.messages.map((message) => message.seq));
        cursor = page.next_cursor;
        expect(++pages).toBeLessThan(10);
      } while (cursor !== undefined);
      const forth = Array.from({ length: COUNT }, (_x, i) => first + i);
      expect(seen).toEqual("after" in start ? forth : forth.toReversed());
    }
  });

  test("[LIST-1] a cursor does not move when messages come in meanwhile", async () => {
    const [carl, dora] = await Promise.all([target.person("carl"), target.person("dora")]);
    const other = (await carl.direct(dora)).conversation_id;
    for (let i = 0; i < 10; i++) await carl.send(other, `${i}`);
    const page = await dora.rest.ok("listMessages", { params: { id: other }, query: { limit: 4 } });
    await carl.send(other, "later");
    const next = await dora.rest.ok("listMessages", {
      params: { id: other },
      query: { limit: 4, cursor: page.next_cursor },
    });
    expect(next.messages.map((message) => message.seq)).toEqual(page.messages.map((message) => message.seq - 4));
  });

  test("[LIST-1] a cursor of another list is refused or harmless, never another's data", async () => {
    const { next_cursor: cursor } = await bob.rest.ok("listMessages", { params: { id }, query: { limit: 5 } });
    const mallory = await target.person("mallory");
    const { conversation_id: own } = await mallory.direct(await target.person("x"));
    const answer = await mallory.rest.call("listMessages", { params: { id: own }, query: { cursor } });
    expect(JSON.stringify(answer.body?.messages ?? [])).toBe("[]");
    expect(await mallory.rest.refused("listMessages", { params: { id }, query: { cursor } })).toMatchObject({
      code: "not_found",
    });
    const list = await mallory.rest.call("listConversations", { query: { cursor } });
    expect([200, 400]).toContain(list.status);
  });

  test("[DLV-2] log over HTTP, log over the socket and what was pushed are the same entries", async () => {
    const [carl, dora] = await Promise.all([target.person("carl"), target.person("dora")]);
    const other = (await carl.direct(dora)).conversation_id;
    const session = await dora.connect();
    for (let i = 0; i < 10; i++) await carl.send(other, `${i}`);
    const log = await dora.log(other);
    const head2 = log.length;
    await session.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === head2));
    const pushed = session.all("entries").flatMap((event) => event.entries);
    const asked = await session.ask("entries", { type: "log", conversation_id: other, after: 0, limit: 200 });
    expect(asked.entries).toEqual(log);
    for (const entry of pushed) expect(entry).toEqual(log[entry.seq - 1]);
  });
});
