import { inBatches } from "../../core/batches.ts";
import { NOT_FOUND } from "../../core/conversation/refusals.ts";
import type { Acked, Write } from "../../core/conversation/write.ts";
import type { Downlink } from "../../core/inbox/downlink.ts";
import { conversationJson } from "../../core/inbox/inbox-row.ts";
import type { InboxRow } from "../../core/inbox/inbox-row.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import { hidesReads } from "../../core/inbox/profile.ts";
import type { PreferenceChanges } from "../../core/inbox/preferences.ts";
import type { Profile, ProfileFields } from "../../core/inbox/profile.ts";
import type { Clock } from "../../core/ports.ts";
import type { Presence } from "../../core/presence/presence.ts";
import type { Typing } from "../../core/presence/typing.ts";
import type { Watching } from "../../core/presence/watching.ts";
import type { Notices } from "../../core/push/notices.ts";
import type { Pusher } from "../../core/push/pusher.ts";
import type { Registration } from "../../core/push/registration.ts";
import { TokenBucket } from "../../core/ratelimit/token-bucket.ts";
import type { Settings } from "../../rpc/bindings.ts";
import type { ConversationId, DeviceId, MessageId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { PushAddress } from "../../shared/protocol/http-push.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { logFrame } from "./frames.ts";
import type { Blocking } from "./blocking.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { Uplink } from "./uplink.ts";
import type { Visits } from "./visits.ts";

export interface ActsDeps {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly inbox: Inbox;
  readonly sessions: Sessions;
  readonly profile: Profile;
  readonly uplink: Uplink;
  readonly downlink: Downlink;
  readonly visits: Visits;
  readonly blocking: Blocking;
  readonly presence: Presence;
  readonly watching: Watching;
  readonly typing: Typing;
  readonly registration: Registration;
  readonly pusher: Pusher;
  readonly notices: Notices;
  /** The direct conversation with somebody, whether or not there is one; `undefined`: nobody can have founded it. */
  conversationWith(other: UserId): Promise<Result<ConversationId | undefined>>;
  /** Goes on after the call that began it is answered. */
  later(work: Promise<unknown>): void;
}

/** What a user does, on whichever device, over a socket or HTTP alike. */
export class Acts {
  readonly #deps: ActsDeps;
  readonly #sends: TokenBucket;
  readonly #changes: TokenBucket;
  readonly #previews: TokenBucket;
  readonly #tests: TokenBucket;

  constructor(deps: ActsDeps) {
    this.#deps = deps;
    const { clock, settings } = deps;
    const burst = Number(settings.SEND_BURST ?? LIMITS.sendBurst);
    const perSecond = Number(settings.SEND_RATE ?? LIMITS.sendPerSecond);
    this.#sends = new TokenBucket({ burst, perSecond }, clock);
    this.#changes = new TokenBucket({ burst: LIMITS.requestBurst, perSecond: LIMITS.requestPerSecond }, clock);
    this.#previews = new TokenBucket({ burst: LIMITS.previewBurst, perSecond: LIMITS.previewPerSecond }, clock);
    this.#tests = new TokenBucket({ burst: LIMITS.pushTestBurst, perSecond: LIMITS.pushTestPerSecond }, clock);
  }

  /** Everything that makes entries. */
  async write(write: Write): Promise<Result<Acked>> {
    const isSend = (write.op ?? "send") === "send";
    const wait = (isSend ? this.#sends : this.#changes).take();
    if (wait > 0) return refuse("rate_limited", "unable to write; too much at once", { retry_after_ms: wait });
    return this.#deps.uplink.write(write);
  }

  async block(other: UserId, blocked: boolean): Promise<Result<true>> {
    const wait = this.#changes.take();
    if (wait > 0) return refuse("rate_limited", "unable to block; too much at once", { retry_after_ms: wait });
    return this.#deps.blocking.set(other, blocked);
  }

  /** Takes one link preview of those he may have. 0, or the milliseconds until there is one. */
  allowPreview(): number {
    return this.#previews.take();
  }

  /** The other devices are told how the thread stands now. */
  async readThread(id: ConversationId, root: MessageId, upTo: Seq): Promise<Result<true>> {
    const result = await this.#deps.uplink.readThread(id, root, upTo);
    if (!result.ok) return result;
    const frame = { type: "thread", conversation_id: id, thread_root: root, ...result.value };
    this.#deps.sessions.toAll(JSON.stringify(frame));
    return { ok: true, value: true };
  }

  async mark(
    id: ConversationId,
    kind: "read" | "delivered",
    upTo: Seq,
    device: DeviceId | undefined,
  ): Promise<Result<true>> {
    const { inbox, uplink, notices } = this.#deps;
    const row = inbox.row(id);
    if (row && kind === "read" && device !== undefined) notices.readOn(row, device, upTo);
    if (kind === "read") return uplink.read(id, upTo);
    if (row && device !== undefined) inbox.acknowledge(row, device, upTo);
    if (row) inbox.flush(row);
    return uplink.delivered(id, upTo);
  }

  /** What a removed device had is forgotten, and its tokens are refused, before its connection is closed. */
  removeDevice(device: DeviceId): Result<true> {
    if (!this.#deps.inbox.devices.remove(device))
      return refuse("not_found", "unable to remove the device; there is no such device");
    this.#deps.sessions.dismiss(device);
    return { ok: true, value: true };
  }

  /** Registering makes it one of the user's devices. */
  async registerPush(device: DeviceId, address: PushAddress, name: string): Promise<Result<true>> {
    const wait = this.#changes.take();
    if (wait > 0) return refuse("rate_limited", "unable to register; too much at once", { retry_after_ms: wait });
    this.#deps.inbox.devices.register(device);
    return this.#deps.registration.register(device, address, name);
  }

  withdrawPush(device: DeviceId): Result<true> {
    const wait = this.#changes.take();
    if (wait > 0) return refuse("rate_limited", "unable to withdraw; too much at once", { retry_after_ms: wait });
    this.#deps.registration.withdraw(device);
    return { ok: true, value: true };
  }

  /** [PUSH-2] A notification of nothing, to see whether they arrive. */
  async testPush(device: DeviceId): Promise<Result<true>> {
    const wait = this.#tests.take();
    if (wait > 0) return refuse("rate_limited", "unable to test; too much at once", { retry_after_ms: wait });
    return this.#deps.pusher.test(device);
  }

  putDraft(id: ConversationId, content: string, replyTo: MessageId | undefined): Result<true> {
    const { inbox, clock } = this.#deps;
    const row = inbox.row(id);
    if (!row) return NOT_FOUND;
    const draft = { content, ...(replyTo === undefined ? {} : { reply_to: replyTo }), at: clock.now() };
    if (inbox.setDraft(row, content === "" ? undefined : draft)) this.#showStored(row);
    return { ok: true, value: true };
  }

  putPreferences(id: ConversationId, changes: PreferenceChanges): Result<string> {
    const row = this.#deps.inbox.row(id);
    if (!row) return NOT_FOUND;
    if (this.#deps.inbox.setPreferences(row, changes)) {
      this.#showStored(row);
      this.#deps.later(this.#deps.visits.wishesChanged([row]));
    }
    return { ok: true, value: conversationJson(row) };
  }

  /** Whoever keeps his own typing to himself tells nobody. */
  typing(id: ConversationId, state: "start" | "stop"): void {
    if (!this.#deps.profile.hidesTyping) this.#deps.uplink.typing(id, state);
  }

  /** A conversation came on the screen. */
  opened(id: ConversationId): void {
    const row = this.#deps.inbox.row(id);
    if (row?.away && row.meta.type === "channel") this.#deps.later(this.#deps.visits.one(row));
  }

  /** The profile is another one now: whoever has to know of it is told. */
  profileChanged(before: ProfileFields, now: ProfileFields): void {
    if (hidesReads(before) !== hidesReads(now)) this.#deps.later(this.#tellAll());
    if (before.notifications?.quiet_hours !== now.notifications?.quiet_hours) this.#deps.notices.review();
    if (before.privacy?.last_seen === now.privacy?.last_seen) return;
    // Hiding works both ways: what others are told, and what is told of them.
    this.#deps.presence.shownOtherwise();
    this.#deps.later(this.#deps.watching.seenOtherwise(this.#deps.sessions.watched()));
  }

  /** Somebody is blocked, or is not any more: neither sees of the other whether he is there. */
  blockChanged(other: UserId, blocked: boolean): void {
    this.#deps.presence.shownOtherwise(other);
    this.#deps.later(this.#deps.watching.seenOtherwise([other]));
    if (blocked) this.#deps.later(this.#endNotice(other));
  }

  /** The first push address, or none any more: that decides what he is brought while he is away. */
  wishesChanged(): void {
    this.#deps.later(this.#deps.visits.wishesChanged());
  }

  /** A connection ended. `usedAt`: when its device was last in use, ms since 1970. */
  sessionEnded({ device_id, watching }: Session, usedAt: number): void {
    const { inbox, sessions, downlink, typing } = this.#deps;
    inbox.devices.seen(device_id, usedAt);
    this.#deps.watching.end(watching);
    downlink.disconnected();
    if (sessions.size === 0) typing.end();
  }

  /** Pushes the entries in (after, until] to one device again. */
  async repeat(row: InboxRow, device: DeviceId, after: Seq, until: Seq): Promise<void> {
    const slice = await this.#deps.uplink.log(row.conversation_id, after, until - after);
    if (slice.ok) this.#deps.sessions.toDevice(device, logFrame(row.conversation_id, slice.value));
  }

  /** Of whoever is blocked nothing is to be shown any more. */
  async #endNotice(other: UserId): Promise<void> {
    const { inbox, notices } = this.#deps;
    const id = await this.#deps.conversationWith(other);
    const row = id.ok && id.value !== undefined ? inbox.row(id.value) : undefined;
    if (!row?.notice) return;
    notices.end(row);
    inbox.noted(row);
    inbox.flush(row);
  }

  /** No log has what changed: it is on disk before anybody is shown it. */
  #showStored(row: InboxRow): void {
    this.#deps.inbox.flush(row);
    this.#deps.downlink.rowChanged(row);
  }

  /** Conversations learn of a change of privacy; one that is out of reach learns it with the next call. */
  async #tellAll(): Promise<void> {
    await inBatches(this.#deps.inbox.keys(), ({ conversation_id }) => this.#deps.uplink.report(conversation_id));
  }
}
