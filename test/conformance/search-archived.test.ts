import { expect, test } from "vitest";
import type { Person } from "../support/person.ts";
import { uuid7 } from "../support/random.ts";
import { describeOwn, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { deleting, editing } from "../support/write.ts";

const FIRST = 512;
const COUNT = 700;

describeOwn("search, where little of a conversation is at hand", () => {
  const target = useServer({ env: { SEND_RATE: "5000", SEND_BURST: "5000", HOT_ENTRIES: "100", HOT_DAYS: "0" } });

  const found = async (who: Person, q: string): Promise<string[]> =>
    (await who.patient("search", { query: { q } })).results.map(({ content }) => content);

  test("[SRCH-5] [SRCH-6] what is archived is found as it stands, page by page, and what is deleted there is not", async () => {
    const { ann, bob, id } = await target.pair();
    const admin = await target.person("admin", { scope: "admin" });
    const session = await ann.connect();
    const ids: string[] = [];
    const write = async (upTo: number): Promise<void> => {
      while (ids.length < upTo) {
        const content = `number${ids.length} common`;
        const frame = { type: "send", conversation_id: id, client_message_id: uuid7(), content } as const;
        const answer = await session.request(frame);
        if (answer.type !== "ack") throw new Error(`${content}: ${JSON.stringify(answer)}`);
        ids.push(answer.message_id);
      }
    };
    const state = () => admin.rest.ok("adminConversation", { params: { id } });
    // The generations of its log change places twice before the first is gone: with what is written after it.
    await write(FIRST);
    await until("it to be archived", async () => (await state()).archived_up_to > FIRST - 10, 60_000, 500);
    await write(COUNT);
    await until("most of it to be archived only", async () => (await state()).pruned_up_to > FIRST / 2, 60_000, 500);
    expect(await found(bob, "number5")).toEqual(["number5 common"]);
    expect(await found(bob, '"number6 common"')).toEqual(["number6 common"]);
    await ann.does(deleting(id, ids[5] ?? ""));
    await ann.does(editing(id, ids[6] ?? "", "another"));
    expect(await found(bob, "number5")).toEqual([]);
    expect(await found(bob, "number6")).toEqual([]);
    expect(await found(bob, "another")).toEqual(["another"]);
    const all: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await bob.patient("search", { query: { q: "common", limit: 200, cursor } });
      all.push(...page.results.map(({ content }) => content));
      expect(page.incomplete).toBeUndefined();
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    const standing = Array.from({ length: COUNT }, (_x, n) => n).filter((n) => n !== 5 && n !== 6);
    expect(all).toEqual(standing.toReversed().map((n) => `number${n} common`));
  }, 120_000);
});
