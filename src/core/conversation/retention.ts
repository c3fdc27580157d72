import { ArchiveDown } from "../archive/archive-down.ts";
import type { ArchiveStore } from "../archive/archive-store.ts";
import type { Retained } from "../duties/policies.ts";
import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { ConversationState } from "../../shared/protocol/http-admin.ts";
import type { Clock } from "../ports.ts";
import type { Search } from "../search/search.ts";
import type { Alarms } from "./alarms.ts";
import type { Appender } from "./appender.ts";
import type { Held } from "./held.ts";
import type { LogReader } from "./log-reader.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import type { RetentionTable } from "./retention-table.ts";
import type { Roster } from "./roster.ts";
import { entryOf } from "./verdict.ts";
import type { ConversationRecord } from "./views.ts";

export interface RetentionDeps {
  readonly clock: Clock;
  readonly record: ConversationRecord;
  readonly roster: Roster;
  readonly log: LogTable;
  readonly held: Held;
  readonly retention: RetentionTable;
  readonly reader: LogReader;
  readonly alarms: Alarms;
  readonly appender: Appender;
  readonly archive: ArchiveStore | undefined;
  /** What the deployment's policies say; without it there are none. A throw: they could not be asked. */
  policy?(): Promise<Retained>;
  readonly parts: { readonly search: Pick<Search, "forget"> };
  /** Entries are in the log. */
  appended(rows: readonly LogRow[]): void;
  /** They are on their way to the members. */
  pump(): void;
}

const DAY_MS = 86_400_000;
/** Whose entries it makes: no user's, and no token is given out for it. */
export const SERVICE = ":service";

/**
 * How long messages are kept. Once a day at most, and only where something says so, the place from which on members
 * see the log rises, by one entry whatever the number of messages; what lies before it then goes for good, step by step, here
 * and in the archive. While there is a legal hold it is not shown, and stays.
 */
export class Retention {
  readonly #deps: RetentionDeps;
  /** Something is left to be forgotten, and not before then. */
  #againAt = 0;
  #triedAt = 0;
  #askedAt = 0;

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  /** For how long, and who says so. */
  get rule(): ConversationState["retention"] {
    const { own_days, policy_days } = this.#deps.retention.state;
    if (own_days !== null) return { days: own_days, by: "conversation" };
    return policy_days === null ? undefined : { days: policy_days, by: "policy" };
  }

  /** What counts here whatever the policies say; `null`: they count again. */
  setOwn(days: number | null): void {
    const { retention: table, alarms, clock } = this.#deps;
    table.put({ own_days: days, raised_at: 0 });
    this.#triedAt = 0;
    alarms.by(clock.now() + 1);
  }

  /** The alarm rang. It may have to ask somebody, and to reach far away: nothing else waits for it. */
  async run(): Promise<void> {
    await this.#ask();
    await this.#raise();
    await this.#forget();
  }

  /** Sees to it that the alarm rings when something is due. */
  awaitNext(): void {
    const { alarms, clock } = this.#deps;
    const at = Math.min(this.#dueAt(), this.#forgetAt(), this.#askAt());
    if (at < Infinity) alarms.by(Math.max(at, clock.now() + 1));
  }

  /** At most once a day. A conversation in which nothing happens asks again only where there are policies at all. */
  async #ask(): Promise<void> {
    const { retention: table, clock } = this.#deps;
    const now = clock.now();
    if (!this.#deps.policy || Math.abs(now - Math.max(table.state.asked_at, this.#askedAt)) < DAY_MS) return;
    let retained: Retained;
    try {
      retained = await this.#deps.policy();
    } catch {
      // Asked again with the next alarm: what was said last counts until then.
      return;
    }
    this.#askedAt = now;
    const { policy_days, watched } = table.state;
    const said = { policy_days: retained.days ?? null, watched: retained.watched ? 1 : 0 };
    // That there is nothing is not written down: it is asked again in another life, which is cheap where there is nothing.
    if (said.watched === 1 || said.policy_days !== policy_days || said.watched !== watched)
      table.put({ ...said, asked_at: now });
  }

  #askAt(): number {
    const { watched, asked_at } = this.#deps.retention.state;
    return watched === 1 && this.#deps.policy ? asked_at + LIMITS.retentionLookMs : Infinity;
  }

  /** From where on messages are young enough. Looked for once a day at most: the archive may have to be asked. */
  async #raise(): Promise<void> {
    const { retention: table, clock, appender } = this.#deps;
    const now = clock.now();
    const { rule } = this;
    if (!rule || this.#dueAt() > now) return;
    this.#triedAt = now;
    // What is as old as that to the millisecond is too old.
    const cutoff = now - rule.days * DAY_MS + 1;
    let floor: Seq;
    try {
      floor = await this.#firstSince(cutoff);
    } catch (error) {
      if (error instanceof ArchiveDown) return;
      throw error;
    }
    if (floor <= table.floor) return;
    // It tells nobody of a conversation that he does not know of.
    const hidden = [...this.#deps.roster.all()].find((member) => member.reach === 0)?.user_id ?? null;
    const entry = entryOf(SERVICE, "settings", { changes: { retained_from: floor } }, hidden);
    const rows = appender.add([entry], () => table.put({ retained_from: floor, raised_at: now }));
    this.#deps.appended(rows);
    this.#deps.pump();
  }

  /** The first place stamped at or after a time: stamps rise with places. What is here is looked through first. */
  async #firstSince(at: number): Promise<Seq> {
    const { retention: table, log, reader } = this.#deps;
    const isBefore = async (seq: Seq): Promise<boolean> => ((await reader.rows([seq]))[0]?.at ?? Infinity) < at;
    let low = table.floor;
    let high = log.head().seq + 1;
    const border = log.pruned + 1;
    if (border > low && border < high) {
      if (await isBefore(border)) low = border + 1;
      else high = border;
    }
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (await isBefore(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** When the oldest message that is left is too old; not twice a day. */
  #dueAt(): number {
    const { retention: table } = this.#deps;
    const { rule } = this;
    if (!rule) return Infinity;
    const oldest = table.oldestAt();
    const notBefore = Math.max(table.state.raised_at, this.#triedAt);
    return oldest === undefined
      ? Infinity
      : Math.max(oldest + rule.days * DAY_MS, notBefore > 0 ? notBefore + DAY_MS : 0);
  }

  #forgetAt(): number {
    const { retention: table, held } = this.#deps;
    return table.isClean || held.isActive ? Infinity : this.#againAt;
  }

  /**
   * First here, then in the archive, which may have been given something of it meanwhile: it is told again with the next
   * rise.
   */
  async #forget(): Promise<void> {
    const { retention: table, clock } = this.#deps;
    if (this.#forgetAt() > clock.now()) return;
    const { floor } = table;
    if (table.forget(floor, LIMITS.retentionStep, this.#deps.log.generations)) {
      this.#againAt = clock.now() + LIMITS.retentionStepMs;
      return;
    }
    this.#deps.parts.search.forget(floor);
    try {
      if (await this.#forgetArchived(floor)) table.put({ forgotten: floor });
      this.#againAt = clock.now() + LIMITS.retentionStepMs;
    } catch {
      this.#againAt = clock.now() + LIMITS.retentionRetryMs;
    }
  }

  /** Whether nothing of it is left there. */
  async #forgetArchived(floor: Seq): Promise<boolean> {
    const { archive, record } = this.#deps;
    if (!archive) return true;
    for (let step = 0; step < LIMITS.retentionArchiveSteps; step++) {
      if ((await archive.forget(record.conversation_id, floor - 1)) < LIMITS.archiveBatch) return true;
    }
    return false;
  }
}
