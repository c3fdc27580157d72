import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SignJWT } from "jose";
import { startServer } from "../scripts/server.ts";
import type { Comparison } from "./comparison.ts";
import { DeepLog } from "./deep-log.ts";
import type { MessagePage } from "./deep-log.ts";
import type { Plan } from "./plan.ts";
import { percentiles } from "./statistics.ts";
import type { Verdict } from "./verdict.ts";

const MEMBERS = 4;
const HOT = 1000;
const PAGE = 50;
const PATIENCE_MS = 10 * 60_000;
/** Pages at each depth, the depths taking turns. */
const SAMPLES = 200;
/** While everything is paged through. */
const WRITES_PER_SECOND = 50;

/** What one reader saw on the way through everything. */
interface Walk {
  readonly seqs: readonly number[];
  readonly ms: readonly number[];
}

const walk = async (first: string, page: (query: string) => Promise<MessagePage>): Promise<Walk> => {
  const seqs: number[] = [];
  const ms: number[] = [];
  for (let query: string | undefined = first; query !== undefined;) {
    const at = performance.now();
    const { messages, next_cursor } = await page(query);
    ms.push(performance.now() - at);
    seqs.push(...messages.map(({ seq }) => seq));
    query = next_cursor === undefined ? undefined : `limit=200&cursor=${encodeURIComponent(next_cursor)}`;
  }
  return { seqs, ms };
};

/** What is wrong with a walk: each place of before it began once, in order. */
const faultsOf = (seqs: readonly number[], expected: readonly number[]): { missing: number; faults: number } => {
  const seen = new Set(seqs);
  const missing = expected.filter((seq) => !seen.has(seq)).length;
  const doubled = seqs.length - seen.size;
  const rising = (seqs.at(-1) ?? 0) > (seqs[0] ?? 0);
  const disorder = seqs.filter((seq, i) => i > 0 && seq > (seqs[i - 1] ?? 0) !== rising).length;
  return { missing, faults: doubled + disorder };
};

/** Somebody writes, edits and deletes, old and new, until told to stop. */
const disturb = async (log: DeepLog, head: number, goesOn: () => boolean): Promise<number> => {
  let done = 0;
  for (let i = 0; goesOn(); i++) {
    const author = log.writers[i % MEMBERS] ?? "";
    const seq = 2 + Math.floor(Math.random() * (head - 2));
    const { messages } = await log.messages(author, `limit=1&before=${seq + 1}`);
    const [message] = messages;
    if (message !== undefined && message.sender_id === author && message.deleted_at === undefined) {
      const named = `messages/${message.message_id}`;
      if (i % 5 === 0) await log.write(author, "DELETE", `${named}?client_message_id=${randomUUID()}`);
      else
        await log.write(author, "PATCH", named, {
          client_message_id: randomUUID(),
          content: `${message.content} (edited)`,
        });
      done++;
    }
    await log.fill(1, () => undefined);
    await delay(1000 / WRITES_PER_SECOND);
  }
  return done;
};

const measured = async (log: DeepLog, from: number, to: number): Promise<number> => {
  const before = from + Math.floor(Math.random() * (to - from));
  const at = performance.now();
  const { messages } = await log.messages(log.writers[0] ?? "", `limit=${PAGE}&before=${before}`);
  if (messages.length < Math.min(PAGE, before - 10))
    throw new Error(`a page below ${before} has ${messages.length} messages`);
  return performance.now() - at;
};

/** A long conversation of which little is at hand: what a page costs at any depth, and that nothing is missed on the way. */
export const measureDepths = async (
  { deepMessages }: Plan,
  say: (text: string) => void,
): Promise<{ comparisons: Comparison[]; verdicts: Verdict[] }> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "parley-bench-depths-"));
  const secret = randomBytes(32).toString("base64url");
  const free = {
    SEND_RATE: "1000000",
    SEND_BURST: "1000000",
    CONNECT_RATE: "0",
    HOT_ENTRIES: String(HOT),
    HOT_DAYS: "0",
  };
  const env = { AUTH_MODE: "jwt", AUTH_SECRET: secret, ...free, ARCHIVE_URL: process.env["ARCHIVE_URL"] };
  const server = await startServer({ dataDir, log: "inherit", env });
  try {
    const claims = new SignJWT({ device_id: "bench", scope: "admin" }).setProtectedHeader({ alg: "HS256" });
    const admin = await claims.setSubject("operator").setExpirationTime("2h").sign(new TextEncoder().encode(secret));
    const log = await DeepLog.found(server.url, secret, admin, MEMBERS);
    const filledAt = performance.now();
    await log.fill(deepMessages, (acked) => say(`depths: ${acked} messages written`));
    say(`depths: filled after ${((performance.now() - filledAt) / 1000).toFixed(1)} s`);
    const state = await log.pruned(deepMessages - 3 * HOT, PATIENCE_MS, (so) => say(`depths: ${JSON.stringify(so)}`));
    say(`depths: archived after ${((performance.now() - filledAt) / 1000).toFixed(1)} s: ${JSON.stringify(state)}`);
    return await measure(log, state, say);
  } finally {
    await server.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

const measure = async (
  log: DeepLog,
  { head_seq: head, pruned_up_to: pruned }: { head_seq: number; pruned_up_to: number },
  say: (text: string) => void,
): Promise<{ comparisons: Comparison[]; verdicts: Verdict[] }> => {
  const depths: [name: string, from: number, to: number][] = [
    ["just behind what is at hand", Math.floor(pruned * 0.9), pruned],
    ["in the middle", Math.floor(pruned * 0.4), Math.floor(pruned * 0.6)],
    ["at the beginning", 100, Math.floor(pruned * 0.1)],
  ];
  const hot: number[] = [];
  const archived = depths.map((): number[] => []);
  for (let i = 0; i < SAMPLES; i++) {
    hot.push(await measured(log, pruned + PAGE + 1, head));
    for (const [index, [, from, to]] of depths.entries()) archived[index]?.push(await measured(log, from, to));
  }
  const hotP50 = percentiles(hot).p50;
  const comparisons: Comparison[] = depths.map(([name], index) => ({
    name: `page of ${PAGE} ${name}, p50`,
    unit: "ms",
    columns: ["hot", "archived"],
    values: { baseline: [hotP50], product: [percentiles(archived[index] ?? []).p50] },
  }));
  say("depths: two readers page through everything while others write, edit and delete");
  const expected = Array.from({ length: head - MEMBERS }, (_x, i) => i + MEMBERS + 1);
  let goesOn = true;
  const disturbing = disturb(log, head, () => goesOn);
  const walks = await Promise.all([
    walk("limit=200", (query) => log.messages(log.writers[0] ?? "", query)),
    walk("limit=200&after=0", (query) => log.messages(log.writers[1] ?? "", query)),
  ]);
  goesOn = false;
  const changed = await disturbing;
  const after = await log.state();
  say(`depths: ${changed} messages were changed meanwhile; ${JSON.stringify(after)}`);
  const sums = walks.map(({ seqs }) => faultsOf(seqs, expected));
  const verdict: Verdict = {
    system: "product",
    sent: 2 * expected.length,
    missing: sums.reduce((sum, { missing }) => sum + missing, 0),
    faults: sums.reduce((sum, { faults }) => sum + faults, 0),
    first: "a place that was paged twice, or out of order",
  };
  return { comparisons, verdicts: [verdict] };
};
