import type { UserId } from "../../shared/ids.ts";
import type { RetentionPolicy } from "../../shared/protocol/http-admin.ts";
import type { ConversationType } from "../../shared/protocol/fields.ts";
import { toIso } from "../../shared/time.ts";
import type { Clock, Sql } from "../ports.ts";

/** What a conversation is told: for how many days its messages are kept, if that is bounded, and whether any are. */
export interface Retained {
  readonly days?: number;
  /** There are policies: whoever has none may get one, and asks again although nothing happens in it. */
  readonly watched: boolean;
}

/** A policy to be set, or with `null` taken away. */
export interface PolicyChange {
  readonly type?: ConversationType | undefined;
  readonly region?: string | undefined;
  readonly days: number | null;
  readonly reason: string;
}

interface PolicyRow {
  type: ConversationType | "";
  region: string;
  days: number;
  reason: string;
  set_at: number;
  set_by: UserId;
}

const narrowness = ({ type, region }: RetentionPolicy): number =>
  Number(type !== undefined) + Number(region !== undefined);

/** The narrowest policy counts; of two that are as narrow, that which keeps for a shorter time. */
export const retainedBy = (policies: readonly RetentionPolicy[], type: ConversationType, region: string): Retained => {
  const [best] = policies
    .filter((one) => (one.type ?? type) === type && (one.region ?? region) === region)
    .sort((a, b) => narrowness(b) - narrowness(a) || a.days - b.days);
  return { ...(best ? { days: best.days } : {}), watched: policies.length > 0 };
};

/** For how long messages are kept, by the kind of their conversation and its region. */
export class Policies {
  readonly #sql: Sql;
  readonly #clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  set({ type, region = "", days, reason }: PolicyChange, by: UserId): void {
    if (days === null) {
      if (this.#rows().length > 0)
        this.#sql.run("DELETE FROM policies WHERE type = ? AND region = ?", type ?? "", region);
      return;
    }
    this.#sql.run(
      "INSERT OR REPLACE INTO policies (type, region, days, reason, set_at, set_by) VALUES (?, ?, ?, ?, ?, ?)",
      type ?? "",
      region,
      days,
      reason,
      this.#clock.now(),
      by,
    );
  }

  all(): RetentionPolicy[] {
    return this.#rows().map(({ type, region, days, reason, set_at, set_by }) => ({
      type: type === "" ? undefined : type,
      region: region === "" ? undefined : region,
      days,
      reason,
      set_at: toIso(set_at),
      set_by,
    }));
  }

  #rows(): PolicyRow[] {
    return this.#sql.all<PolicyRow>(
      "SELECT type, region, days, reason, set_at, set_by FROM policies ORDER BY type, region",
    );
  }
}
