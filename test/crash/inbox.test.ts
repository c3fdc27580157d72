import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { uuid7 } from "../support/random.ts";
import { isRemote } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { deleting } from "../support/write.ts";
import { Scene } from "./scene.ts";

/** An outbox that a crash interrupted is taken up again at most this late. */
const CATCH_UP_MS = 20_000;

const syncedHead = async (who: Person, id: string, head: number) =>
  await until(
    `the sync of ${who.userId} to show ${head}`,
    async () => {
      const answer = await who.rest.ok("sync", { query: { since: 0 } });
      const row = answer.conversations.find((one) => one.conversation_id === id && one.head_seq >= head);
      return row === undefined ? undefined : { row, entries: answer.entries[id] ?? [] };
    },
    CATCH_UP_MS,
    50,
  );

const title = "what the recipient's object had not yet written when the server was killed";
describe.skipIf(isRemote).concurrent(title, () => {
  test.each([1, 2, 3])("[DLV-1] killed when the recipient got the frame: its row comes back exact (round %i)", () =>
    Scene.play(async (scene) => {
      const { ann, bob, id } = await scene.pair();
      const [a, b] = await Promise.all([ann.connect(), bob.connect()]);
      const { seq: earlier } = await ann.send(id, "earlier");
      await settledRow(bob, id, earlier);
      const sends = [1, 2, 3].map((i) =>
        a.ask("ack", { type: "send", conversation_id: id, client_message_id: uuid7(), content: `last words ${i}` }),
      );
      const last = Math.max(...(await Promise.all(sends)).map((ack) => ack.seq));
      await b.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === last));
      // The frame is out; the row is written behind it, up to half a second later.
      await scene.restart();
      const { row, entries } = await syncedHead(bob, id, last);
      expect(row).toMatchObject({ head_seq: last, unread_count: 4, last_message: { content: "last words 3" } });
      expect(entries.map((entry) => entry.seq).at(-1)).toBe(last);
    }),
  );

  test("[DLV-1] killed right after the acknowledgement, whoever was told: the recipient has it all the same", () =>
    Scene.play(async (scene) => {
      const { ann, bob, id } = await scene.pair();
      const { seq } = await ann.send(id, "did it arrive?");
      await scene.restart();
      const { row } = await syncedHead(bob, id, seq);
      expect(row).toMatchObject({ head_seq: seq, unread_count: 1 });
      expect((await bob.log(id)).at(-1)).toMatchObject({ seq, content: "did it arrive?" });
    }));

  test("[DLV-1] a conversation that was made just before appears with all its members", () =>
    Scene.play(async (scene) => {
      const [ann, bob, carl] = await Promise.all([scene.person("ann"), scene.person("bob"), scene.person("carl")]);
      const { conversation_id: id } = await ann.group([bob, carl]);
      await scene.restart();
      for (const who of [ann, bob, carl]) {
        const { row } = await syncedHead(who, id, 1);
        expect(row).toMatchObject({ type: "group", member_count: 3, unread_count: 0 });
      }
    }));

  test("[DUR-1] a read that was acknowledged over HTTP survives", () =>
    Scene.play(async (scene) => {
      const { ann, bob, id } = await scene.pair();
      const { seq } = await ann.send(id, "read me");
      const later = await ann.send(id, "and not me");
      await settledRow(bob, id, later.seq);
      await bob.read(id, seq);
      await scene.restart();
      const { row } = await syncedHead(bob, id, later.seq);
      expect(row).toMatchObject({ read_up_to: seq, unread_count: 1 });
      expect((await bob.row(id)).read_up_to).toBe(seq);
      const [second, first] = await ann.messages(id, { limit: 2 });
      expect([first?.receipts?.read, second?.receipts?.read]).toEqual([1, 0]);
    }));

  test("[RCPT-6] a delivered given again after the crash is counted, once", () =>
    Scene.play(async (scene) => {
      const { ann, bob, id } = await scene.pair();
      const { seq } = await ann.send(id, "got it");
      await settledRow(bob, id, seq);
      await bob.delivered(id, seq);
      await scene.restart();
      await bob.delivered(id, seq);
      expect((await ann.messages(id, { limit: 1 }))[0]?.receipts).toEqual({ delivered: 1, read: 0, of: 1 });
    }));

  test("[SYNC-2] a device that knows its rev from before the crash misses nothing after it", () =>
    Scene.play(async (scene) => {
      const { ann, bob, id } = await scene.pair();
      const session = await bob.connect({ since: 0 });
      const { rev: snapshot } = await session.waitFor("sync");
      const { seq } = await ann.send(id, "before");
      const event = await session.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === seq));
      const known = Math.max(snapshot, event.rev ?? 0);
      await scene.restart();
      const later = await ann.send(id, "after");
      await until(
        "the rest by rev",
        async () => {
          const answer = await bob.rest.ok("sync", { query: { since: known } });
          return answer.conversations.some((row) => row.conversation_id === id && row.head_seq >= later.seq);
        },
        CATCH_UP_MS,
        100,
      );
    }));

  test("[SYNC-4] a device that was away gets everything once, however often the server was killed meanwhile", () =>
    Scene.play(async (scene) => {
      const { ann, bob, id } = await scene.pair();
      const { seq: known } = await ann.send(id, "known");
      const { row } = await syncedHead(bob, id, known);
      await bob.delivered(id, known);
      let first = "";
      for (let round = 1; round <= 2; round++) {
        const { message_id, seq } = await ann.send(id, `round ${round}`);
        first ||= message_id;
        const session = await ann.connect();
        const last = await session.ask("ack", {
          type: "send",
          conversation_id: id,
          client_message_id: uuid7(),
          content: `last words of round ${round}`,
        });
        expect(last.seq).toBe(seq + 1);
        await scene.restart();
        await syncedHead(bob, id, last.seq);
      }
      const { seq: head } = await ann.does(deleting(id, first));
      await syncedHead(bob, id, head);
      await scene.restart();
      await syncedHead(bob, id, head);
      const session = await bob.connect({ since: row.rev });
      const { entries } = await session.waitFor("sync");
      expect(entries[id]).toEqual(await bob.log(id, known));
      expect(entries[id]).toHaveLength(5);
    }));

  test("[IDEM-1] an id acknowledged before the crash is a repeat after it, of whatever age", () =>
    Scene.play(async (scene) => {
      const { ann, id } = await scene.pair();
      const ids = [uuid7(), uuid7(Date.now() - 30 * 86_400_000), "7f9c24e8-3b12-4fef-91e0-d5c1a2b3c4d5"];
      const before = new Map<string, number>();
      for (const cid of ids) before.set(cid, (await ann.send(id, cid, cid)).seq);
      await scene.restart();
      for (const cid of ids.toReversed()) {
        expect(await ann.send(id, "again", cid)).toMatchObject({ seq: before.get(cid), duplicate: true });
      }
      expect((await ann.send(id, "new")).seq).toBe(Math.max(...before.values()) + 1);
    }));
});
