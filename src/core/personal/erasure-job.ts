import { canonicalJson } from "../../shared/audit-chain.ts";
import type { ConversationId, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Erasure } from "../../shared/protocol/http-data.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { sha256 } from "../../shared/sha256.ts";
import { toIso } from "../../shared/time.ts";
import type { Appointment } from "../alarm.ts";
import type { ErasedHere } from "../conversation/erasing.ts";
import type { Clock, Sql } from "../ports.ts";

export interface ErasureWish {
  readonly erasure_id: string;
  readonly user_id: UserId;
  readonly reason: string;
  readonly by: UserId;
}

type Certificate = NonNullable<Erasure["certificate"]>;

/** Whom an erasure reaches. All of it may be repeated; a throw means that it is to be asked again. */
export interface ErasureReach {
  /** He does nothing any more from here on. */
  suspend(wish: ErasureWish): Promise<void>;
  /** Conversations that he is in, or was. */
  conversations(user: UserId): Promise<readonly ConversationId[]>;
  /** A bounded part of it; `undefined`: there is no such conversation. */
  conversation(id: ConversationId, user: UserId): Promise<ErasedHere | undefined>;
  /** What his own object knows of him. The answer: how much of what. */
  account(wish: ErasureWish): Promise<Readonly<Record<string, number>>>;
  /** Enters the certificate into the audit log. */
  certify(certificate: Certificate, by: UserId): Promise<void>;
}

export interface ErasureDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly reach: ErasureReach;
  /** For how many days backups of the archive are kept, as the operator says. */
  readonly archiveBackupDays: number;
  /** There is something to be done at another time. */
  waits(): void;
}

type Stage = "begin" | "conversations" | "account" | "certify" | "done";
interface Row {
  erasure_id: string;
  user_id: UserId;
  reason: string;
  requested_by: UserId;
  requested_at: number;
  stage: Stage;
  failures: number;
  next_at: number;
  removed: string | null;
  certificate: string | null;
}

interface Place {
  place: number;
  conversation_id: ConversationId;
  done: number;
  outcome: string | null;
}

const COLUMNS =
  "erasure_id, user_id, reason, requested_by, requested_at, stage, failures, next_at, removed, certificate";

/** One erasure of a person, step by step; each may be done again. It does not end before everything is done. */
export class ErasureJob implements Appointment {
  readonly #deps: ErasureDeps;

  constructor(deps: ErasureDeps) {
    this.#deps = deps;
  }

  /** The same erasure again is the same. */
  begin({ erasure_id, user_id, reason, by }: ErasureWish): Result<Erasure> {
    const { sql, clock } = this.#deps;
    const known = this.#row();
    if (known && known.user_id !== user_id)
      return refuse("conflict", "unable to erase; there is another erasure of this name");
    if (!known) {
      const now = clock.now();
      sql.run(
        `INSERT INTO erasure (one, erasure_id, user_id, reason, requested_by, requested_at, stage, next_at)
         VALUES (1, ?, ?, ?, ?, ?, 'begin', ?)`,
        erasure_id,
        user_id,
        reason,
        by,
        now,
        now,
      );
      this.#deps.waits();
    }
    return this.state();
  }

  state(): Result<Erasure> {
    const row = this.#row();
    if (!row) return refuse("not_found", "unable to find the erasure");
    const places = this.#places();
    return {
      ok: true,
      value: {
        erasure_id: row.erasure_id,
        user_id: row.user_id,
        status: row.stage === "done" ? "done" : "running",
        done: places.filter(({ done }) => done === 1).length,
        ...(row.stage === "begin" ? {} : { of: places.length }),
        requested_at: toIso(row.requested_at),
        ...(row.stage === "done" && row.certificate !== null
          ? { certificate: JSON.parse(row.certificate) as Certificate }
          : {}),
      },
    };
  }

  nextAt(): number {
    const row = this.#row();
    return row && row.stage !== "done" ? row.next_at : Infinity;
  }

  async ring(now: number): Promise<void> {
    const row = this.#row();
    if (!row) return;
    try {
      await this.#step(row);
    } catch {
      const wait = Math.min(LIMITS.jobRetryMs * 2 ** row.failures, LIMITS.jobRetryMaxMs);
      this.#deps.sql.run("UPDATE erasure SET failures = failures + 1, next_at = ? WHERE one = 1", now + wait);
    }
  }

  #row(): Row | undefined {
    return this.#deps.sql.all<Row>(`SELECT ${COLUMNS} FROM erasure WHERE one = 1`)[0];
  }

  #places(where = ""): Place[] {
    return this.#deps.sql.all<Place>(
      `SELECT place, conversation_id, done, outcome FROM erasure_conversations ${where} ORDER BY tried, place`,
    );
  }

  #step(row: Row): Promise<void> {
    switch (row.stage) {
      case "begin":
        return this.#begin(row);
      case "conversations":
        return this.#conversations(row);
      case "account":
        return this.#account(row);
      case "certify":
        return this.#certify(row);
      case "done":
        return Promise.resolve();
    }
  }

  #to(stage: Stage, besides: () => void = () => undefined, waitMs = 0): void {
    const { sql, clock } = this.#deps;
    sql.transaction(() => {
      const at = clock.now() + waitMs;
      sql.run("UPDATE erasure SET stage = ?, failures = 0, next_at = ? WHERE one = 1", stage, at);
      besides();
    });
  }

  async #begin(row: Row): Promise<void> {
    await this.#deps.reach.suspend(wishOf(row));
    const conversations = await this.#deps.reach.conversations(row.user_id);
    this.#to("conversations", () => {
      for (const [index, id] of conversations.entries())
        this.#deps.sql.run("INSERT INTO erasure_conversations (place, conversation_id) VALUES (?, ?)", index + 1, id);
    });
  }

  /** As far as one step goes. A conversation whose archive is slow or down holds up no other. */
  async #conversations({ user_id }: Row): Promise<void> {
    const budget = { calls: 0 };
    let failure: unknown;
    for (const place of this.#places("WHERE done = 0")) {
      if (budget.calls >= LIMITS.eraseStepCalls) return this.#to("conversations");
      this.#deps.sql.run("UPDATE erasure_conversations SET tried = tried + 1 WHERE place = ?", place.place);
      try {
        await this.#conversation(place, user_id, budget);
      } catch (error) {
        failure = error;
      }
    }
    const isAll = this.#places("WHERE done = 0").length === 0;
    if (isAll) return this.#to("account");
    if (failure !== undefined) throw failure;
    // What is left waits for the archive, or for its turn.
    const isLong = budget.calls >= LIMITS.eraseStepCalls;
    this.#to("conversations", undefined, isLong ? 0 : LIMITS.eraseRestMs);
  }

  async #conversation({ place, conversation_id }: Place, user: UserId, budget: { calls: number }): Promise<void> {
    for (let goesOn = true; goesOn && budget.calls < LIMITS.eraseStepCalls;) {
      budget.calls++;
      const erased = await this.#deps.reach.conversation(conversation_id, user);
      goesOn = erased?.hasMore === true;
      this.#deps.sql.run(
        "UPDATE erasure_conversations SET done = ?, outcome = ? WHERE place = ?",
        erased === undefined || erased.isDone ? 1 : 0,
        erased === undefined ? null : JSON.stringify(erased),
        place,
      );
    }
  }

  async #account(row: Row): Promise<void> {
    const removed = await this.#deps.reach.account(wishOf(row));
    this.#to("certify", () =>
      this.#deps.sql.run("UPDATE erasure SET removed = ? WHERE one = 1", JSON.stringify(removed)),
    );
  }

  /** Written down before it is entered: a step that comes again enters the same. */
  async #certify(row: Row): Promise<void> {
    const certificate =
      row.certificate === null ? this.#certificate(row) : (JSON.parse(row.certificate) as Certificate);
    if (row.certificate === null)
      this.#deps.sql.run("UPDATE erasure SET certificate = ? WHERE one = 1", JSON.stringify(certificate));
    await this.#deps.reach.certify(certificate, row.requested_by);
    this.#to("done");
  }

  #certificate(row: Row): Certificate {
    const now = this.#deps.clock.now();
    const outcomes = this.#places().flatMap(({ outcome }) =>
      outcome === null ? [] : [JSON.parse(outcome) as ErasedHere],
    );
    const removed: Record<string, number> = { ...(JSON.parse(row.removed ?? "{}") as Record<string, number>) };
    for (const one of outcomes)
      for (const [kind, count] of Object.entries(one.removed)) removed[kind] = (removed[kind] ?? 0) + count;
    const held = outcomes.reduce((sum, one) => sum + one.held, 0);
    const until = (days: number): { readonly days: number; readonly until: string } => ({
      days,
      until: toIso(now + days * DAY_MS),
    });
    const rest: Omit<Certificate, "hash"> = {
      erasure_id: row.erasure_id,
      user_id: row.user_id,
      requested_at: toIso(row.requested_at),
      finished_at: toIso(now),
      removed,
      remains: [
        {
          what: "his id in the logs of conversations",
          count: outcomes.length,
          why: "places of a log are never taken away",
        },
        {
          what: "the account, suspended",
          why: "a token of this id must not begin a new account that others take for him",
        },
        { what: "what others wrote to or of him", why: "it is theirs" },
        ...(held > 0 ? [{ what: "messages, for legal holds", count: held, why: "a hold goes before an erasure" }] : []),
        ...(outcomes.some(({ stays }) => stays)
          ? [
              {
                what: "direct conversations, for the others",
                count: outcomes.filter(({ stays }) => stays).length,
                why: "they are the others' as well",
              },
            ]
          : []),
        { what: "entries of the audit log", why: "they say what operators did" },
      ],
      horizons: [
        { what: "point-in-time recovery of the platform", ...until(LIMITS.platformRecoveryDays) },
        { what: "backups of the archive", ...until(this.#deps.archiveBackupDays) },
        { what: "files of exports", ...until(LIMITS.exportKeepMs / DAY_MS) },
      ],
    };
    return { ...rest, hash: sha256(canonicalJson(rest)) };
  }
}

const DAY_MS = 86_400_000;
const wishOf = ({ erasure_id, user_id, reason, requested_by }: Row): ErasureWish => ({
  erasure_id,
  user_id,
  reason,
  by: requested_by,
});
