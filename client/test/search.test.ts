import "fake-indexeddb/auto";
import { describe, expect, test } from "vitest";
import type { LocalMessage } from "../src/api.ts";
import type { SearchHereOptions, SearchOptions } from "../src/api-search.ts";
import { indexedDbStore } from "../src/indexed-db-store.ts";
import { memoryStore } from "../src/memory-store.ts";
import { ParleyError } from "../src/parley-error.ts";
import { marksOf, Search, searchableStore } from "../src/search/index.ts";
import type { Store, StoredMessage } from "../src/store.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person } from "./support/person.ts";

interface Made {
  readonly inner: Store;
  readonly options: { readonly name?: string };
}

let names = 0;
const message = (seq: number, content: string, more: Partial<StoredMessage> = {}): StoredMessage => ({
  message_id: `m${String(seq).padStart(6, "0")}`,
  conversation_id: "c1",
  seq,
  sender_id: "ben",
  type: "text",
  content,
  timestamp: new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString(),
  ...more,
});
const log = (conversation_id: string, upTo: number) => ({
  conversation_id,
  epoch: 0,
  from: 1,
  upTo,
  acked: upTo,
  readHere: 0,
  readThere: 0,
  othersDelivered: 0,
  othersRead: 0,
});
const secret = (seq: number, content: string): StoredMessage =>
  message(seq, `sealed:${content}`, { type: "encrypted" });
const unsealed = ({ type, content }: StoredMessage): string | undefined =>
  type === "encrypted" ? content.replace("sealed:", "") : content;

const ask = { me: "ann", limit: 50 };
const found = async (store: Store, q: string, more: object = {}): Promise<string[]> =>
  (await store.search?.(q, { ...ask, ...more }))?.results.map(({ content }) => content) ?? ["no search"];

const INDEXES = [
  ["in memory", (): Made => ({ inner: memoryStore(), options: {} })],
  ["in IndexedDB", (): Made => ({ inner: indexedDbStore(`search-${++names}`), options: { name: `index-${names}` } })],
] as const;

const open = async (make: () => Made) => {
  const { inner, options } = make();
  const store = searchableStore(inner, { ...options, textOf: unsealed });
  await store.load();
  return store;
};

describe.each(INDEXES)("[SRCH-9] a store that can be searched, its index %s", (_title, make) => {
  test("finds what it has, encrypted or not, the newest first", async () => {
    const store = await open(make);
    const texts = [message(1, "Crème brûlée"), secret(2, "secret creme"), message(3, "黒猫 https://x.example")];
    await store.apply({ messages: texts, logs: [log("c1", 3)] });
    expect(await found(store, "creme")).toEqual(["sealed:secret creme", "Crème brûlée"]);
    expect(await found(store, "creme", { encrypted: true })).toEqual(["sealed:secret creme"]);
    expect(await found(store, '"secret creme"')).toEqual(["sealed:secret creme"]);
    expect(await found(store, '"creme secret"')).toEqual([]);
    expect(await found(store, "cre* from:ben")).toHaveLength(2);
    expect(await found(store, "creme from:me")).toEqual([]);
    expect(await found(store, "猫 has:link")).toHaveLength(1);
    expect(await found(store, "creme in:c2")).toEqual([]);
    await expect(found(store, "has:cake")).rejects.toMatchObject({ code: "bad_request" });
    await store.close();
  });

  test("forgets what is edited, deleted, over or dropped", async () => {
    const store = await open(make);
    await store.apply({ messages: [1, 2, 3, 4].map((seq) => message(seq, `apple ${seq}`)), logs: [log("c1", 4)] });
    await store.apply({
      messages: [
        message(1, "pear"),
        message(2, "", { deleted_at: "2026-01-02T00:00:00.000Z" }),
        message(3, "apple 3", { expires_at: "2026-01-02T00:00:00.000Z" }),
      ],
    });
    expect(await found(store, "apple")).toEqual(["apple 4"]);
    expect(await found(store, "pear")).toEqual(["pear"]);
    await store.apply({ dropped: ["c1"] });
    expect(await found(store, "apple")).toEqual([]);
    await store.apply({ messages: [message(9, "apple again")] });
    expect(await found(store, "apple")).toEqual(["apple again"]);
    await store.clear();
    expect(await found(store, "apple")).toEqual([]);
    await store.close();
  });
});

describe.each(INDEXES)("[SRCH-9] what is found on a device, its index %s", (_title, make) => {
  test("goes on where it stopped", async () => {
    const store = await open(make);
    await store.apply({ messages: Array.from({ length: 25 }, (_, n) => message(n + 1, `plum ${n + 1}`)) });
    const seen: string[] = [];
    let rest: { before?: string } = {};
    for (let page = 0; page < 9; page++) {
      const answer = await store.search?.("plum", { ...ask, limit: 4, ...rest });
      seen.push(...(answer?.results ?? []).map(({ content }) => content));
      if (answer?.rest === undefined) break;
      rest = { before: answer.rest };
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `plum ${25 - n}`));
    await store.close();
  });

  test("has what was stored before there was an index, and what another life stored", async () => {
    const { inner, options } = make();
    await inner.load();
    const old = Array.from({ length: 450 }, (_, n) => message(n + 1, n === 3 ? "fig old" : "other"));
    await inner.apply({ messages: old, logs: [log("c1", 450)] });
    const store = searchableStore(inner, options);
    await store.load();
    await store.apply({ messages: [message(451, "fig new")], logs: [log("c1", 451)] });
    expect(await found(store, "fig")).toEqual(["fig new", "fig old"]);
    if (options.name !== undefined) {
      await store.close();
      const again = searchableStore(inner, options);
      await again.load();
      expect(await found(again, "fig")).toEqual(["fig new", "fig old"]);
      await again.close();
    }
  });
});

test("[SRCH-9] of encrypted messages nothing is known without being told", async () => {
  const store = searchableStore(memoryStore());
  await store.load();
  await store.apply({ messages: [message(1, "cherry", { type: "encrypted" })] });
  expect(await found(store, "cherry")).toEqual([]);
});

describe("a search on the server and on the device", () => {
  const there = Array.from({ length: 12 }, (_, n) => message(20 - n, `there ${20 - n}`)).filter(
    ({ seq }) => seq % 2 === 0,
  );
  const here = [secret(19, "19"), secret(13, "13"), secret(2, "2"), secret(1, "1")];

  /** The server answers so many at a time, the store so many. */
  const both = (perPage: number, more: Partial<Record<"server", unknown>> = {}) => ({
    search: async (_q: string, { cursor = "0" }: SearchOptions = {}) => {
      if (more.server !== undefined) throw more.server;
      const from = Number(cursor);
      const results = there.slice(from, from + perPage);
      const next = from + perPage < there.length ? { next_cursor: String(from + perPage) } : {};
      return { results, ...next, ...(from === 0 ? { incomplete: ["c7"] } : {}) };
    },
    searchHere: async (_q: string, { before = "~", encrypted }: SearchHereOptions = {}) => {
      const all: LocalMessage[] = encrypted ? here : [...there, ...here].sort((a, b) => (b.seq ?? 0) - (a.seq ?? 0));
      const older = all.filter(({ message_id: id = "" }) => id < before);
      const results = older.slice(0, 2);
      const rest = older.length > 2 ? { rest: results.at(-1)?.message_id ?? "" } : {};
      return { results, ...rest };
    },
  });
  const seqs = (messages: readonly LocalMessage[]): (number | undefined)[] => messages.map(({ seq }) => seq);
  const all = [20, 19, 18, 16, 14, 13, 12, 10, 2, 1];

  test.each([
    [1, 3],
    [2, 1],
    [5, 4],
    [50, 50],
  ])("is one list, the newest first, the server's %i at a time, shown %i at a time", async (perPage, limit) => {
    const search = new Search(both(perPage), "x", { limit });
    const seen: (number | undefined)[] = [];
    for (let page = 0; page < 20 && !search.done; page++) {
      const shown = await search.more();
      expect(shown.length).toBeLessThanOrEqual(limit);
      seen.push(...seqs(shown));
    }
    expect(seen).toEqual(all);
    expect(search.incomplete).toEqual(["c7"]);
    expect(search.offline).toBeUndefined();
  });

  test("is what the device has, where the server is out of reach", async () => {
    const search = new Search(both(5, { server: new ParleyError("overloaded", "unable to reach the server") }), "x");
    expect(seqs(await search.more())).toEqual(all);
    expect(search.done).toBe(true);
    expect(search.offline).toMatchObject({ code: "overloaded" });
  });

  test("is refused when the server refuses it", async () => {
    const search = new Search(both(5, { server: new ParleyError("bad_request", "no") }), "x");
    await expect(search.more()).rejects.toMatchObject({ code: "bad_request" });
  });
});

test("[SRCH-1] a client asks the server, and its own store", async () => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const log1 = server.conversation("c1", "group", ["ann", "ben"]);
  const store = searchableStore(memoryStore());
  const ann = person(clock, server, "ann", { store });
  await ann.connect();
  await ann.open("c1");
  server.say(log1, "ben", "quince here");
  await clock.until(() => ann.messages("c1").length > 0);
  await expect(ann.searchHere("quince")).resolves.toMatchObject({ results: [{ content: "quince here" }] });
  await ann.search("quince", { conversationId: "c1", limit: 5 }).catch(() => undefined);
  const asked = server.requests.find(({ path }) => path.startsWith("/search"));
  expect(asked).toMatchObject({ method: "GET" });
  const plain = person(clock, server, "ben");
  await plain.connect();
  await expect(plain.searchHere("quince")).resolves.toEqual({ results: [] });
});

describe("[SRCH-3] what is marked in what was found", () => {
  const marked = (text: string, q: string): string => {
    let shown = "";
    let at = 0;
    for (const { from, to } of marksOf(text, q)) {
      shown += `${text.slice(at, from)}[${text.slice(from, to)}]`;
      at = to;
    }
    return shown + text.slice(at);
  };
  test.each([
    ["The Crème brûlée", "creme", "The [Crème] brûlée"],
    ["The Cre\u0300me brûlée", "creme", "The [Cre\u0300me] brûlée"],
    ["hello world", "wor*", "hello [world]"],
    ["hello world", '"hello world" from:bob', "[hello] [world]"],
    ["猫と黒猫がいる", "黒猫", "猫と[黒猫]がいる"],
    ["猫と黒猫がいる", "猫", "[猫]と黒[猫]がいる"],
    ["iPhone手機殼 ok", "手機殼", "iPhone[手機殼] ok"],
    ["good 👍🏽 job", "👍", "good [👍]🏽 job"],
    ["nothing", "has:link", "nothing"],
    ["<b>x</b>", "b", "<[b]>x</[b]>"],
  ])("%j for %s is %j", (text, q, shown) => expect(marked(text, q)).toBe(shown));
});
