import type { ConversationId, Seq } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { EventOf, ServerEvent } from "../../src/shared/protocol/events.ts";
import type { Aside } from "./aside.ts";
import type { Change } from "./change.ts";
import { ConversationCopy } from "./conversation-copy.ts";
import type { Applied } from "./conversation-copy.ts";
import { caughtUp, recounted, withChanged, withMembers, withRead } from "./conversation-row.ts";
import type { Drafts } from "./drafts.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { Gaps } from "./gaps.ts";
import { cameEmptied } from "./fold.ts";
import type { History } from "./history.ts";
import type { LocalState } from "./local-state.ts";
import type { Outbox } from "./outbox.ts";
import type { Pins } from "./pins.ts";
import type { Preferences } from "./preferences.ts";
import type { PresenceWatch } from "./presence-watch.ts";
import { applyReceipt, learnReceipts, withReceipts } from "./receipts.ts";
import type { Threads } from "./threads.ts";
import type { Typing } from "./typing.ts";
import type { Watermarks } from "./watermarks.ts";

export interface InboundDeps {
  readonly state: LocalState;
  readonly outbox: Outbox;
  readonly watermarks: Watermarks;
  readonly typing: Typing;
  readonly gaps: Gaps;
  readonly history: History;
  readonly threads: Threads;
  readonly elsewhere: Elsewhere;
  readonly aside: Aside;
  readonly drafts: Drafts;
  readonly pins: Pins;
  readonly presence: PresenceWatch;
  readonly preferences: Preferences;
  readonly syncOn: (since: number) => void;
  readonly onSynced: () => void;
  /** The user is a member again. */
  readonly onReturn: (id: ConversationId) => void;
  readonly onError: (error: unknown) => void;
}

/** A conversation that is new and this short is read from its beginning. */
const SHORT_LOG = 50;

/** Applies what comes down: every frame, in any order and however often, to what the client knows. */
export class Inbound {
  readonly #deps: InboundDeps;
  readonly #fetching = new Set<ConversationId>();

  constructor(deps: InboundDeps) {
    this.#deps = deps;
  }

  frame(frame: ServerEvent): void {
    switch (frame.type) {
      case "ack":
        this.#ack(frame);
        break;
      case "entries":
        this.#entries(frame);
        break;
      case "receipt":
        this.#receipt(frame);
        break;
      case "conversation":
        this.#deps.state.holdRev(frame.conversation.rev);
        this.fetchedRow(frame.conversation);
        break;
      case "sync":
        this.#sync(frame);
        break;
      case "typing":
        if (frame.user_id !== this.#deps.state.me) this.#deps.typing.heard(frame);
        break;
      case "presence":
        this.#deps.presence.heard(frame);
        break;
      case "thread":
        this.#deps.threads.heard(frame).catch(this.#deps.onError);
        break;
      case "error":
        this.#error(frame);
        break;
      default:
        // Calls and what later versions add: nothing here depends on them.
        break;
    }
  }

  /**
   * The caller's row as an HTTP answer brought it. Its `rev` says nothing about what this connection has
   * brought so far, and so does not count as seen.
   */
  fetchedRow(row: Conversation): void {
    const { state } = this.#deps;
    const change = state.begin();
    if (!state.copies.has(row.conversation_id)) {
      this.#adopt(
        ConversationCopy.empty(row.conversation_id, row.epoch, row.head_seq <= SHORT_LOG ? 1 : row.head_seq + 1),
      );
    }
    this.#row(change, row);
    void change.commit();
    const copy = state.copies.get(row.conversation_id);
    if (copy !== undefined) this.#deps.gaps.check(copy);
  }

  /** Acknowledges entries, as far as that is news, once they are `stored`. */
  async deliveredWhen(stored: Promise<unknown>, marks: readonly (readonly [ConversationId, Seq])[]): Promise<void> {
    await stored;
    for (const [id, upTo] of marks) this.#delivered(id, upTo);
  }

  /** A copy whose gap cannot be filled keeps what comes from `from` on. */
  restart(copy: ConversationCopy, from: Seq): void {
    const change = this.#deps.state.begin();
    change.restart(copy, copy.epoch, from);
    this.#deps.pins.forget(copy.id);
    this.#apply(change, copy, []);
    this.#reopen(copy.id);
    // What was skipped cannot be counted here.
    this.fetchRow(copy.id);
  }

  /** Asks for the caller's row, once at a time. */
  fetchRow(id: ConversationId): void {
    if (this.#fetching.has(id)) return;
    this.#fetching.add(id);
    const { history, onError } = this.#deps;
    history
      .row(id)
      .catch(onError)
      .finally(() => this.#fetching.delete(id));
  }

  #sync(frame: EventOf<"sync">): void {
    const { state } = this.#deps;
    const change = state.begin();
    const touched: ConversationCopy[] = [];
    const retained: (() => void)[] = [];
    const late: (() => Promise<void>)[] = [];
    for (const row of frame.conversations) {
      const entries = frame.entries[row.conversation_id] ?? [];
      const copy = this.#joined(change, row, entries, frame.truncated);
      const applied = copy.offer(entries, state.me);
      this.#take(change, copy, applied);
      this.#row(change, row);
      touched.push(copy);
      retained.push(() => this.#retain(copy, applied));
      // The row has counted them.
      late.push(() => this.#deps.elsewhere.apply(copy, applied.elsewhere, Math.max(row.head_seq, copy.upTo)));
    }
    state.catchingUp = frame.more;
    change.syncedTo(frame.rev);
    const marks = touched.map((copy) => [copy.id, copy.upTo] as const);
    void this.deliveredWhen(Promise.all([change.commit(), ...late.map((apply) => apply())]), marks);
    for (const retain of retained) retain();
    if (frame.more) {
      this.#deps.syncOn(frame.rev);
      return;
    }
    this.#deps.onSynced();
    for (const copy of state.copies.values()) this.#deps.gaps.ask(copy);
  }

  /** The copy that the entries of a `sync` answer continue. They are the newest, and may not join what is here. */
  #joined(
    change: Change,
    row: Conversation,
    entries: readonly Entry[],
    truncated: readonly ConversationId[],
  ): ConversationCopy {
    const { state } = this.#deps;
    const id = row.conversation_id;
    const from = entries[0]?.seq ?? row.head_seq + 1;
    const copy = state.copies.get(id) ?? this.#adopt(ConversationCopy.empty(id, row.epoch, from));
    const joins = copy.epoch === row.epoch && (from <= copy.upTo + 1 || !truncated.includes(id));
    if (!joins) this.#begin(change, copy, row.epoch, from);
    // What the server sends again it does not know to have arrived, whatever was sent before.
    else if (entries.length > 0) copy.acked = Math.min(copy.acked, from - 1);
    return copy;
  }

  #entries(frame: EventOf<"entries">): void {
    const { state, gaps } = this.#deps;
    const id = frame.conversation_id;
    const from = frame.entries[0]?.seq ?? frame.head_seq + 1;
    const copy = state.copies.get(id) ?? this.#adopt(ConversationCopy.empty(id, frame.epoch, from));
    const answer = gaps.isAnswer(frame);
    if (answer) gaps.answered(copy, frame);
    const change = state.begin();
    if (copy.epoch !== frame.epoch) this.#begin(change, copy, frame.epoch, from);
    copy.head = Math.max(copy.head, frame.head_seq);
    if (frame.rev !== undefined) state.holdRev(frame.rev);
    const applied = this.#apply(change, copy, frame.entries);
    if (state.rows.get(id)?.epoch !== frame.epoch) this.fetchRow(id);
    this.#announce(copy, applied);
    this.#retain(copy, applied);
    if (answer) gaps.proceed(copy, frame.head_seq);
    else gaps.check(copy);
  }

  /** Entries into a copy and its row; `delivered` once they are stored. */
  #apply(change: Change, copy: ConversationCopy, entries: readonly Entry[]): Applied {
    const { state } = this.#deps;
    const row = state.rows.get(copy.id);
    const lagged = row !== undefined && copy.upTo < row.head_seq;
    const applied = copy.offer(entries, state.me);
    this.#take(change, copy, applied);
    if (row !== undefined) {
      const changed = applied.changed.reduce((so, one) => withChanged(so, row.head_seq, one, state.me), row);
      const ahead = withMembers(caughtUp(changed, copy, state.me), applied.events);
      const read = withRead(ahead, copy.readHere, copy, state.me);
      // What was read while the log lagged behind its row could not be counted before.
      change.row(withReceipts(lagged ? recounted(read, copy, state.me) : read, copy, state.me));
      if (row.mention_count > 0 && applied.changed.some(({ before }) => cameEmptied(before))) this.fetchRow(copy.id);
    }
    const { id, upTo } = copy;
    const late = this.#deps.elsewhere.apply(copy, applied.elsewhere, row?.head_seq ?? upTo);
    void this.deliveredWhen(Promise.all([change.commit(), late]), [[id, upTo]]);
    this.#memberNow(id, row);
    return applied;
  }

  #take(change: Change, copy: ConversationCopy, applied: Applied): void {
    const { state, outbox, history, aside } = this.#deps;
    change.messages(copy, applied.messages);
    change.events(copy, applied.events);
    const { version } = aside.of(copy);
    const stale = [...applied.stale, ...aside.apply(copy, applied.entries, state.me)];
    if (aside.of(copy).version !== version) change.copy(copy);
    for (const entry of applied.entries) {
      this.#deps.typing.quiet(copy.id, entry.sender_id);
      const { client_message_id, sender_id } = entry;
      if (sender_id === state.me && client_message_id !== undefined) outbox.accepted({ ...entry, client_message_id });
    }
    this.#deps.pins.heard(copy.id, applied.entries);
    if (stale.length > 0) history.refresh(copy, stale).catch(this.#deps.onError);
  }

  #row(change: Change, row: Conversation): void {
    const { state } = this.#deps;
    const id = row.conversation_id;
    const known = state.rows.get(id);
    if (known !== undefined && known.epoch === row.epoch && row.rev <= known.rev) return;
    const copy = state.copies.get(id) ?? this.#adopt(ConversationCopy.empty(id, row.epoch, row.head_seq + 1));
    if (copy.epoch !== row.epoch) this.#begin(change, copy, row.epoch, row.head_seq + 1);
    // Who left sees nothing beyond what his row shows.
    copy.head = row.left_at === undefined ? Math.max(copy.head, row.head_seq) : row.head_seq;
    copy.readThere = row.read_up_to;
    copy.readHere = Math.max(copy.readHere, row.read_up_to);
    const rose = learnReceipts(copy, [row.last_message], state.me);
    const participants =
      row.participants ?? (known?.member_count === row.member_count ? known.participants : undefined);
    const told = this.#deps.drafts.merged(participants === undefined ? row : { ...row, participants });
    const whole = this.#deps.preferences.merged(told);
    const since = copy.events.filter((event) => event.seq > row.head_seq);
    const ahead = withMembers(caughtUp(whole, copy, state.me), since);
    change.row(withReceipts(withRead(ahead, copy.readHere, copy, state.me), copy, state.me));
    change.copy(copy, rose);
    this.#memberNow(id, known);
  }

  /** The user may have left, or come back, since the row was `before`. */
  #memberNow(id: ConversationId, before: Conversation | undefined): void {
    const ended = this.#deps.state.ended(id);
    if (before === undefined || ended === (before.left_at !== undefined)) return;
    if (ended) this.#deps.outbox.nudge(id);
    else this.#deps.onReturn(id);
  }

  /** Another epoch, or a stretch that does not join: the copy of before goes. */
  #begin(change: Change, copy: ConversationCopy, epoch: number, from: Seq): void {
    if (epoch !== copy.epoch) this.#deps.watermarks.forget(copy.id);
    change.restart(copy, epoch, from);
    this.#deps.pins.forget(copy.id);
    this.#reopen(copy.id);
  }

  #reopen(id: ConversationId): void {
    const { state, history } = this.#deps;
    if (!state.opened.has(id)) return;
    queueMicrotask(() => {
      history.opened(id).catch(this.#deps.onError);
    });
  }

  #adopt(copy: ConversationCopy): ConversationCopy {
    this.#deps.state.copies.set(copy.id, copy);
    return copy;
  }

  #ack(frame: EventOf<"ack">): void {
    const { state, outbox, gaps } = this.#deps;
    const copy = state.copies.get(frame.conversation_id);
    if (copy === undefined) this.fetchRow(frame.conversation_id);
    const accepted = outbox.accepted(frame, ({ message, row }) => {
      if (copy === undefined || frame.seq <= copy.upTo) return;
      if (row.action === undefined) copy.acknowledged.set(frame.seq, message);
      else copy.changing.set(frame.seq, row);
    });
    if (accepted === undefined || copy === undefined || frame.seq <= copy.upTo) return;
    copy.head = Math.max(copy.head, frame.seq);
    gaps.check(copy);
  }

  #receipt(frame: EventOf<"receipt">): void {
    const change = this.#deps.state.begin();
    applyReceipt(this.#deps.state, change, frame);
    void change.commit();
  }

  #error(frame: EventOf<"error">): void {
    const { outbox, watermarks, gaps, drafts, presence } = this.#deps;
    if ([outbox, watermarks, gaps, drafts, presence].some((part) => part.refused(frame))) return;
    this.#deps.onError(frame);
  }

  #announce(copy: ConversationCopy, applied: Applied): void {
    const { state } = this.#deps;
    for (const { sender_id, seq } of applied.messages) {
      const message = copy.bySeq(seq);
      const isNew = applied.entries.some((entry) => entry.kind === "message" && entry.seq === seq);
      if (!isNew || message === undefined || sender_id === state.me || seq <= copy.readHere) continue;
      state.emitter.emit("incoming", { conversationId: copy.id, message: state.local(message) });
    }
  }

  /** [RET-2] What is too old is gone, here too: rarely, so that all is let go of and what is looked at is read anew. */
  #retain(copy: ConversationCopy, { entries }: Applied): void {
    const from = entries.reduce(
      (most, entry) => Math.max(most, entry.kind === "settings" ? (entry.changes.retained_from ?? 0) : 0),
      0,
    );
    if (from > copy.from) this.restart(copy, copy.upTo + 1);
  }

  #delivered(id: ConversationId, upTo: Seq): void {
    const copy = this.#deps.state.copies.get(id);
    if (copy === undefined || upTo <= copy.acked || upTo > copy.upTo) return;
    this.#deps.watermarks.raise({ kind: "delivered", id, upTo });
  }
}
