import { ApnsSession } from "./apns-session.ts";
import type { ApnsOutcome, ApnsRequest } from "./apns-session.ts";
import type { RelayLimits } from "./limits.ts";
import type { Log } from "./log.ts";

/** What became of a request, or why it did not even go. */
export type PoolOutcome = ApnsOutcome | { readonly is: "busy" | "unreachable" };

interface Waiting {
  readonly request: ApnsRequest;
  /** When its time is up, by the process's clock. */
  readonly until: number;
  readonly timer: NodeJS.Timeout;
  readonly settle: (outcome: PoolOutcome) => void;
  attempts: number;
}

/** All connections to one endpoint, and the line of those who wait for room on one. */
export class ApnsPool {
  readonly #deps: { endpoint: string; ca?: string | undefined; limits: RelayLimits; log: Log };
  readonly #sessions = new Set<ApnsSession>();
  readonly #waiting: Waiting[] = [];
  #isClosing = false;
  /** Also on connections that take no more. */
  #underWay = 0;

  constructor(deps: { endpoint: string; ca?: string | undefined; limits: RelayLimits; log: Log }) {
    this.#deps = deps;
  }

  send(request: ApnsRequest): Promise<PoolOutcome> {
    const { waiting, requestMs } = this.#deps.limits;
    if (this.#isClosing || this.#waiting.length >= waiting) return Promise.resolve({ is: "busy" });
    return new Promise((resolve) => {
      const one: Waiting = {
        request,
        until: performance.now() + requestMs,
        timer: setTimeout(() => this.#giveUp(one), requestMs),
        settle: (outcome) => {
          clearTimeout(one.timer);
          resolve(outcome);
        },
        attempts: 0,
      };
      this.#waiting.push(one);
      this.#pump();
    });
  }

  /** Takes no more; resolves when what was under way has ended, or has been given up. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const until = performance.now() + this.#deps.limits.drainMs;
    while ((this.#waiting.length > 0 || this.#underWay > 0) && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 20));
    for (const one of this.#waiting.splice(0)) one.settle({ is: "busy" });
    for (const session of this.#sessions) session.destroy();
  }

  #giveUp(one: Waiting): void {
    const at = this.#waiting.indexOf(one);
    // Those who are on their way are ended by their connection.
    if (at === -1) return;
    this.#waiting.splice(at, 1);
    one.settle({ is: "late" });
  }

  /** Those who wait go where there is room, in their order. */
  #pump(): void {
    while (this.#waiting.length > 0) {
      const session = [...this.#sessions].find(({ room }) => room > 0);
      if (session === undefined) break;
      const one = this.#waiting.shift();
      if (one !== undefined) void this.#go(session, one);
    }
    if (this.#waiting.length > 0) this.#openAnother();
  }

  async #go(session: ApnsSession, one: Waiting): Promise<void> {
    one.attempts++;
    this.#underWay++;
    const outcome = await session.send(one.request, Math.max(one.until - performance.now(), 0));
    this.#underWay--;
    // Who refuses everything is not asked for ever.
    if (outcome.is !== "unprocessed" || one.attempts >= this.#deps.limits.attempts) return one.settle(outcome);
    this.#waiting.unshift(one);
    this.#pump();
  }

  #openAnother(): void {
    const { limits, log, endpoint, ca } = this.#deps;
    const isOpening = [...this.#sessions].some((session) => session.isOpening);
    if (isOpening || this.#sessions.size >= limits.sessions) return;
    const session: ApnsSession = new ApnsSession({
      endpoint,
      ca,
      limits,
      onRoom: () => this.#pump(),
      onEnd: (reason, wasOpen) => this.#ended(session, reason, wasOpen),
    });
    this.#sessions.add(session);
    log({ event: "session_opening", endpoint });
  }

  #ended(session: ApnsSession, reason: string, wasOpen: boolean): void {
    this.#sessions.delete(session);
    this.#deps.log({ event: "session_ended", endpoint: this.#deps.endpoint, reason, wasOpen });
    // Nobody is kept waiting for what cannot be reached; whoever asks next makes the next attempt.
    if (!wasOpen && this.#sessions.size === 0)
      for (const one of this.#waiting.splice(0)) one.settle({ is: "unreachable" });
    else this.#pump();
  }
}
