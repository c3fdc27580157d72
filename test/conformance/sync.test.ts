import { describe, expect, test } from "vitest";
import type { SyncAnswer } from "../../src/shared/protocol/conversation.ts";
import { assertExact, settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { uuid7 } from "../support/random.ts";
import { useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";

const target = useServer({ env: { SEND_RATE: "5000", SEND_BURST: "5000" } });

const syncOf = async (person: Person, since = 0): Promise<SyncAnswer> =>
  await person.rest.ok("sync", { query: { since } });
const seqs = (answer: SyncAnswer, id: string): number[] => (answer.entries[id] ?? []).map((entry) => entry.seq);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_x, i) => from + i);

/** The sync that has `id` at `head`: rows follow their log within a moment. */
const settledSync = async (person: Person, id: string, head: number, since = 0): Promise<SyncAnswer> =>
  await until(`sync of ${person.userId} to reach ${head}`, async () => {
    const answer = await syncOf(person, since);
    return answer.conversations.some((row) => row.conversation_id === id && row.head_seq >= head) ? answer : undefined;
  });

describe("what a device missed", () => {
  test("[SYNC-3] somebody new has an empty list", async () => {
    const ann = await target.person("ann");
    const answer = await syncOf(ann);
    expect(answer).toMatchObject({ conversations: [], entries: {}, truncated: [], more: false });
    const session = await ann.connect();
    expect(await session.ask("sync", { type: "sync", since: 0 })).toMatchObject({ conversations: [], more: false });
  });

  test("[WS-2] with since the sync answer follows welcome at once", async () => {
    const { ann, bob, id } = await target.pair();
    const { seq } = await ann.send(id, "hi");
    await settledSync(bob, id, seq);
    const session = await bob.connect({ since: 0 });
    const answer = await session.waitFor("sync");
    expect(session.frames.slice(0, 2).map((event) => event.type)).toEqual(["welcome", "sync"]);
    expect(seqs(answer, id).at(-1)).toBe(seq);
    expect(answer.rev).toBe((await session.waitFor("welcome")).rev);
  });

  test("[SYNC-8] connect without since pushes live entries only", async () => {
    const { ann, bob, id } = await target.pair();
    const missed = await ann.send(id, "missed");
    await settledRow(bob, id, missed.seq);
    const session = await bob.connect();
    const live = await ann.send(id, "live");
    await session.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === live.seq));
    expect(session.all("sync")).toEqual([]);
    expect(session.all("entries").flatMap(({ entries }) => entries.map((entry) => entry.seq))).toEqual([live.seq]);
  });

  test("[SYNC-4] only rows that changed after since, with the entries not yet acknowledged", async () => {
    const { ann, bob, id } = await target.pair();
    const quiet = (await ann.group([bob], "quiet")).conversation_id;
    const first = await ann.send(id, "1");
    await ann.send(quiet, "nothing more");
    await settledRow(bob, quiet, 2);
    const base = await settledSync(bob, id, first.seq);
    expect(base.conversations.map((row) => row.conversation_id).sort()).toEqual([id, quiet].sort());
    await bob.delivered(id, first.seq);
    const second = await ann.send(id, "2");
    const later = await settledSync(bob, id, second.seq, base.rev);
    expect(later.conversations.map((row) => row.conversation_id)).toEqual([id]);
    expect(seqs(later, id)).toEqual([second.seq]);
    expect(later.rev).toBeGreaterThan(base.rev);
  });

  test("[SYNC-4] nothing happened: no row, and the rev stays where it is", async () => {
    const { ann, bob, id } = await target.pair();
    const { seq } = await ann.send(id, "hi");
    const { rev } = await settledSync(bob, id, seq);
    const again = await syncOf(bob, rev);
    expect(again).toMatchObject({ conversations: [], entries: {}, truncated: [], more: false });
    expect(again.rev).toBeGreaterThanOrEqual(rev);
  });

  test("[SYNC-7] the same sync twice is the same answer, over HTTP and over the socket", async () => {
    const { ann, bob, id } = await target.pair();
    for (let i = 0; i < 3; i++) await ann.send(id, `${i}`);
    const first = await settledSync(bob, id, (await ann.row(id)).head_seq);
    expect(await syncOf(bob)).toEqual(first);
    const session = await bob.connect();
    const { type: _type, ref: _ref, ...framed } = await session.ask("sync", { type: "sync", since: 0 });
    expect(framed).toEqual(first);
  });

  test("[SYNC-4] each device has its own watermark", async () => {
    const { ann, bob, id } = await target.pair();
    const tablet = await target.person("bob", { userId: bob.userId });
    const sent = [await ann.send(id, "1"), await ann.send(id, "2"), await ann.send(id, "3")];
    const [, two, three] = sent.map((one) => one.seq);
    if (two === undefined || three === undefined) throw new Error("three were sent");
    await settledSync(bob, id, three);
    await bob.delivered(id, two);
    await tablet.delivered(id, three);
    expect(seqs(await syncOf(bob), id)).toEqual([three]);
    expect(seqs(await syncOf(tablet), id)).toEqual([]);
    const session = await bob.connect();
    session.tell({ type: "delivered", conversation_id: id, up_to: three });
    expect(seqs(await session.ask("sync", { type: "sync", since: 0 }), id)).toEqual([]);
    const fresh = await target.person("bob", { userId: bob.userId });
    expect(seqs(await syncOf(fresh), id).at(-1)).toBe(three);
  });

  test("[SYNC-5] a new device gets the newest 50", async () => {
    const { ann, bob, id } = await target.pair();
    for (let i = 0; i < 60; i++) await ann.send(id, `${i}`);
    const head = (await ann.row(id)).head_seq;
    const answer = await settledSync(bob, id, head);
    expect(seqs(answer, id)).toEqual(range(head - 49, head));
  });

  test(
    "[LIM-5] 200 missed entries come, of more the newest 200, and truncated says so",
    { timeout: 60_000 },
    async () => {
      const { ann, bob, id } = await target.pair();
      const session = await ann.connect();
      const known = await ann.send(id, "known");
      await bob.delivered(id, known.seq);
      const burst = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i++) {
          const frame = { type: "send", conversation_id: id, client_message_id: uuid7(), content: `${i}` } as const;
          const answer = await session.request(frame);
          if (answer.type === "error") await ann.send(id, frame.content, frame.client_message_id);
        }
      };
      await burst(200);
      const exactly = await settledSync(bob, id, known.seq + 200);
      expect(exactly.truncated).toEqual([]);
      expect(seqs(exactly, id)).toEqual(range(known.seq + 1, known.seq + 200));
      await burst(1);
      const beyond = await settledSync(bob, id, known.seq + 201);
      expect(beyond.truncated).toEqual([id]);
      expect(seqs(beyond, id)).toEqual(range(known.seq + 2, known.seq + 201));
      expect(beyond.conversations[0]?.unread_count).toBe(202);
    },
  );

  test("[SYNC-10] a since from the future, or of another life, is no error", async () => {
    const { ann, bob, id } = await target.pair();
    const { seq } = await ann.send(id, "hi");
    await settledSync(bob, id, seq);
    const answer = await syncOf(bob, 2 ** 45);
    expect(answer.more).toBe(false);
  });
});

describe("many conversations", () => {
  test("[LIM-6] 250 conversations come in pages, each once, newest activity first", { timeout: 90_000 }, async () => {
    const ann = await target.person("ann");
    const friends = await target.people(...Array.from({ length: 10 }, (_x, i) => `friend${i}`));
    const ids = new Set<string>();
    await Promise.all(
      friends.map(async (friend) => {
        for (let i = 0; i < 25; i++) {
          const body = { type: "group", name: `g${i}`, member_ids: [ann.userId], client_message_id: uuid7() };
          ids.add((await friend.patient("createConversation", { body })).conversation_id);
        }
      }),
    );
    expect(ids.size).toBe(250);
    await until("all rows", async () => (await ann.list()).length === 250, 20_000, 500);
    const busiest = [...ids][100] ?? "";
    await friends.reduce<Promise<unknown>>(async (before, friend) => {
      await before;
      await friend.send(busiest, "on top").catch(() => undefined);
    }, Promise.resolve());
    await until("the busiest on top", async () => (await ann.list(10))[0]?.conversation_id === busiest);

    const first = await syncOf(ann);
    expect(first.conversations.length).toBe(200);
    expect(first.more).toBe(true);
    const second = await syncOf(ann, first.rev);
    expect(second.more).toBe(false);
    const seen = [...first.conversations, ...second.conversations].map((row) => row.conversation_id);
    expect(new Set(seen)).toEqual(ids);
    expect(seen.length).toBe(250);

    const listed = (await ann.list(40)).map((row) => row.conversation_id);
    expect(new Set(listed)).toEqual(ids);
    expect(listed.length).toBe(250);
    expect(listed[0]).toBe(busiest);

    const session = await ann.connect({ since: 0 });
    const page = await session.waitFor("sync");
    expect(page).toMatchObject({ more: true, rev: first.rev });
    const rest = await session.ask("sync", { type: "sync", since: page.rev });
    expect(rest.conversations.length + page.conversations.length).toBe(250);
  });

  test("[CONV-2] the list is newest activity first, and its cursor leads through it once", async () => {
    const ann = await target.person("ann");
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.push((await ann.group([], `g${i}`)).conversation_id);
    const [third = ""] = ids.slice(2);
    await ann.send(third, "up");
    const expected = [third, ...ids.toReversed().filter((id) => id !== third)];
    const order = async (limit: number): Promise<string[]> => (await ann.list(limit)).map((row) => row.conversation_id);
    await until("the order", async () => (await order(200))[0] === third);
    expect(await order(200)).toEqual(expected);
    expect(await order(3)).toEqual(expected);
    expect(await order(1)).toEqual(expected);
  });

  test("[CONV-5] every row of list and sync is exact at the head that it shows", async () => {
    const { ann, bob, id } = await target.pair();
    const group = (await ann.group([bob])).conversation_id;
    const sends = Array.from({ length: 20 }, (_x, i) => ann.send(i % 2 === 0 ? id : group, `${i}`));
    for (let i = 0; i < 5; i++) {
      const rows = [...(await bob.list()), ...(await syncOf(bob)).conversations];
      for (const row of rows) assertExact(bob.userId, row, await bob.log(row.conversation_id));
    }
    await Promise.all(sends);
    await settledRow(bob, id, (await ann.row(id)).head_seq);
    await settledRow(bob, group, (await ann.row(group)).head_seq);
  });

  test("[SYNC-1] snapshot and later frames give what a fresh snapshot gives", async () => {
    const { ann, bob, id } = await target.pair();
    const session = await bob.connect({ since: 0 });
    const snapshot = await session.waitFor("sync");
    const held = new Map((snapshot.entries[id] ?? []).map((entry) => [entry.seq, entry]));
    for (let i = 0; i < 10; i++) await ann.send(id, `${i}`);
    const head = (await ann.row(id)).head_seq;
    await session.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === head));
    for (const event of session.all("entries")) for (const entry of event.entries) held.set(entry.seq, entry);
    const fresh = await settledSync(bob, id, head);
    expect(fresh.entries[id]).toEqual([...held.values()].sort((x, y) => x.seq - y.seq));
    const revs = session.all("entries").map((event) => event.rev ?? 0);
    expect(revs).toEqual([...revs].sort((x, y) => x - y));
  });
});
