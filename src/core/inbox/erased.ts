import type { Delivery, DeliveryAnswer } from "../conversation/delivery.ts";
import type { Clock, Sql } from "../ports.ts";
import type { Username } from "../../shared/ids.ts";

/** That the account was erased, and what went with it. */
export interface ErasedAccount {
  readonly erasure_id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly removed: Readonly<Record<string, number>>;
  /** A name that its object does not know to be free yet. */
  readonly username: Username | undefined;
}

/** Tables of what is his. What operators decided of him stays: that he is suspended, holds; and where he was at home. */
const OWN = [
  "inbox",
  "devices",
  "profile",
  "watchers",
  "presence",
  "blocks",
  "push_addresses",
  "former_addresses",
] as const;

/** Nothing of an account but that it was erased. */
export class Erased {
  readonly #sql: Sql;
  readonly #clock: Clock;
  #known: { readonly account: ErasedAccount | undefined } | undefined;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  get account(): ErasedAccount | undefined {
    if (this.#known) return this.#known.account;
    const row = this.#sql.all<{ erasure_id: string; at: number; removed: string; username: string | null }>(
      "SELECT erasure_id, at, removed, username FROM erased WHERE one = 1",
    )[0];
    const account = row && {
      ...row,
      removed: JSON.parse(row.removed) as Record<string, number>,
      username: row.username ?? undefined,
    };
    this.#known = { account };
    return account;
  }

  /** Everything goes in one turn. What the object holds in memory is old then: it has to begin anew. */
  erase(erasure_id: string, username: Username | undefined): void {
    const sql = this.#sql;
    const count = (what: string): number => sql.all<{ n: number }>(`SELECT COUNT(*) AS n FROM ${what}`)[0]?.n ?? 0;
    sql.transaction(() => {
      const removed = {
        profile: count("profile"),
        username: username === undefined ? 0 : 1,
        devices: count("devices WHERE registered_at IS NOT NULL"),
        push_addresses: count("push_addresses") + count("former_addresses"),
        blocks: count("blocks WHERE blocked = 1"),
        watchers: count("watchers"),
        list: count("inbox"),
        drafts: count("inbox WHERE draft IS NOT NULL"),
      };
      for (const table of OWN) sql.run(`DELETE FROM ${table}`);
      sql.run(
        "INSERT INTO erased (one, erasure_id, at, removed, username) VALUES (1, ?, ?, ?, ?)",
        erasure_id,
        this.#clock.now(),
        JSON.stringify(removed),
        username ?? null,
      );
    });
    this.#known = undefined;
  }

  /** The name's object knows that it is free. */
  released(): void {
    this.#sql.run("UPDATE erased SET username = NULL WHERE one = 1");
    this.#known = undefined;
  }
}

/** What a conversation that goes on without him is told: he has everything, keeps nothing, and is not there. */
export const swallowed = ({ after, entries, own, large, base }: Delivery): DeliveryAnswer => {
  const head = Math.max(after + entries.length, base?.head ?? 0);
  const state = { head, flushed: head, read: own?.read_up_to ?? 0, delivered: 0, hidesReads: true };
  return large === true ? { ...state, presence: { here: false, asOf: Number.MAX_SAFE_INTEGER } } : state;
};
