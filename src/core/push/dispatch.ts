import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { PushKind } from "../../shared/protocol/http-push.ts";
import { inBatches } from "../batches.ts";
import { within } from "../deadline.ts";
import type { Clock, Random, Timers } from "../ports.ts";
import { summaryOf } from "./batch-summary.ts";
import type { BatchSummary, Handled } from "./batch-summary.ts";
import type { Admission, Answered } from "./gate.ts";
import { providerOf } from "./gateway.ts";
import type { PushGateway } from "./gateway.ts";
import type { DeadLetter, PushJob, PushOutcome, PushReport } from "./job.ts";
import { newest } from "./newest.ts";
import { isStale, letterOf, putOffVerdict, reportOf, shrunk, staleVerdict, verdictOf } from "./verdict.ts";

export interface DispatchDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly gateway: PushGateway;
  admit(provider: string, count: number): Promise<Admission>;
  tell(provider: string, answered: Answered): Promise<unknown>;
  /** Durable when it answers. */
  bury(kind: PushKind, letters: readonly DeadLetter[]): Promise<void>;
  report(user: UserId, reports: readonly PushReport[]): Promise<void>;
  /** Something was given up, and is buried. */
  buried(kind: PushKind, letter: DeadLetter): void;
  /** A call failed that others do not depend on. */
  failed(call: "admit" | "tell" | "bury" | "report" | "dispatch", error: unknown): void;
  done(summary: BatchSummary): void;
}

interface Sent {
  readonly outcome: PushOutcome;
  readonly ms: number;
}

/** Without the gate nothing is sent: they are put off. */
const GATELESS: Admission = { permits: 0, waitMs: LIMITS.pushClosedMs, spreadMs: LIMITS.pushRetryMs };
/** What was not begun in time comes again soon. */
const UNBEGUN = { waitMs: LIMITS.pushClosedMs, spreadMs: LIMITS.pushRetryMs };

/**
 * The way of notifications from the queue to push services. Each push service has its own part of a batch, so that one
 * that hangs holds up what is for others no longer than the batch's answer. What is not heard of afterwards, because a
 * call failed, the user's object hands over again.
 */
export class Dispatch {
  readonly #deps: DispatchDeps;

  constructor(deps: DispatchDeps) {
    this.#deps = deps;
  }

  /** Never rejects. The answer: those with which nothing was done, through a fault of ours. */
  async run(jobs: readonly PushJob[]): Promise<readonly PushJob[]> {
    const groups = [...Map.groupBy(newest(jobs), ({ address }) => providerOf(address))];
    // A Worker has six requests that wait for an answer; the seventh would wait for one of them, and time out meanwhile.
    const width = Math.max(1, Math.floor(LIMITS.pushParallel / Math.max(1, groups.length)));
    const undone = await Promise.all(
      groups.map(async ([provider, group]) => {
        try {
          await this.#group(provider, group, width);
          return [];
        } catch (error) {
          this.#deps.failed("dispatch", error);
          return group;
        }
      }),
    );
    return undone.flat();
  }

  async #group(provider: string, jobs: readonly PushJob[], width: number): Promise<void> {
    const { clock } = this.#deps;
    const begunAt = clock.now();
    const stale = jobs.filter((job) => isStale(job, begunAt));
    const live = jobs.filter((job) => !isStale(job, begunAt));
    const admission = live.length === 0 ? GATELESS : await this.#admit(provider, live.length);
    const permitted = live.slice(0, admission.permits);
    const { sent, isFailing } = await this.#send(permitted, admission.token, width, begunAt);
    const told = this.#tell(provider, admission, [...sent.values()], isFailing);
    const moment = { now: clock.now(), random: this.#deps.random };
    const handled: Handled[] = stale.map((job) => ({ job, verdict: staleVerdict(job) }));
    for (const job of live) {
      const result = sent.get(job);
      if (result) handled.push({ job, verdict: verdictOf(job, result.outcome, moment), sentMs: result.ms });
      else handled.push({ job, verdict: putOffVerdict(job, permitted.includes(job) ? UNBEGUN : admission, moment) });
    }
    this.#deps.done(summaryOf(provider, handled, begunAt));
    const unburied = await this.#bury(handled, moment.now);
    await Promise.all([this.#report(handled.filter((one) => !unburied.has(one))), told]);
  }

  /** Some at a time, until they fail one after the other, or until it takes too long. */
  async #send(jobs: readonly PushJob[], token: string | undefined, width: number, begunAt: number) {
    const { clock } = this.#deps;
    const sent = new Map<PushJob, Sent>();
    const waiting = jobs.values();
    let inRow = 0;
    let underWay = 0;
    const work = async (): Promise<void> => {
      for (const job of waiting) {
        const startedAt = clock.now();
        underWay++;
        const outcome = await this.#one(job, token);
        underWay--;
        inRow = outcome.result === "later" ? inRow + 1 : 0;
        sent.set(job, { outcome, ms: clock.now() - startedAt });
        // Those that are under way may fail as well: it is not asked more often than shows it.
        if (inRow > 0 && inRow + underWay >= LIMITS.pushParallel) return;
        if (clock.now() - begunAt >= LIMITS.pushBatchMs) return;
      }
    };
    await Promise.all(Array.from({ length: Math.min(width, jobs.length) }, work));
    return { sent, isFailing: inRow >= LIMITS.pushParallel };
  }

  async #one(job: PushJob, token: string | undefined): Promise<PushOutcome> {
    const outcome = await this.#attempt(job, token);
    return outcome.result === "too_large" ? this.#attempt(shrunk(job), token) : outcome;
  }

  async #attempt(job: PushJob, token: string | undefined): Promise<PushOutcome> {
    const { gateway, timers } = this.#deps;
    try {
      const outcome = await within(timers, LIMITS.pushTimeoutMs, gateway.send(job, token));
      return outcome === "late" ? { result: "later", reason: "no answer" } : outcome;
    } catch (error) {
      // The message might quote an address.
      return { result: "later", reason: error instanceof Error ? error.name : "failed" };
    }
  }

  async #admit(provider: string, count: number): Promise<Admission> {
    try {
      return await this.#deps.admit(provider, count);
    } catch (error) {
      this.#deps.failed("admit", error);
      return GATELESS;
    }
  }

  /** One address that is throttled says nothing of the service: the others of the batch do. */
  async #tell(
    provider: string,
    { probe, madeAt }: Admission,
    sent: readonly Sent[],
    isFailing: boolean,
  ): Promise<void> {
    const failures = sent.flatMap(({ outcome }) => (outcome.result === "later" ? [outcome] : []));
    const well = !isFailing && failures.length < sent.length;
    const badToken = failures.some(({ token }) => token) ? madeAt : undefined;
    const retryAfterMs = Math.max(0, ...failures.map((failure) => failure.retryAfterMs ?? 0));
    if (sent.length === 0 || (well && !probe && badToken === undefined)) return;
    const asked = well || retryAfterMs === 0 ? {} : { retryAfterMs };
    try {
      await this.#deps.tell(provider, { well, ...asked, ...(badToken === undefined ? {} : { badToken }) });
    } catch (error) {
      this.#deps.failed("tell", error);
    }
  }

  /** The answer: those that could not be buried, of which nobody may be told that they are dead. */
  async #bury(handled: readonly Handled[], failedAt: number): Promise<ReadonlySet<Handled>> {
    const unburied = new Set<Handled>();
    const dead = handled.filter(({ verdict }) => verdict.fate.is === "dead");
    for (const [kind, those] of Map.groupBy(dead, ({ job }) => job.address.kind)) {
      const letters = those.map(({ job, verdict }) => letterOf(job, verdict, failedAt));
      try {
        await this.#deps.bury(kind, letters);
        for (const letter of letters) this.#deps.buried(kind, letter);
      } catch (error) {
        this.#deps.failed("bury", error);
        for (const one of those) unburied.add(one);
      }
    }
    return unburied;
  }

  async #report(handled: readonly Handled[]): Promise<void> {
    const { timers } = this.#deps;
    const users = [...Map.groupBy(handled, ({ job }) => job.user)];
    await inBatches(users, async ([user, those]) => {
      try {
        const reports = those.map(({ job, verdict }) => reportOf(job, verdict));
        const told = await within(timers, LIMITS.pushTimeoutMs, this.#deps.report(user, reports));
        if (told === "late") throw new Error("unable to tell; no answer");
      } catch (error) {
        this.#deps.failed("report", error);
      }
    });
  }
}
