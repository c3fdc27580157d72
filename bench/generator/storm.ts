import { setTimeout as delay } from "node:timers/promises";
import { percentiles } from "../statistics.ts";
import type { Percentiles } from "../statistics.ts";
import type { Account } from "./room.ts";
import type { Dialect } from "./dialect.ts";
import { Returner } from "./returner.ts";

/** People of one group, beside the one who writes in it and is not connected. */
const GROUP = 99;
const AT_ONCE = 16;
/** From when the connections are about to break until messages are to be sent: the server is down by then. */
const AWAY_MS = 8000;
const PATIENCE_MS = 180_000;
/** Codes with which an attempt may end while the server is up: a told wait. */
const TOLD = 4429;

export interface StormResult {
  readonly account: Account;
  /** From when the server is up again until all that was missed is there. */
  readonly backMs: Percentiles & { readonly max: number };
  readonly told: number;
  readonly toldMost: number;
  /** Attempts that ended otherwise although the server was up, by code. */
  readonly errors: Readonly<Record<number, number>>;
  /** Share of those who were away at the time that their message bears. */
  readonly awayShare: number;
}

const each = async <T>(all: readonly T[], work: (one: T, index: number) => Promise<void>): Promise<void> => {
  const waiting = all.entries();
  const worker = async (): Promise<void> => {
    for (const [index, one] of waiting) await work(one, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
};

/** People whose connections break all at once, and who come back as the SDK does. */
export class Storm {
  readonly #dialect: Dialect;
  readonly #url: string;
  readonly #returners: Returner[] = [];
  /** Their groups by who writes in them. */
  readonly #groups = new Map<string, string>();
  #wake: () => void = () => undefined;

  constructor(dialect: Dialect, url: string) {
    this.#dialect = dialect;
    this.#url = url;
  }

  /** Makes `users` people in groups of a hundred with one who writes; resolves when all are connected. */
  async gather(users: number): Promise<void> {
    const groups = Array.from({ length: Math.ceil(users / GROUP) }, (_x, number) => `storm${number}-`);
    await each(groups, async (prefix, index) => {
      const members = Math.min(GROUP, users - index * GROUP) + 1;
      this.#groups.set(`${prefix}0`, await this.#dialect.group(prefix, members));
    });
    const people = Array.from({ length: users }, (_x, i) => `${groups[Math.floor(i / GROUP)]}${(i % GROUP) + 1}`);
    await each(people, async (user) => {
      const token = (await this.#dialect.token?.(user)) ?? "";
      this.#returners.push(new Returner(this.#url, token, () => this.#wake()));
    });
    await this.#until(() => this.#returners.every(({ isOnline }) => isOnline));
  }

  /**
   * The connections are about to break. In each group a message is to be sent a while after that; answers when.
   */
  async begin(): Promise<number> {
    const sendAt = Date.now() + AWAY_MS;
    await each([...this.#groups], async ([writer, group]) => this.#dialect.schedule?.(writer, group, sendAt));
    for (const returner of this.#returners) returner.begin();
    return sendAt;
  }

  /** The server is up again. Resolves when all are back and have what was sent to them. */
  async pass(): Promise<StormResult> {
    const upAt = Date.now();
    await this.#until(() => this.#returners.every(({ isOnline, messages }) => isOnline && messages > 0));
    return this.#result(upAt);
  }

  close(): void {
    for (const returner of this.#returners) returner.close();
  }

  #result(upAt: number): StormResult {
    const results = this.#returners.map(({ result }) => result);
    // Some are quicker than the news that the server is up.
    const times = results.map(({ backAt }) => Math.max(0, backAt - upAt));
    const errors: Record<number, number> = {};
    for (const { code, begunAt } of results.flatMap(({ endings }) => endings))
      if (begunAt > upAt && code !== TOLD) errors[code] = (errors[code] ?? 0) + 1;
    const faulty = results.filter(({ fault, synced, live }) => fault !== undefined || synced + live !== 1);
    const failures = Object.values(errors).reduce((sum, count) => sum + count, 0);
    return {
      account: {
        sent: results.length,
        missing: results.filter(({ synced, live }) => synced + live === 0).length,
        faults: faulty.length + failures,
        first: faulty[0]?.fault ?? JSON.stringify(errors),
      },
      backMs: { ...percentiles(times), max: Math.max(...times) },
      told: results.reduce((sum, { told }) => sum + told, 0),
      toldMost: Math.max(...results.map(({ told }) => told)),
      errors,
      awayShare:
        results.filter(({ sentAt, lostAt, backAt }) => lostAt < sentAt && sentAt < backAt).length / results.length,
    };
  }

  async #until(isSo: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!isSo()) {
      if (Date.now() > deadline) {
        const states = this.#returners.map(({ state }) => state);
        const counts = Object.entries(Object.groupBy(states, (state) => state)).map(([state, all]) => [
          state,
          all?.length,
        ]);
        throw new Error(`unable to go on; ${JSON.stringify(counts)}`);
      }
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), delay(1000)]);
      // Many changes at a time are one look.
      await delay(5);
    }
  }
}
