import { isRetryable } from "../../src/shared/errors.ts";
import type { ConversationId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Preferences as Settings } from "./answers.ts";
import { afterRequestedMs, fullJitterMs } from "./backoff.ts";
import type { Environment, Timer } from "./environment.ts";
import { pathOf } from "./history.ts";
import type { LocalState } from "./local-state.ts";
import { ParleyError } from "./parley-error.ts";
import type { Rest } from "./rest.ts";
import type { PreferencesDue } from "./store.ts";

export interface PreferencesDeps {
  readonly environment: Environment;
  readonly state: LocalState;
  readonly rest: Rest;
  readonly online: () => boolean;
  readonly applyRow: (row: Conversation) => void;
  readonly onError: (error: unknown) => void;
}

const RETRY = { baseMs: 1000, capMs: 60_000 } as const;

/** The row as it is with these. */
const withSettings = (row: Conversation, { muted_until, ...others }: Settings): Conversation => {
  const { muted_until: muted, ...rest } = { ...row, ...others };
  const until = muted_until === undefined ? muted : muted_until;
  return until === undefined || until === null ? rest : { ...rest, muted_until: until };
};

/** What the row says of the things that `set` is about. */
const settingsOf = (row: Conversation, set: Settings): Settings => {
  const { muted_until = null, archived = false, pinned = false, notify } = row;
  const all: Settings = { muted_until, archived, pinned, notify };
  return Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(set, name)));
};

/** What is still to be told of `now` when the server has `told`. */
const untold = (now: PreferencesDue, told: Settings): PreferencesDue | undefined => {
  const left = Object.entries(now.set).filter(([name, value]) => told[name as keyof Settings] !== value);
  if (left.length === 0) return undefined;
  return { set: Object.fromEntries(left), before: { ...now.before, ...told } };
};

/** The user's own settings of conversations: shown at once, kept beside the log until the server has them. */
export class Preferences {
  readonly #deps: PreferencesDeps;
  readonly #underWay = new Set<ConversationId>();
  readonly #timers = new Map<ConversationId, Timer>();
  readonly #attempts = new Map<ConversationId, number>();

  constructor(deps: PreferencesDeps) {
    this.#deps = deps;
  }

  /** Resolves when it is kept. */
  async set(id: ConversationId, set: Settings): Promise<void> {
    const { state } = this.#deps;
    const row = state.rows.get(id);
    const copy = state.copies.get(id);
    if (row === undefined || copy === undefined)
      throw new ParleyError("not_found", "unable to set preferences; the conversation is not in the list");
    const due = copy.preferencesDue;
    const before = { ...settingsOf(row, set), ...due?.before };
    const kept = this.#keep(id, withSettings(row, set), { set: { ...due?.set, ...set }, before });
    await kept;
    void this.#send(id);
  }

  online(): void {
    for (const copy of this.#deps.state.copies.values())
      if (copy.preferencesDue !== undefined) void this.#send(copy.id);
  }

  offline(): void {
    for (const timer of this.#timers.values()) this.#deps.environment.clearTimer(timer);
    for (const map of [this.#timers, this.#attempts]) map.clear();
  }

  /** A row of the server's: with what was set here, while the server does not have that. */
  merged(row: Conversation): Conversation {
    const due = this.#deps.state.copies.get(row.conversation_id)?.preferencesDue;
    return due === undefined ? row : withSettings(row, due.set);
  }

  async #keep(id: ConversationId, row: Conversation, due: PreferencesDue | undefined): Promise<void> {
    const { state } = this.#deps;
    const copy = state.copies.get(id);
    if (copy === undefined) return;
    copy.preferencesDue = due;
    const change = state.begin();
    change.row(row);
    change.copy(copy, false);
    await change.commit();
  }

  async #send(id: ConversationId): Promise<void> {
    const { state, rest, online } = this.#deps;
    const due = state.copies.get(id)?.preferencesDue;
    if (due === undefined || this.#underWay.has(id) || !online()) return;
    this.#underWay.add(id);
    try {
      const row = await rest.call<Conversation>({ method: "PUT", path: `${pathOf(id)}/preferences`, body: due.set });
      this.#settle(id, due.set);
      this.#deps.applyRow(row);
    } catch (error) {
      this.#failed(id, due, error);
    } finally {
      this.#underWay.delete(id);
    }
    // Something else was set meanwhile.
    if (!this.#timers.has(id)) void this.#send(id);
  }

  /** The server has `told`. */
  #settle(id: ConversationId, told: Settings): void {
    const { state } = this.#deps;
    const [row, now] = [state.rows.get(id), state.copies.get(id)?.preferencesDue];
    this.#attempts.delete(id);
    if (row !== undefined && now !== undefined) void this.#keep(id, row, untold(now, told));
  }

  #failed(id: ConversationId, sent: PreferencesDue, error: unknown): void {
    const { state, environment, onError } = this.#deps;
    const code = error instanceof ParleyError ? error.code : "internal";
    if (isRetryable(code) || code === "unauthenticated") {
      const attempt = (this.#attempts.get(id) ?? 0) + 1;
      this.#attempts.set(id, attempt);
      const asked = error instanceof ParleyError ? error.retryAfterMs : undefined;
      const random = environment.random();
      const delayMs =
        asked === undefined
          ? fullJitterMs(attempt, random, RETRY.baseMs, RETRY.capMs)
          : afterRequestedMs(asked, random);
      const timer = environment.setTimer(() => {
        this.#timers.delete(id);
        void this.#send(id);
      }, delayMs);
      this.#timers.set(id, timer);
      return;
    }
    const [row, now] = [state.rows.get(id), state.copies.get(id)?.preferencesDue];
    if (row === undefined || now === undefined) return;
    const left = untold(now, sent.set);
    const undone = { ...sent.before, ...left?.set };
    void this.#keep(id, withSettings(row, undone), left === undefined ? undefined : { ...left, before: sent.before });
    onError(error);
  }
}
