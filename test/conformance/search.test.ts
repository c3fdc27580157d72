import { describe, expect, test } from "vitest";
import type { Person } from "../support/person.ts";
import { unique, uuid7 } from "../support/random.ts";
import type { CallInput } from "../support/rest.ts";
import { FAST, useServer } from "../support/target.ts";
import { deleting, editing } from "../support/write.ts";

const target = useServer(FAST);

/** What is found, as it reads. */
const found = async (who: Person, q: string, more: CallInput["query"] = {}): Promise<string[]> =>
  (await who.patient("search", { query: { q, ...more } })).results.map(({ content }) => content);

/** Page by page. */
const pages = async (who: Person, q: string, limit: number): Promise<string[][]> => {
  const all: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await who.patient("search", { query: { q, limit, cursor } });
    all.push(page.results.map(({ content }) => content));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return all;
};

describe("search", () => {
  test("[SRCH-1] [SRCH-7] finds messages with what they are, in whatever conversation", async () => {
    const { ann, bob, id } = await target.pair();
    const { conversation_id: group } = await ann.group([bob]);
    const word = unique("word").replaceAll("_", "");
    await ann.send(id, `first ${word}`);
    const sent = await bob.send(group, `second ${word}!`);
    await ann.send(group, "something else");
    const { results, next_cursor, incomplete } = await ann.rest.ok("search", { query: { q: word } });
    expect(results.map(({ content }) => content)).toEqual([`second ${word}!`, `first ${word}`]);
    expect(results[0]).toMatchObject({ message_id: sent.message_id, conversation_id: group, seq: sent.seq });
    expect(results[0]).toEqual(await ann.message(group, sent.message_id));
    expect([next_cursor, incomplete]).toEqual([undefined, undefined]);
    expect(await found(ann, word, { conversation_id: id })).toEqual([`first ${word}`]);
    expect(await found(ann, `${word} in:${group}`)).toEqual([`second ${word}!`]);
    expect(await found(ann, word, { from: bob.userId })).toEqual([`second ${word}!`]);
    expect(await found(ann, `from:me ${word}`)).toEqual([`first ${word}`]);
    expect(await found(ann, word, { before: sent.timestamp })).toEqual([`first ${word}`]);
    expect(await found(ann, word, { after: sent.timestamp })).toEqual([`second ${word}!`]);
  });

  test("[SRCH-2] [SRCH-3] words, phrases, beginnings, links, in any writing", async () => {
    const { ann, bob, id } = await target.pair();
    const texts = ["Crème BRÛLÉE for two", "brulee creme", "see https://example.com/pie", "黒猫が好き 👍🏽"];
    for (const text of texts) await ann.send(id, text);
    const [both, turned, link, cat] = texts;
    expect(await found(bob, "creme brulee")).toEqual([turned, both]);
    expect(await found(bob, '"creme brulee"')).toEqual([both]);
    expect(await found(bob, "brul*")).toEqual([turned, both]);
    expect(await found(bob, "brul")).toEqual([]);
    expect(await found(bob, "has:link")).toEqual([link]);
    expect(await found(bob, "example.com")).toEqual([link]);
    expect(await found(bob, "猫")).toEqual([cat]);
    expect(await found(bob, "👍 黒猫")).toEqual([cat]);
    expect(await found(bob, `from:${ann.userId} for`)).toEqual([both]);
  });

  test.each(["!!!", "before:2026-01-01", "has:cake", "x before:soon", "in:d_1", "from: x"])(
    "[SRCH-2] %j is bad_request",
    async (q) => {
      const ann = await target.person("ann");
      expect(await ann.rest.refused("search", { query: { q } })).toMatchObject({ code: "bad_request" });
    },
  );

  test("[SRCH-4] pages give everything once, the newest first", async () => {
    const { ann, bob, id } = await target.pair();
    const { conversation_id: group } = await ann.group([bob]);
    const sent: string[] = [];
    for (let n = 0; n < 23; n++) {
      await ann.send(n % 3 === 0 ? group : id, `page ${n}`);
      sent.unshift(`page ${n}`);
    }
    const byFive = await pages(bob, "page", 5);
    expect(byFive.flat()).toEqual(sent);
    expect(Math.max(...byFive.map((page) => page.length))).toBe(5);
    expect((await pages(bob, "page", 1)).flat()).toEqual(sent);
    expect(await ann.rest.refused("search", { query: { q: "page", cursor: "b1." } })).toMatchObject({
      code: "bad_request",
    });
  });

  test("[SRCH-5] what it says now is found, what was edited away is not", async () => {
    const { ann, bob, id } = await target.pair();
    const { message_id } = await ann.send(id, "aardvark");
    await ann.does(editing(id, message_id, "zebra"));
    expect(await found(bob, "zebra")).toEqual(["zebra"]);
    expect(await found(bob, "aardvark")).toEqual([]);
  });

  test("[SRCH-5] archived conversations are searched, and left ones up to the end", async () => {
    const { ann, bob, carl, id } = await target.trio();
    await ann.send(id, "plum before");
    await bob.rest.ok("setPreferences", { params: { id }, body: { archived: true } });
    await carl.rest.ok("removeMember", { params: { id, uid: carl.userId }, query: { client_message_id: uuid7() } });
    await ann.send(id, "plum after");
    expect(await found(bob, "plum")).toEqual(["plum after", "plum before"]);
    expect(await found(carl, "plum")).toEqual(["plum before"]);
    expect(await found(carl, "plum", { conversation_id: id })).toEqual(["plum before"]);
  });

  test("[SRCH-5] a conversation of others is not found, and nothing of it", async () => {
    const { ann, id } = await target.pair();
    await ann.send(id, "private");
    const eve = await target.person("eve");
    expect(await eve.rest.refused("search", { query: { q: "private", conversation_id: id } })).toMatchObject({
      code: "not_found",
    });
    expect(await found(eve, "private")).toEqual([]);
  });

  test("[SRCH-6] what is deleted or over is found by nobody", async () => {
    const { ann, bob, id } = await target.pair();
    const { message_id } = await ann.send(id, "quince deleted");
    await ann.send(id, "quince stays");
    const body = { conversation_id: id, client_message_id: uuid7(), content: "quince brief", expires_in: 1 };
    await ann.rest.ok("sendMessage", { body });
    expect(await found(bob, "quince")).toEqual(["quince brief", "quince stays", "quince deleted"]);
    await ann.does(deleting(id, message_id));
    await expect.poll(() => found(bob, "quince"), { timeout: 10_000, interval: 500 }).toEqual(["quince stays"]);
    expect(await found(ann, "quince")).toEqual(["quince stays"]);
  });

  test("[SRCH-6] what came before he did is not found by him where history begins with joining", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const { conversation_id: id } = await ann.group([]);
    await ann.rest.ok("changeConversation", {
      params: { id },
      body: { client_message_id: uuid7(), settings: { history: "since_joined" } },
    });
    await ann.send(id, "fig before");
    await ann.rest.ok("addMembers", { params: { id }, body: { client_message_id: uuid7(), user_ids: [bob.userId] } });
    await ann.send(id, "fig after");
    expect(await found(bob, "fig")).toEqual(["fig after"]);
    expect(await found(ann, "fig")).toEqual(["fig after", "fig before"]);
  });

  test("[SRCH-6] what somebody writes whom one blocks is not found", async () => {
    const { ann, bob, id } = await target.pair();
    await ann.send(id, "olive one");
    await bob.rest.ok("block", { params: { user_id: ann.userId } });
    await ann.send(id, "olive two");
    expect(await found(bob, "olive")).toEqual(["olive one"]);
    expect(await found(ann, "olive")).toEqual(["olive two", "olive one"]);
  });

  test("[SRCH-9] nothing that is encrypted is found", async () => {
    const { ann, id } = await target.pair();
    const body = { conversation_id: id, client_message_id: uuid7(), type: "encrypted", content: "cherry" };
    await ann.rest.ok("sendMessage", { body });
    expect(await found(ann, "cherry")).toEqual([]);
    expect(await found(ann, "from:me")).toEqual([]);
  });

  test("[SRCH-8] too many searches at once are rate_limited", async () => {
    const ann = await target.person("ann");
    const answers = await Promise.all(
      Array.from({ length: 60 }, () =>
        ann.rest.ok("search", { query: { q: "x" } }).then(
          () => "ok",
          () => "refused",
        ),
      ),
    );
    expect(answers).toContain("ok");
    expect(answers).toContain("refused");
    const refused = await ann.rest.refused("search", { query: { q: "x" } });
    expect(refused.code).toBe("rate_limited");
    expect(refused.retry_after_ms).toBeGreaterThan(0);
  });
});
