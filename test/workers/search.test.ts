import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { billOf, meter } from "./meter.ts";
import { call, direct, env, tokenFor, uuidV7 } from "./people.ts";

interface Results {
  readonly results: readonly Message[];
  readonly next_cursor?: string;
}

const search = (token: string, q: string): Promise<Results> =>
  call<Results>(token, "GET", `/search?q=${encodeURIComponent(q)}`);

/** Messages in a conversation, as the object of their sender hands them over. */
const write = async (id: string, user: string, texts: readonly string[]): Promise<void> => {
  const conversation = env.CONVERSATION.getByName(id);
  for (let from = 0; from < texts.length; from += LIMITS.uplinkBatch) {
    const writes = texts
      .slice(from, from + LIMITS.uplinkBatch)
      .map((content) => ({ conversation_id: id, client_message_id: uuidV7(), type: "text" as const, content }));
    const { results } = await conversation.append({ user, writes, inbox: NO_INBOX, at: Date.now() });
    expect(results.every(({ ok }) => ok)).toBe(true);
  }
};

/** Rings until nothing is left to do at once. */
const settle = async (id: string): Promise<void> => {
  const conversation = env.CONVERSATION.getByName(id);
  await new Promise((resolve) => setTimeout(resolve, LIMITS.outboxCalmMs + 100));
  for (let rung = 0; rung < 4; rung++) await runDurableObjectAlarm(conversation);
};

const indexedChunks = (id: string): Promise<number> =>
  runInDurableObject(env.CONVERSATION.getByName(id), (_object, { storage }) => {
    const made = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'search_1'").toArray().length > 0;
    return made ? storage.sql.exec("SELECT rowid FROM search_1").toArray().length : 0;
  });

const WORDS = ["Crème", "straße", "黒猫が", "👍🏽", "हिन्दी", "שָׁלוֹם", "𠮷野家", "don't", "🇩🇪", "สวัสดี"];

describe("search", () => {
  it("[COST-9] the index costs a row for 64 messages, none of them with a send; a search writes nothing", async () => {
    const ann = await tokenFor("find-ann");
    const { conversation_id: id } = await direct(ann, "find-bob");
    const conversation = env.CONVERSATION.getByName(id);
    await meter(conversation);
    await meter(env.USER.getByName("find-ann"));
    const texts = Array.from({ length: 1280 }, (_, n) => `number${n} common ${WORDS[n % WORDS.length]}`);
    const sending = await billOf(() => write(id, "find-ann", texts));
    await settle(id);
    const before = await indexedChunks(id);
    const more = Array.from({ length: 512 }, (_, n) => `later${n}`);
    const again = await billOf(async () => {
      await write(id, "find-ann", more);
      await settle(id);
    });
    const chunks = (await indexedChunks(id)) - before;
    console.log(
      `cost sends: ${sending.rows} rows for ${texts.length}; ${more.length} more with their ${chunks} rows of the index and all else: ${again.rows} rows`,
    );
    expect(before).toBe(20);
    expect(chunks).toBe(8);
    // One row for each message, one for each chunk, and what the conversation writes of itself behind.
    expect(again.rows).toBeLessThanOrEqual(more.length + chunks + 12);

    const found = await billOf(async () => {
      expect((await search(ann, "common")).results).toHaveLength(LIMITS.pageDefault);
      expect((await search(ann, "number7")).results.map(({ content }) => content)).toEqual([texts[7]]);
      expect((await search(ann, '"number8 common"')).results.map(({ content }) => content)).toEqual([texts[8]]);
      expect((await search(ann, "nowhere")).results).toEqual([]);
      for (const [n, word] of WORDS.entries())
        expect((await search(ann, `${word} number${n}`)).results.map(({ content }) => content)).toEqual([texts[n]]);
    });
    console.log(`cost ${4 + WORDS.length} searches: ${found.rows} rows, ${found.requests} object requests`);
    expect(found.rows).toBe(0);
    // Whether the device of the token counts, the user's object, and the conversation.
    expect(found.requests).toBe((4 + WORDS.length) * 3);
  }, 60_000);

  it("[SRCH-6] what is deleted is not found, also by another life, and leaves the index with the next alarm", async () => {
    const ann = await tokenFor("gone-ann");
    const { conversation_id: id } = await direct(ann, "gone-bob");
    await write(
      id,
      "gone-ann",
      Array.from({ length: 300 }, (_, n) => `text number${n}`),
    );
    await settle(id);
    expect(await indexedChunks(id)).toBe(4);
    const [message] = (await search(ann, "number9")).results;
    if (!message) throw new Error("it is not found");
    const path = `/conversations/${id}/messages/${message.message_id}`;
    const conversation = env.CONVERSATION.getByName(id);
    await meter(conversation);
    const deleting = await billOf(() => call(ann, "DELETE", `${path}?client_message_id=${uuidV7()}`));
    expect((await search(ann, "number9")).results).toEqual([]);
    await evictDurableObject(conversation);
    expect((await search(ann, "number9")).results).toEqual([]);
    await meter(conversation);
    const renewing = await billOf(() => settle(id));
    console.log(`cost deletion of an indexed message: ${deleting.rows} rows, and ${renewing.rows} by the alarm`);
    const terms = await runInDurableObject(conversation, (_object, { storage }) => {
      storage.sql.exec("CREATE VIRTUAL TABLE terms USING fts5vocab(search_1, 'row')");
      return storage.sql.exec("SELECT term FROM terms WHERE term IN ('number8', 'number9')").toArray();
    });
    expect(terms).toEqual([{ term: "number8" }]);
    // Its row in the log and that of the deletion, its list's and the chunk that is not as it was.
    expect(deleting.rows).toBeLessThanOrEqual(5);
    expect(renewing.rows).toBeLessThanOrEqual(8);
  }, 60_000);
});
