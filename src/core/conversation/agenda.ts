import type { ClientMessageId, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Result } from "../../shared/result.ts";
import type { Clock, Sql } from "../ports.ts";
import type { Soon } from "../soon.ts";
import type { Alarms } from "./alarms.ts";
import type { Appender } from "./appender.ts";
import type { EntryCodec } from "./entry-codec.ts";
import type { LogReader } from "./log-reader.ts";
import type { LogRow } from "./log-table.ts";
import type { MessageActs } from "./message-acts.ts";
import type { MessageTable } from "./message-table.ts";
import type { Named } from "./named.ts";
import type { ListPage } from "./pages.ts";
import { NOT_FOUND } from "./refusals.ts";
import type { Roster } from "./roster.ts";
import { Scheduled } from "./scheduled.ts";
import type { Draft } from "./write.ts";

export interface AgendaDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly roster: Roster;
  readonly messages: MessageTable;
  readonly reader: LogReader;
  readonly named: Named;
  readonly codec: EntryCodec;
  readonly acts: MessageActs;
  readonly appender: Appender;
  /** Entries are in the log. */
  appended(rows: readonly LogRow[]): void;
}

const keyOf = (user: UserId, id: ClientMessageId): string => `${user} ${id}`;

/** What is to happen at a time: scheduled messages are sent, and those whose time is over removed. */
export class Agenda {
  readonly #deps: AgendaDeps;
  readonly #scheduled: Scheduled;
  /** Until when messages are left alone that name something archived: it is being fetched, or could not be. */
  readonly #held = new Map<string, number>();

  constructor(deps: AgendaDeps) {
    this.#deps = deps;
    this.#scheduled = new Scheduled(deps.sql, deps.clock);
  }

  /** Judged as if it were sent now, so that what can never be sent is refused at once. */
  schedule(
    user: UserId,
    draft: Draft,
    at: number,
  ): Soon<Result<{ readonly created: boolean; readonly scheduled: string }>> {
    const { reader, named } = this.#deps;
    return reader.acting(
      () => named.look([draft]),
      () => this.#schedule(user, draft, at),
    );
  }

  #schedule(user: UserId, draft: Draft, at: number): Result<{ readonly created: boolean; readonly scheduled: string }> {
    const member = this.#deps.roster.get(user);
    if (!member) return NOT_FOUND;
    // Before the alarm is set for later: in a new life nobody knows what it was set for.
    this.#deps.alarms.lookAfter(this.#deps.clock.now() + LIMITS.outboxAlarmMs);
    const verdict = this.#deps.acts.send(member, draft, at);
    if (!verdict.ok) return verdict;
    const put = this.#scheduled.put(user, draft, at);
    if (put.ok) this.#deps.alarms.by(at);
    return put;
  }

  list(user: UserId, page: ListPage): Result<string> {
    return this.#deps.roster.get(user) ? this.#scheduled.list(user, page) : NOT_FOUND;
  }

  cancel(user: UserId, id: ClientMessageId): Result<true> {
    return this.#deps.roster.get(user) ? this.#scheduled.cancel(user, id) : NOT_FOUND;
  }

  /**
   * Does what is due, a bounded number of things: for the rest the alarm rings again. What names something archived, and only
   * that, is waited for.
   */
  run(): Soon<void> {
    const now = this.#deps.clock.now();
    for (const [key, until] of this.#held) if (until <= now) this.#held.delete(key);
    const due = this.#scheduled
      .due(now, LIMITS.duePerAlarm + this.#held.size)
      .filter(({ user, draft }) => !this.#held.has(keyOf(user, draft.client_message_id)))
      .slice(0, LIMITS.duePerAlarm);
    const later = due.map(({ user, draft }) => this.#send(user, draft)).filter((sent) => sent !== undefined);
    this.#expire(now);
    return later.length > 0 ? Promise.all(later).then(() => undefined) : undefined;
  }

  #expire(now: number): void {
    const over = this.#deps.messages
      .expired(now, LIMITS.duePerAlarm)
      .map((row) => this.#deps.acts.removal(row, this.#deps.codec.idOf(row), "expired"));
    if (over.length === 0) return;
    const entries = over.map(({ entry }) => entry);
    const apply = (rows: readonly LogRow[]) => rows.forEach((row, index) => over[index]?.apply(row));
    this.#deps.appended(this.#deps.appender.add(entries, apply));
  }

  /** Sees to it that the alarm rings when the next thing is due. */
  awaitNext(): void {
    const scheduled = this.#scheduled
      .next(this.#held.size + 1)
      .map(({ user_id, client_id, at }) => Math.max(at, this.#held.get(keyOf(user_id, client_id)) ?? 0));
    const next = Math.min(this.#deps.messages.nextExpiry() ?? Infinity, ...scheduled);
    if (next < Infinity) this.#deps.alarms.by(Math.max(next, this.#deps.clock.now() + 1));
  }

  #send(user: UserId, draft: Draft): Promise<void> | undefined {
    const { reader, named, clock } = this.#deps;
    const key = keyOf(user, draft.client_message_id);
    const sent = reader.holding(
      () => named.look([draft]),
      () => {
        this.#held.delete(key);
        // He may have taken it back meanwhile, or written it anew.
        if (this.#scheduled.waits(user, draft)) this.#sendNow(user, draft);
      },
      // Not refused: it is late until the archive is there again.
      () => void this.#held.set(key, clock.now() + LIMITS.scheduledRetryMs),
    );
    if (!(sent instanceof Promise)) return undefined;
    this.#held.set(key, Infinity);
    return sent;
  }

  #sendNow(user: UserId, draft: Draft): void {
    const member = this.#deps.roster.get(user);
    const sent = member && this.#deps.appender.append(member, [draft]);
    const result = sent?.results[0] ?? NOT_FOUND;
    if (sent && sent.rows.length > 0) this.#deps.appended(sent.rows);
    if (result.ok) this.#scheduled.remove(user, draft.client_message_id);
    else this.#scheduled.refused(user, draft.client_message_id, result.refusal.code);
  }
}
