import { setTimeout as delay } from "node:timers/promises";
import { vapidKeys } from "../scripts/development-keys.ts";
import type { BatchSummary } from "../src/core/push/batch-summary.ts";
import { LIMITS } from "../src/shared/limits.ts";
import type { Bar, Comparison } from "./comparison.ts";
import { pushPath } from "./generator/away.ts";
import type { Written } from "./generator/away.ts";
import type { Plan } from "./plan.ts";
import { PushReceiver } from "./push-receiver.ts";
import type { Mood } from "./push-receiver.ts";
import { percentiles } from "./statistics.ts";
import { startSystem, untilQuiet } from "./system.ts";
import type { System } from "./system.ts";
import type { Verdict } from "./verdict.ts";

const PER_SECOND = 200;
/** Each of them is written to more often than objects fall asleep, and alerted as often as the contract allows. */
const PEOPLE = 300;
const WRITERS = 30;
const PATIENCE_MS = 60_000;
/** The recipient's object has a message a little before its sender has the ack, or after. */
const CLOCK_MS = 50;
/** Half of what the load above is: here an ack is measured, not the machine. */
const CALM_PER_SECOND = 50;

const HANDED_P99: Bar = { most: 5000 };
const ACK_RATIO: Bar = { most: 1.1 };

/** What the server's log says of a batch that it sent. */
const batchIn = (line: string): BatchSummary | undefined =>
  line.startsWith('{"event":"push_batch"') ? (JSON.parse(line) as BatchSummary) : undefined;

/**
 * How late the push service had the notification that tells of each message: after the grace, and ten seconds after the
 * one before it. What has not come is `undefined`.
 */
const latenessMs = (written: readonly Written[], receiver: PushReceiver): (number | undefined)[] =>
  written.map(({ person, ackedAt }) => {
    const arrivals = receiver.arrivals(pushPath("far", person));
    const graceEnds = ackedAt + LIMITS.pushGraceMs;
    const which = arrivals.findIndex((at) => at >= graceEnds - CLOCK_MS);
    const [at, before] = [arrivals[which], arrivals[which - 1] ?? 0];
    return at === undefined ? undefined : Math.max(0, at - Math.max(graceEnds, before + LIMITS.pushEveryMs));
  });

const everyNotified = async (written: readonly Written[], receiver: PushReceiver): Promise<(number | undefined)[]> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const times = latenessMs(written, receiver);
    if (!times.includes(undefined) || performance.now() > deadline) return times;
    await delay(200);
  }
};

const absolute = (name: string, value: number, limit?: Bar, unit = "ms"): Comparison => ({
  name,
  unit,
  columns: ["-", "away"],
  values: { baseline: [], product: [value] },
  ...(limit === undefined ? {} : { limit }),
});

interface Handed {
  readonly comparisons: Comparison[];
  readonly verdict: Verdict;
}

const measureHandOver = async (
  system: System,
  receiver: PushReceiver,
  batches: BatchSummary[],
  { pushMs }: Plan,
): Promise<Handed> => {
  batches.length = 0;
  const written = await system.generator.ask("write", { crowd: "far", perSecond: PER_SECOND, sendMs: pushMs });
  const times = await everyNotified(written, receiver);
  const came = times.filter((time) => time !== undefined);
  const { p50, p95, p99 } = percentiles(came);
  const where = `${PER_SECOND} sends/s`;
  const part = (name: string, pick: (batch: BatchSummary) => number): Comparison => {
    // As if all of a batch had been as slow as its slowest.
    const all = batches.flatMap((batch) => Array.from({ length: batch.taken }, () => pick(batch)));
    return absolute(`  of it ${name}, p99, ${where}`, percentiles(all).p99);
  };
  return {
    comparisons: [
      absolute(`ack to hand-over, without what is waited for, p50, ${where}`, p50),
      absolute(`ack to hand-over, without what is waited for, p95, ${where}`, p95),
      absolute(`ack to hand-over, without what is waited for, p99, ${where}`, p99, HANDED_P99),
      part("from due to queued", ({ dueToQueuedMaxMs }) => dueToQueuedMaxMs),
      part("in the queue", ({ queuedToConsumedMaxMs }) => queuedToConsumedMaxMs),
      part("from the queue to the push service's answer", ({ sendMaxMs }) => sendMaxMs),
      absolute(`acks, p50, ${where}`, percentiles(written.map(({ ackMs }) => ackMs)).p50),
      absolute(
        `alerts, ${where}`,
        batches.reduce((sum, { taken }) => sum + taken, 0),
        undefined,
        "alerts",
      ),
    ],
    verdict: {
      system: "product",
      sent: times.length,
      missing: times.length - came.length,
      faults: 0,
      first: "a message of which nobody was notified",
    },
  };
};

const ackP50 = async (system: System, crowd: string, { pushMs }: Plan): Promise<number> => {
  const write = (sendMs: number): Promise<readonly Written[]> =>
    system.generator.ask("write", { crowd, perSecond: CALM_PER_SECOND, sendMs });
  // Everybody once: objects that have to be opened first are another matter.
  await write((PEOPLE * 1000) / CALM_PER_SECOND);
  const written = await write(pushMs / 2);
  await untilQuiet(system);
  return percentiles(written.map(({ ackMs }) => ackMs)).p50;
};

/** How senders fare while the push service does not, beside while it does; and beside people without addresses. */
const measureOutage = async (system: System, receiver: PushReceiver, plan: Plan): Promise<Comparison[]> => {
  const acks: Record<Mood | "nobody", number[]> = { nobody: [], up: [], failing: [], hanging: [] };
  for (let round = 0; round < plan.pushRounds; round++) {
    acks.nobody.push(await ackP50(system, "bare", plan));
    for (const mood of ["up", "failing", "hanging"] as const) {
      receiver.mood = mood;
      acks[mood].push(await ackP50(system, "far", plan));
    }
    receiver.mood = "up";
  }
  const compared = (name: string, baseline: number[], product: number[], columns: readonly [string, string]) => ({
    name: `ack p50, ${name}`,
    unit: "ms",
    columns,
    bar: ACK_RATIO,
    values: { baseline, product },
  });
  return [
    compared("push service up", acks.nobody, acks.up, ["no push", "push"]),
    compared("push service failing", acks.up, acks.failing, ["up", "failing"]),
    compared("push service hanging", acks.up, acks.hanging, ["up", "hanging"]),
  ];
};

/** People who are away: how soon their push service has what was written to them, and what senders feel of it. */
export const measurePush = async (
  plan: Plan,
  log: (text: string) => void,
): Promise<{ comparisons: Comparison[]; verdicts: Verdict[] }> => {
  const receiver = await PushReceiver.start();
  const batches: BatchSummary[] = [];
  const settings = { ...vapidKeys(), VAPID_SUBJECT: "mailto:bench@example.org", PUSH_HOSTS: receiver.origin };
  const system = await startSystem("product", settings, (line) => {
    const batch = batchIn(line);
    if (batch) batches.push(batch);
  });
  try {
    log(`push: ${PEOPLE} people with an address, who are away`);
    await system.generator.ask("leaveAll", {
      prefix: "far",
      people: PEOPLE,
      writers: WRITERS,
      origin: receiver.origin,
    });
    await system.generator.ask("leaveAll", { prefix: "bare", people: PEOPLE, writers: WRITERS });
    await untilQuiet(system);
    log(`push: ${PER_SECOND} messages a second for ${plan.pushMs / 1000} s`);
    const { comparisons, verdict } = await measureHandOver(system, receiver, batches, plan);
    await delay(LIMITS.pushEveryMs);
    log(`push: acks while the push service is up, fails, and hangs: ${plan.pushRounds} rounds`);
    comparisons.push(...(await measureOutage(system, receiver, plan)));
    return { comparisons, verdicts: [verdict] };
  } finally {
    await system.stop();
    await receiver.stop();
  }
};
