import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { SignJWT } from "jose";
import { startServer } from "../scripts/server.ts";
import { LIMITS } from "../src/shared/limits.ts";
import { startBaseline } from "./baseline/start.ts";
import type { Comparison } from "./comparison.ts";
import { DeepLog } from "./deep-log.ts";
import type { Plan } from "./plan.ts";
import { percentiles } from "./statistics.ts";
import type { SystemName } from "./system.ts";

const WRITERS = 4;
/** They search: how often one may is limited. */
const READERS = 60;
const LIMIT = 20;
const SAMPLES = 200;
const BATCH = 1000;
const PATIENCE_MS = 5 * 60_000;
/** What is left for the next alarm, which has not come yet. */
const UNINDEXED = LIMITS.searchChunk * (LIMITS.searchIndexChunks + 1);
const VOCABULARY = 20_000;

/** Of what people write some words are everywhere and most are rare: the nth is used about 1/n as often as the first. */
const wordOf = (number: number): string => {
  const rank = Math.floor(VOCABULARY ** (((number * 2_654_435_761) % 1_000_003) / 1_000_003)) - 1;
  return `w${rank.toString(36)}${"aeiou"[rank % 5]}`;
};

/** About as long as what people write to each other. `needle…` is in ten of a hundred thousand. */
const textOf = (number: number): string => {
  const words = Array.from({ length: 6 + (number % 13) }, (_x, index) => wordOf(number * 31 + index * 7919));
  if (number % 5 === 0) words.push("fish", number % 15 === 0 ? "and" : "or", "chips");
  return [...words, `needle${number % 10_000}`].join(" ");
};

interface Query {
  readonly name: string;
  /** Both make the nth of their kind: no two searches in a row are for the same. */
  product(sample: number): string;
  baseline(sample: number): string;
  readonly found: boolean;
}

const COMMON = ["and", "or", "chips"] as const;
const match = (expression: string): string => `match=${encodeURIComponent(expression)}`;

const QUERIES: readonly Query[] = [
  {
    name: "a rare word",
    product: (n) => `needle${(n * 37) % 10_000}`,
    baseline: (n) => match(`needle${(n * 37) % 10_000}`),
    found: true,
  },
  { name: "a common word", product: () => "fish", baseline: () => match("fish"), found: true },
  {
    name: "two common words",
    product: (n) => `fish ${COMMON[n % 3]}`,
    baseline: (n) => match(`fish ${COMMON[n % 3]}`),
    found: true,
  },
  { name: "a phrase", product: () => '"fish and chips"', baseline: () => match('"fish and chips"'), found: true },
  {
    name: "a beginning",
    product: (n) => `needle${n % 100}*`,
    baseline: (n) => match(`needle${n % 100}*`),
    found: true,
  },
  {
    name: "somebody's messages",
    product: (n) => `from:deep${n % WRITERS}`,
    baseline: (n) => `sender=deep${n % WRITERS}`,
    found: true,
  },
  { name: "nothing", product: (n) => `nowhere${n}`, baseline: (n) => match(`nowhere${n}`), found: false },
];

/** Bytes of the tables whose names begin so, in the largest database of a directory. */
const tableBytes = (directory: string, prefix: string): number => {
  const sizes = readdirSync(directory)
    .filter((name) => name.endsWith(".sqlite"))
    .map((name) => {
      const database = new DatabaseSync(path.join(directory, name));
      try {
        const row = database.prepare("SELECT SUM(pgsize) AS bytes FROM dbstat WHERE name LIKE ?").get(`${prefix}%`);
        return Number(row?.["bytes"] ?? 0);
      } finally {
        database.close();
      }
    });
  return Math.max(0, ...sizes);
};

interface Finder {
  find(query: Query, sample: number): Promise<number>;
  /** Ends the server, and tells how large the index is. */
  end(): Promise<number>;
}

const startBare = async (messages: number, say: (text: string) => void): Promise<Finder> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "parley-bench-search-baseline-"));
  const server = await startBaseline(dataDir);
  const { url } = server;
  for (let from = 1; from <= messages; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, messages - from + 1) }, (_x, index) => {
      const number = from + index;
      return [number, `deep${number % WRITERS}`, textOf(number)];
    });
    const answer = await fetch(`${url}/say`, { method: "POST", body: JSON.stringify(rows) });
    if (!answer.ok) throw new Error(`unable to fill the baseline; ${answer.status}`);
  }
  say(`search: ${messages} messages in the baseline`);
  return {
    find: async (query, sample) => {
      const answer = await fetch(`${url}/find?${query.baseline(sample)}&limit=${LIMIT}`);
      if (!answer.ok) throw new Error(`${query.name}: ${answer.status} ${await answer.text()}`);
      return ((await answer.json()) as { results: unknown[] }).results.length;
    },
    end: async () => {
      await server.stop();
      const bytes = tableBytes(path.join(dataDir, "objects", "baseline-FinderObject"), "found");
      rmSync(dataDir, { recursive: true, force: true });
      return bytes;
    },
  };
};

const indexed = async (log: DeepLog, messages: number): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { indexed_up_to: upTo } = await log.state();
    if (upTo >= messages - UNINDEXED) return;
    if (performance.now() > deadline) throw new Error(`unable to go on; indexed up to ${upTo}`);
    await delay(500);
  }
};

const startProduct = async (messages: number, say: (text: string) => void): Promise<Finder> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "parley-bench-search-product-"));
  const secret = randomBytes(32).toString("base64url");
  // All of it at hand, as it is in the baseline: what an archive takes, `depths` measures.
  const free = { SEND_RATE: "1000000", SEND_BURST: "1000000", CONNECT_RATE: "0", HOT_ENTRIES: String(2 * messages) };
  const server = await startServer({ dataDir, log: "quiet", env: { AUTH_MODE: "jwt", AUTH_SECRET: secret, ...free } });
  const claims = new SignJWT({ device_id: "bench", scope: "admin" }).setProtectedHeader({ alg: "HS256" });
  const admin = await claims.setSubject("operator").setExpirationTime("2h").sign(new TextEncoder().encode(secret));
  const log = await DeepLog.found(server.url, secret, admin, WRITERS);
  const filledAt = performance.now();
  await log.fill(messages, (acked) => say(`search: ${acked} messages written`), textOf);
  const readers = Array.from({ length: READERS }, (_x, index) => `reader${index}`);
  await log.write(log.writers[0] ?? "", "POST", "members", {
    client_message_id: crypto.randomUUID(),
    user_ids: readers,
  });
  await indexed(log, messages);
  say(`search: written and indexed after ${((performance.now() - filledAt) / 1000).toFixed(1)} s`);
  let asked = 0;
  return {
    find: async (query, sample) => {
      const reader = readers[asked++ % READERS] ?? "";
      return (await log.search(reader, query.product(sample), LIMIT)).results.length;
    },
    end: async () => {
      await server.stop();
      const bytes = tableBytes(path.join(dataDir, "objects", "parley-ConversationObject"), "search_");
      rmSync(dataDir, { recursive: true, force: true });
      return bytes;
    },
  };
};

const timed = async (finder: Finder, query: Query, sample: number): Promise<number> => {
  const at = performance.now();
  const count = await finder.find(query, sample);
  const ms = performance.now() - at;
  if (count > 0 !== query.found) throw new Error(`${query.name}: ${count} messages were found`);
  return ms;
};

/** One conversation of many messages beside a table of as many rows: each query in turn on either. */
export const measureSearch = async (
  names: readonly SystemName[],
  { deepMessages }: Plan,
  say: (text: string) => void,
): Promise<Comparison[]> => {
  const start = { baseline: startBare, product: startProduct };
  const finders = new Map<SystemName, Finder>();
  for (const name of names) finders.set(name, await start[name](deepMessages, say));
  const times = new Map(QUERIES.map((query) => [query, { baseline: [] as number[], product: [] as number[] }]));
  for (let sample = -20; sample < SAMPLES; sample++)
    for (const [query, { baseline, product }] of times)
      for (const [name, finder] of finders) {
        const ms = await timed(finder, query, sample + 20);
        if (sample >= 0) (name === "baseline" ? baseline : product).push(ms);
      }
  const comparisons: Comparison[] = [];
  for (const [query, { baseline, product }] of times)
    for (const which of ["p50", "p99"] as const) {
      const of = (all: readonly number[]): number[] => (all.length > 0 ? [percentiles(all)[which]] : []);
      const values = { baseline: of(baseline), product: of(product) };
      comparisons.push({ name: `search for ${query.name}, ${which}`, unit: "ms", values });
    }
  const bytes = { baseline: [] as number[], product: [] as number[] };
  for (const [name, finder] of finders) bytes[name].push((await finder.end()) / deepMessages);
  return [...comparisons, { name: "index per message", unit: "bytes", values: bytes }];
};
