import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SignJWT } from "jose";
import { startServer } from "../scripts/server.ts";
import type { Comparison } from "./comparison.ts";
import { DeepLog } from "./deep-log.ts";
import type { ArchiveState, MessagePage } from "./deep-log.ts";
import { hasMariaDb, MariaDb } from "../test/support/mariadb.ts";
import { PlanetScale } from "../test/support/planetscale/planetscale.ts";
import type { Plan } from "./plan.ts";
import { percentiles } from "./statistics.ts";
import type { Verdict } from "./verdict.ts";

const MEMBERS = 4;
const HOT = 1000;
const PAGE = 50;
const PATIENCE_MS = 60_000;
const ROUNDS_MAX = 20;
/** Pages at each depth, the depths taking turns. */
const SAMPLES = 200;
/** Written at a time while everything is paged through, so that more and more of it is pruned. */
const BURST = 500;
const PAUSE_MS = 500;

/** What one reader saw on the way through everything. */
interface Walk {
  readonly seqs: readonly number[];
}

/** `head`: what comes later is not waited for, since more comes all the time. */
const walk = async (first: string, head: number, page: (query: string) => Promise<MessagePage>): Promise<Walk> => {
  const seqs: number[] = [];
  for (let query: string | undefined = first; query !== undefined;) {
    const { messages, next_cursor } = await page(query);
    seqs.push(...messages.map(({ seq }) => seq));
    const isOver = first.includes("after") && (messages.at(-1)?.seq ?? head) >= head;
    query = next_cursor === undefined || isOver ? undefined : `limit=${PAGE}&cursor=${encodeURIComponent(next_cursor)}`;
  }
  return { seqs };
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

/** An author edits and deletes what he wrote, old and new, until told to stop. Answers how often. */
const disturb = async (log: DeepLog, author: string, head: number, goesOn: () => boolean): Promise<number> => {
  let done = 0;
  while (goesOn()) {
    const seq = 2 + Math.floor(Math.random() * (head - 2));
    const { messages } = await log.messages(author, `limit=1&before=${seq + 1}`);
    const [message] = messages;
    if (message === undefined || message.sender_id !== author || message.deleted_at !== undefined) continue;
    const named = `messages/${message.message_id}`;
    const client_message_id = randomUUID();
    if (done % 5 === 0) await log.write(author, "DELETE", `${named}?client_message_id=${client_message_id}`);
    else await log.write(author, "PATCH", named, { client_message_id, content: `${message.content} (edited)` });
    done++;
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

interface Measured {
  readonly comparisons: Comparison[];
  readonly verdicts: Verdict[];
}

type Say = (text: string) => void;

/** A long conversation of which little is at hand: what a page costs at any depth, and that nothing is missed on the way. */
export const measureDepths = async (plan: Plan, say: Say): Promise<Measured> => {
  const embedded = await onServer(plan, undefined, "in objects", say);
  if (!hasMariaDb) {
    say("depths: no MariaDB on this machine: PlanetScale's driver is left out");
    return embedded;
  }
  const db = await MariaDb.start();
  const service = await PlanetScale.start({ socket: db.socket });
  try {
    const far = await onServer(plan, service.url, "by PlanetScale's driver", say);
    const both = [embedded, far];
    return { comparisons: both.flatMap((one) => one.comparisons), verdicts: both.flatMap((one) => one.verdicts) };
  } finally {
    await service.stop();
    await db.stop();
  }
};

const onServer = async (
  { deepMessages }: Plan,
  archive: string | undefined,
  where: string,
  say: Say,
): Promise<Measured> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "parley-bench-depths-"));
  const secret = randomBytes(32).toString("base64url");
  const free = { SEND_RATE: "1000000", SEND_BURST: "1000000", CONNECT_RATE: "0" };
  const env = {
    AUTH_MODE: "jwt",
    AUTH_SECRET: secret,
    ...free,
    HOT_ENTRIES: String(HOT),
    HOT_DAYS: "0",
    ARCHIVE_URL: archive,
  };
  const server = await startServer({ dataDir, log: "quiet", env });
  try {
    const claims = new SignJWT({ device_id: "bench", scope: "admin" }).setProtectedHeader({ alg: "HS256" });
    const admin = await claims.setSubject("operator").setExpirationTime("2h").sign(new TextEncoder().encode(secret));
    const log = await DeepLog.found(server.url, secret, admin, MEMBERS);
    const filledAt = performance.now();
    await log.fill(deepMessages, (acked) => say(`depths, ${where}: ${acked} messages written`));
    const spent = (): string => `after ${((performance.now() - filledAt) / 1000).toFixed(1)} s`;
    say(`depths, ${where}: filled ${spent()}`);
    const state = await shortened(log, (so) => say(`depths, ${where}: ${so}`));
    say(`depths, ${where}: archived ${spent()}: ${shownOf(state)}`);
    return { comparisons: await costOfPages(log, state, where), verdicts: [await walkThrough(log, state, where, say)] };
  } finally {
    await server.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

/** What was written in one go goes in one go, when so much as stays at hand has come after it. */
const shortened = async (log: DeepLog, say: Say): Promise<ArchiveState> => {
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
    const state = await log.archived(PATIENCE_MS);
    say(shownOf(state));
    if (state.head_seq - state.pruned_up_to <= 3 * HOT) return state;
    await log.fill(HOT + 100, () => undefined);
  }
  throw new Error("unable to go on; the conversation does not become shorter");
};

const shownOf = ({ head_seq, archived_up_to, pruned_up_to }: ArchiveState): string =>
  `${head_seq} entries, archived up to ${archived_up_to}, pruned up to ${pruned_up_to}`;

const costOfPages = async (
  log: DeepLog,
  { head_seq: head, pruned_up_to: pruned }: ArchiveState,
  where: string,
): Promise<Comparison[]> => {
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
  return depths.map(([name], index) => ({
    name: `page of ${PAGE} ${name}, p50, ${where}`,
    unit: "ms",
    columns: ["hot", "archived"],
    values: { baseline: [hotP50], product: [percentiles(archived[index] ?? []).p50] },
  }));
};

const walkThrough = async (
  log: DeepLog,
  { head_seq: head }: ArchiveState,
  where: string,
  say: Say,
): Promise<Verdict> => {
  const expected = Array.from({ length: head - MEMBERS }, (_x, i) => i + MEMBERS + 1);
  const before = await log.state();
  let isOver = false;
  const goesOn = (): boolean => !isOver;
  const writing = (async () => {
    while (goesOn()) {
      await log.fill(BURST, () => undefined);
      await delay(PAUSE_MS);
    }
  })();
  const changing = log.writers.map((author) => disturb(log, author, head, goesOn));
  const page = (reader: number) => (query: string) => log.messages(log.writers[reader] ?? "", query);
  const walks = await Promise.all([walk(`limit=${PAGE}`, head, page(0)), walk(`limit=${PAGE}&after=0`, head, page(1))]);
  isOver = true;
  await writing;
  const changed = (await Promise.all(changing)).reduce((sum, count) => sum + count, 0);
  say(`depths, ${where}: two readers paged through everything; ${changed} messages were edited or deleted meanwhile`);
  say(`depths, ${where}: before ${shownOf(before)}; after ${shownOf(await log.state())}`);
  const sums = walks.map(({ seqs }) => faultsOf(seqs, expected));
  return {
    system: "product",
    sent: 2 * expected.length,
    missing: sums.reduce((sum, { missing }) => sum + missing, 0),
    faults: sums.reduce((sum, { faults }) => sum + faults, 0),
    first: "a place that was paged twice, or out of order",
  };
};
