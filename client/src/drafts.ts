import { isRetryable } from "../../src/shared/errors.ts";
import type { ConversationId, MessageId } from "../../src/shared/ids.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { Conversation, Draft } from "../../src/shared/protocol/conversation.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import { afterRequestedMs } from "./backoff.ts";
import type { Environment, Timer } from "./environment.ts";
import type { LocalState } from "./local-state.ts";

export interface DraftsDeps {
  readonly environment: Environment;
  readonly state: LocalState;
  /** Says whether the frame could be handed to a connection that is up. */
  readonly transmit: (frame: CommandInput) => boolean;
}

interface Typed {
  readonly content: string;
  readonly reply_to?: MessageId;
}

/** A draft goes out when nothing was typed for so long, or this long after the first key stroke. */
const QUIET_MS = 1000;
const LONGEST_MS = 5000;
const RETRY_MS = 1000;
const REF = "draft.";

const isSame = (draft: Typed | undefined, { content, reply_to }: Typed): boolean =>
  (draft?.content ?? "") === content && draft?.reply_to === reply_to;

/** The row with a draft; an empty one is none. */
const withDraft = ({ draft: _draft, ...row }: Conversation, draft: Draft): Conversation =>
  draft.content === "" ? row : { ...row, draft };

/** What is begun to be written here, on its way to the other devices: kept in the row until the server has it. */
export class Drafts {
  readonly #deps: DraftsDeps;
  readonly #typed = new Map<ConversationId, Typed>();
  readonly #since = new Map<ConversationId, number>();
  readonly #timers = new Map<ConversationId, Timer>();
  /** Sent on this connection, which may end before the server saw it: when. */
  readonly #sentAt = new Map<ConversationId, number>();

  constructor(deps: DraftsDeps) {
    this.#deps = deps;
  }

  set(id: ConversationId, content: string, replyTo?: MessageId): void {
    const now = this.#deps.environment.now();
    this.#typed.set(id, { content, ...(replyTo === undefined ? {} : { reply_to: replyTo }) });
    const since = this.#since.get(id) ?? now;
    this.#since.set(id, since);
    this.#later(id, Math.min(now + QUIET_MS, since + LONGEST_MS) - now);
  }

  online(): void {
    for (const copy of this.#deps.state.copies.values()) if (copy.draftDue) this.#send(copy.id);
  }

  offline(): void {
    this.#sentAt.clear();
  }

  /** What was sent before `time` has arrived. */
  confirm(time: number): void {
    for (const [id, sentAt] of this.#sentAt) if (sentAt < time) this.#arrived(id);
  }

  #arrived(id: ConversationId): void {
    const { state } = this.#deps;
    const copy = state.copies.get(id);
    this.#sentAt.delete(id);
    if (copy === undefined) return;
    copy.draftDue = false;
    const change = state.begin();
    change.copy(copy, false);
    void change.commit();
  }

  /** Everything that waits for a pause goes now: the connection is about to be closed. */
  flush(): void {
    for (const id of this.#typed.keys()) this.#settle(id);
  }

  reset(): void {
    for (const timer of this.#timers.values()) this.#deps.environment.clearTimer(timer);
    for (const map of [this.#typed, this.#since, this.#timers, this.#sentAt]) map.clear();
  }

  /** A row of the server's: with the draft of this device, while the server does not have that. */
  merged(row: Conversation): Conversation {
    const { state } = this.#deps;
    const id = row.conversation_id;
    if (state.copies.get(id)?.draftDue !== true) return row;
    const { draft: _draft, ...rest } = row;
    const draft = state.rows.get(id)?.draft;
    // The server tells every device of a draft, this one too: what comes after that is another's.
    if (this.#sentAt.has(id) && isSame(row.draft, { content: "", ...draft })) {
      this.#arrived(id);
      return row;
    }
    return draft === undefined ? rest : { ...rest, draft };
  }

  /** Says whether the error answers one of these. */
  refused(error: EventOf<"error">): boolean {
    if (error.ref?.startsWith(REF) !== true) return false;
    const id = error.ref.slice(REF.length);
    const copy = this.#deps.state.copies.get(id);
    this.#sentAt.delete(id);
    if (copy === undefined) return true;
    if (isRetryable(error.code)) {
      this.#later(id, afterRequestedMs(error.retry_after_ms ?? RETRY_MS, this.#deps.environment.random()));
    } else copy.draftDue = false;
    return true;
  }

  #later(id: ConversationId, delayMs: number): void {
    const { environment } = this.#deps;
    environment.clearTimer(this.#timers.get(id));
    this.#timers.set(
      id,
      environment.setTimer(() => {
        if (this.#typed.has(id)) this.#settle(id);
        else this.#send(id);
      }, delayMs),
    );
  }

  /** What was typed becomes the row's draft, and goes out. */
  #settle(id: ConversationId): void {
    const { state, environment } = this.#deps;
    const typed = this.#typed.get(id);
    const row = state.rows.get(id);
    const copy = state.copies.get(id);
    environment.clearTimer(this.#timers.get(id));
    for (const map of [this.#typed, this.#since, this.#timers]) map.delete(id);
    if (typed === undefined || row === undefined || copy === undefined) return;
    if (state.ended(id) || isSame(row.draft, typed)) return;
    copy.draftDue = true;
    const change = state.begin();
    change.row(withDraft(row, { ...typed, updated_at: new Date(environment.now()).toISOString() }));
    change.copy(copy, false);
    void change.commit();
    this.#send(id);
  }

  #send(id: ConversationId): void {
    const { state, environment, transmit } = this.#deps;
    const { content = "", reply_to } = state.rows.get(id)?.draft ?? {};
    if (state.copies.get(id)?.draftDue !== true || state.ended(id)) return;
    // It stays a draft of this device: as a message it could not be sent either.
    if (new TextEncoder().encode(content).byteLength > LIMITS.contentBytes) return;
    const draft = { content, ...(reply_to === undefined ? {} : { reply_to }) };
    if (transmit({ type: "draft", ref: `${REF}${id}`, conversation_id: id, ...draft }))
      this.#sentAt.set(id, environment.now());
  }
}
