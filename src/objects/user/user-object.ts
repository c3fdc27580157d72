import { DurableObject } from "cloudflare:workers";
import type { Delivery, DeliveryAnswer } from "../../core/conversation/delivery.ts";
import type { ListPage } from "../../core/conversation/pages.ts";
import type { Acked, Write } from "../../core/conversation/write.ts";
import { conversationPage } from "../../core/inbox/conversation-page.ts";
import type { PersonalData } from "../../core/personal/personal-data.ts";
import { swallowed } from "../../core/inbox/erased.ts";
import type { ProfileChange, ShownProfile, Viewer } from "../../core/inbox/profile.ts";
import type { Sighting } from "../../core/presence/presence.ts";
import { Turnstile } from "../../core/ratelimit/turnstile.ts";
import { connected, LEFT } from "../../platform/connected.ts";
import { devicePage } from "../../core/inbox/device-page.ts";
import type { PushReport } from "../../core/push/job.ts";
import type { DeviceLabel } from "../../core/inbox/devices.ts";
import type { PreferenceChanges } from "../../core/inbox/preferences.ts";
import { Stubs } from "../../platform/stubs.ts";
import { log, reasonOf } from "../../platform/telemetry.ts";
import { systemClock, systemRandom } from "../../platform/world.ts";
import type { UserBindings } from "../../rpc/bindings.ts";
import type { PersonRpc } from "../../rpc/jobs-rpc.ts";
import type { AddresseeRpc, PushedRpc } from "../../rpc/push-rpc.ts";
import { CONNECT_HEADERS } from "../../rpc/user-rpc.ts";
import type { Entered, FoundingWish, HeldUserRpc, OwnProfile, UserRpc } from "../../rpc/user-rpc.ts";
import { ERRORS } from "../../shared/errors.ts";
import { CLOSE } from "../../shared/close-codes.ts";
import type { ConversationId, DeviceId, MessageId, Rev, Seq, UserId, Username } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { LegalHold } from "../../shared/protocol/http-admin.ts";
import type { PushAddress } from "../../shared/protocol/http-push.ts";
import { SUBPROTOCOL } from "../../shared/protocol/version.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import type { SearchQuery } from "../../shared/search-query.ts";
import { makeParts } from "./parts.ts";
import type { Parts } from "./parts.ts";
import { AccountErasure } from "./erasure.ts";
import { personalDataOf } from "./personal.ts";
import type { Session } from "./sessions.ts";

const CONNECTS = { burst: LIMITS.userConnectBurst, perSecond: LIMITS.userConnectPerSecond };
const labelIn = (name: string | null, platform: string | null): DeviceLabel => ({
  ...(name === null ? {} : { name: decodeURIComponent(name) }),
  ...(platform === null ? {} : { platform: decodeURIComponent(platform) }),
});

/** One user: the set of the devices that are connected, and the list of conversations. */
export class UserObject
  extends DurableObject<UserBindings>
  implements UserRpc, HeldUserRpc, AddresseeRpc, PushedRpc, PersonRpc
{
  readonly #parts: Parts;
  readonly #connects = new Turnstile(CONNECTS, systemClock, systemRandom);

  constructor(ctx: DurableObjectState, env: UserBindings) {
    super(ctx, env);
    // Answered by the platform, without waking this object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    this.#parts = makeParts(ctx, env);
  }

  /** The upgrade. The edge has checked the token and the origin. */
  override async fetch(request: Request): Promise<Response> {
    const wait = this.#connects.enter();
    if (wait > 0) return new Response(null, { status: 429, headers: { [CONNECT_HEADERS.wait]: String(wait) } });
    const { inbox, sessions, frames, visits, places } = this.#parts;
    const told = (name: keyof typeof CONNECT_HEADERS) => request.headers.get(CONNECT_HEADERS[name]);
    const device_id: DeviceId = told("device") ?? "";
    const since = told("since");
    const admitted = this.#parts.duty.admits(device_id, Number(told("issued")));
    if (!admitted.ok) return new Response(null, { status: ERRORS[admitted.refusal.code].status });
    const { 0: client, 1: socket } = new WebSocketPair();
    const now = systemClock.now();
    const session: Session = {
      session_id: crypto.randomUUID(),
      device_id,
      connectedAt: now,
      attempt: told("attempt") === null ? null : Number(told("attempt")),
      origin: told("origin"),
      expiresAt: Number(told("expires")),
      checkAt: now + LIMITS.silenceCheckFirstMs,
      checkEveryMs: 0,
      open: null,
      active: true,
      watching: [],
      watchingSince: 0,
      deaf: false,
    };
    const isTaken = sessions.accept(socket, session);
    if (sessions.size > 0) connected.add(this.ctx.id.name ?? "");
    // It holds what it had before it was removed: that is not added to, however it signs in.
    if (isTaken && Number(since) > 0 && inbox.devices.wasRemoved(device_id)) sessions.dismiss(device_id);
    else if (isTaken) {
      if (told("near") !== null) places.home.fix(told("near") ?? undefined);
      inbox.devices.register(device_id, labelIn(told("name"), told("platform")));
      frames.welcome(socket, session);
      // Without a sync nobody asks how large conversations stand, and what they bring from now on is wanted all the same.
      const caughtUp = since === null ? visits.returned() : frames.sync(socket, session, Number(since));
      this.ctx.waitUntil(caughtUp);
    }
    const headers = new Headers({ "sec-websocket-protocol": SUBPROTOCOL });
    const offered = request.headers.has("sec-websocket-protocol");
    return new Response(null, { status: 101, webSocket: client, ...(offered ? { headers } : {}) });
  }

  /** Not awaited: frames of one connection would then wait for each other's calls. */
  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    void this.#parts.frames.handle(socket, data).catch((error: unknown) => {
      log({ event: "object_failed", object: "user", call: "frame", reason: reasonOf(error) });
      const { refusal } = refuse("internal", "unable to handle the frame; try again");
      this.#parts.sessions.send(socket, JSON.stringify({ type: "error", ...refusal }));
    });
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    const { sessions } = this.#parts;
    sessions.closed(socket, code, reason);
    if (sessions.size === 0) connected.delete(this.ctx.id.name ?? "");
  }

  override webSocketError(socket: WebSocket): void {
    this.webSocketClose(socket, 1006, "");
  }

  override async alarm(): Promise<void> {
    await this.#parts.alarm.ring(systemClock.now());
  }

  /** Ends this object with what is said in `LEFT`: its files are closed, and so are the connections beneath its sockets. */
  async leave(): Promise<void> {
    const { inbox, sessions } = this.#parts;
    inbox.flush();
    sessions.closeAll(CLOSE.restart, LEFT);
    connected.delete(this.ctx.id.name ?? "");
    await this.ctx.storage.sync();
    this.ctx.abort(LEFT);
  }

  async write(write: Write): Promise<Result<Acked>> {
    return this.#parts.acts.write(write);
  }

  async create(wish: FoundingWish, near: string | undefined): Promise<Result<Entered>> {
    const founding = await this.#parts.places.founding(wish, near);
    return founding.ok ? this.#parts.uplink.create(founding.value) : founding;
  }

  async join(id: ConversationId, secret: string): Promise<Result<Entered>> {
    return this.#parts.uplink.join(id, secret);
  }

  async putDraft(id: ConversationId, content: string, replyTo: MessageId | undefined): Promise<Result<true>> {
    return this.#parts.acts.putDraft(id, content, replyTo);
  }

  async admits(device: DeviceId | undefined, issuedAt: number): Promise<Result<true>> {
    return this.#parts.duty.admits(device, issuedAt);
  }

  async suspend(by: UserId, reason: string): Promise<void> {
    this.#parts.duty.suspend(by, reason);
    connected.delete(this.ctx.id.name ?? "");
  }

  async unsuspend(): Promise<void> {
    this.#parts.duty.unsuspend();
  }

  async adminState(): Promise<string> {
    return JSON.stringify(this.#parts.duty.state);
  }

  async placeHold(hold: LegalHold): Promise<boolean> {
    return this.#parts.duty.placeHold(hold);
  }

  async releaseHold(id: string): Promise<boolean> {
    return this.#parts.duty.releaseHold(id);
  }

  async devices(page: ListPage, current: DeviceId | undefined): Promise<Result<string>> {
    const { inbox, sessions } = this.#parts;
    const listing = { devices: inbox.devices.all(), connected: sessions.signs(), current, now: systemClock.now() };
    return devicePage(listing, page);
  }

  async removeDevice(device: DeviceId): Promise<Result<true>> {
    return this.#parts.acts.removeDevice(device);
  }

  async registerPush(device: DeviceId, address: PushAddress, name: string): Promise<Result<true>> {
    return this.#parts.acts.registerPush(device, address, name);
  }

  async withdrawPush(device: DeviceId): Promise<Result<true>> {
    return this.#parts.acts.withdrawPush(device);
  }

  async testPush(device: DeviceId): Promise<Result<true>> {
    return this.#parts.acts.testPush(device);
  }

  async pushed(reports: readonly PushReport[]): Promise<void> {
    this.#parts.reports.pushed(reports);
  }

  async replayPush(device: DeviceId, conversation: ConversationId | undefined): Promise<void> {
    this.#parts.reports.replay(device, conversation);
  }

  async losePush(name: string, before: number): Promise<void> {
    this.#parts.registration.lose(name, before);
  }

  async watch(user: UserId): Promise<Sighting> {
    return this.#parts.presence.watch(user);
  }

  async sighted(user: UserId, sighting: Sighting): Promise<boolean> {
    return this.#parts.watching.told(user, sighting);
  }

  async putPreferences(id: ConversationId, changes: PreferenceChanges): Promise<Result<string>> {
    return this.#parts.acts.putPreferences(id, changes);
  }

  async readThread(id: ConversationId, root: MessageId, upTo: Seq): Promise<Result<true>> {
    return this.#parts.acts.readThread(id, root, upTo);
  }

  async allowPreview(): Promise<number> {
    return this.#parts.acts.allowPreview();
  }

  async profile(near: string | undefined): Promise<OwnProfile> {
    return this.#parts.places.own(this.#parts.profile.fields, near);
  }

  async changeProfile(change: ProfileChange, near: string | undefined): Promise<Result<OwnProfile>> {
    const changed = await this.#parts.people.change(change);
    return changed.ok ? { ok: true, value: this.#parts.places.own(changed.value, near) } : changed;
  }

  async personalData(): Promise<PersonalData> {
    return personalDataOf(this.#parts);
  }

  /** What the object holds in memory is old when its tables are empty: it begins anew, and whoever asked asks again. */
  async eraseAccount(erasure_id: string): Promise<Readonly<Record<string, number>>> {
    const { erased, profile, addresses, inbox } = this.#parts;
    inbox.flush();
    const ways = { owners: new Stubs(this.env.ADDRESS, LIMITS.stubs), directory: new Stubs(this.env.DIRECTORY, 1) };
    const user: UserId = this.ctx.id.name ?? "";
    const removed = await new AccountErasure({ user, erased, profile, addresses, ...ways }).erase(erasure_id);
    if (removed) return removed;
    await this.ctx.storage.sync();
    this.ctx.abort("the account is erased");
    throw new Error("unable to go on; the account is erased");
  }

  async homeRegion(): Promise<string | undefined> {
    return this.#parts.places.home.region;
  }

  async settle(near?: string): Promise<string> {
    return this.#parts.places.home.fix(near);
  }

  async profileOf(user: UserId): Promise<Result<ShownProfile>> {
    return this.#parts.people.profile(user);
  }

  async findUsers(username: string): Promise<Result<ShownProfile[]>> {
    return this.#parts.people.find(username);
  }

  async shownTo(viewer: Viewer): Promise<ShownProfile> {
    return this.#parts.people.shownTo(viewer);
  }

  async keepsName(name: Username): Promise<boolean> {
    return this.#parts.people.keepsName(name);
  }

  async block(other: UserId, blocked: boolean): Promise<Result<true>> {
    return this.#parts.acts.block(other, blocked);
  }

  async blocks(page: ListPage): Promise<Result<string>> {
    return this.#parts.blocks.page(page);
  }

  async doesBlock(other: UserId): Promise<boolean> {
    return this.#parts.blocks.has(other);
  }

  async deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    return this.#parts.erased.account ? swallowed(delivery) : this.#parts.downlink.deliver(delivery);
  }

  async mark(...asked: Parameters<UserRpc["mark"]>): Promise<Result<true>> {
    return this.#parts.acts.mark(...asked);
  }

  async list(page: ListPage): Promise<Result<string>> {
    await this.#parts.visits.all();
    return conversationPage(this.#parts.inbox, page);
  }

  async search(query: SearchQuery, page: ListPage): Promise<Result<string>> {
    return this.#parts.searching.search(query, page);
  }

  async describe(id: ConversationId): Promise<Result<string>> {
    return this.#parts.uplink.describe(id);
  }

  async sync(since: Rev, device: DeviceId | undefined): Promise<Result<string>> {
    return { ok: true, value: `{${await this.#parts.sync.fields(since, device)}}` };
  }
}
