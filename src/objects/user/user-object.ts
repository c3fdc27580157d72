import { DurableObject } from "cloudflare:workers";
import type { Delivery, DeliveryAnswer } from "../../core/conversation/delivery.ts";
import type { Founding } from "../../core/conversation/founding.ts";
import type { ListPage } from "../../core/conversation/pages.ts";
import { NOT_FOUND } from "../../core/conversation/refusals.ts";
import type { Acked, Write } from "../../core/conversation/write.ts";
import { Downlink } from "../../core/inbox/downlink.ts";
import { conversationPage } from "../../core/inbox/conversation-page.ts";
import type { InboxRow } from "../../core/inbox/inbox-row.ts";
import { Inbox } from "../../core/inbox/inbox.ts";
import { Profile } from "../../core/inbox/profile.ts";
import type { ProfileFields } from "../../core/inbox/profile.ts";
import { migrate } from "../../core/migrations.ts";
import { TokenBucket } from "../../core/ratelimit/token-bucket.ts";
import { readAuthConfig } from "../../platform/auth-config.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import { isListedOrigin } from "../../platform/origins.ts";
import { Stubs } from "../../platform/stubs.ts";
import { log, reasonOf } from "../../platform/telemetry.ts";
import { createVerifier } from "../../platform/verifier.ts";
import type { Verifier } from "../../platform/verifier.ts";
import { systemClock, systemTimers } from "../../platform/world.ts";
import type { UserBindings } from "../../rpc/bindings.ts";
import { CONNECT_HEADERS } from "../../rpc/user-rpc.ts";
import type { Entered, UserRpc } from "../../rpc/user-rpc.ts";
import type { ConversationId, DeviceId, MessageId, Rev, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { SUBPROTOCOL } from "../../shared/protocol/version.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { Frames, logFrame } from "./frames.ts";
import { USER_MIGRATIONS } from "./migrations.ts";
import { Sessions } from "./sessions.ts";
import type { Session } from "./sessions.ts";
import { Sync } from "./sync.ts";
import { Uplink } from "./uplink.ts";
import { Visits } from "./visits.ts";

/** One user: the set of the devices that are connected, and the list of conversations. */
export class UserObject extends DurableObject<UserBindings> implements UserRpc {
  readonly #inbox: Inbox;
  readonly #sessions: Sessions;
  readonly #uplink: Uplink;
  readonly #downlink: Downlink;
  readonly #frames: Frames;
  readonly #sync: Sync;
  readonly #visits: Visits;
  readonly #profile: Profile;
  readonly #sends: TokenBucket;
  readonly #changes: TokenBucket;
  readonly #previews: TokenBucket;
  #verifier: Verifier | undefined;

  constructor(ctx: DurableObjectState, env: UserBindings) {
    super(ctx, env);
    const user: UserId = ctx.id.name ?? "";
    const sql = new DurableSql(ctx.storage);
    migrate(sql, USER_MIGRATIONS);
    // Answered by the platform, without waking this object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    const clock = systemClock;
    const profile = new Profile(sql);
    const inbox = new Inbox({ sql, clock, user, hidesReads: () => profile.hidesReads });
    const sessions = new Sessions(ctx, clock, (origin) => isListedOrigin(env, origin));
    const uplink = new Uplink({
      user,
      clock,
      timers: systemTimers,
      inbox,
      conversations: new Stubs(env.CONVERSATION, LIMITS.stubs),
      take: (delivery) => this.#downlink.take(delivery),
      rowChanged: (row) => this.#downlink.rowChanged(row),
    });
    const downlink = new Downlink({
      inbox,
      clock,
      timers: systemTimers,
      sockets: sessions,
      hidesTyping: () => profile.hidesTyping,
      report: async (row) => (await uplink.report(row.conversation_id)).ok,
      repeat: (row, device, after, until) => ctx.waitUntil(this.#repeat(row, device, after, until)),
      answerUnderWay: (id) => uplink.underWay(id),
      applied: (row, fresh) => uplink.applied(row, fresh),
    });
    const visits = new Visits({ inbox, uplink, downlink });
    const sync = new Sync(inbox, uplink, visits);
    this.#profile = profile;
    this.#visits = visits;
    this.#inbox = inbox;
    this.#sessions = sessions;
    this.#uplink = uplink;
    this.#downlink = downlink;
    this.#sync = sync;
    this.#frames = new Frames({
      user,
      clock,
      inbox,
      sessions,
      uplink,
      downlink,
      sync,
      verifier: () => this.#verify(),
      write: (write) => this.#write(write),
      readThread: (...asked) => this.readThread(...asked),
      putDraft: (...asked) => this.#putDraft(...asked),
      typing: (...asked) => this.#typing(...asked),
      opened: (id) => this.#opened(id),
    });
    this.#sends = new TokenBucket(
      { burst: Number(env.SEND_BURST ?? LIMITS.sendBurst), perSecond: Number(env.SEND_RATE ?? LIMITS.sendPerSecond) },
      clock,
    );
    this.#changes = new TokenBucket({ burst: LIMITS.requestBurst, perSecond: LIMITS.requestPerSecond }, clock);
    this.#previews = new TokenBucket({ burst: LIMITS.previewBurst, perSecond: LIMITS.previewPerSecond }, clock);
  }

  /** The upgrade. The edge has checked the token and the origin. */
  override async fetch(request: Request): Promise<Response> {
    const device_id: DeviceId = request.headers.get(CONNECT_HEADERS.device) ?? "";
    const since = request.headers.get(CONNECT_HEADERS.since);
    const { 0: client, 1: socket } = new WebSocketPair();
    const now = systemClock.now();
    const session: Session = {
      session_id: crypto.randomUUID(),
      device_id,
      connectedAt: now,
      origin: request.headers.get(CONNECT_HEADERS.origin),
      expiresAt: Number(request.headers.get(CONNECT_HEADERS.expires)),
      checkAt: now + LIMITS.silenceCheckFirstMs,
      checkEveryMs: LIMITS.silenceCheckFirstMs,
      open: null,
      active: true,
    };
    this.#sessions.accept(socket, session);
    this.#frames.welcome(socket, session);
    // Without a sync nobody asks how large conversations stand, and what they bring from now on is wanted all the same.
    const caughtUp = since === null ? this.#visits.returned() : this.#frames.sync(socket, session, Number(since));
    this.ctx.waitUntil(caughtUp);
    const headers = new Headers({ "sec-websocket-protocol": SUBPROTOCOL });
    const offered = request.headers.has("sec-websocket-protocol");
    return new Response(null, { status: 101, webSocket: client, ...(offered ? { headers } : {}) });
  }

  /** Not awaited: frames of one connection would then wait for each other's calls. */
  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    void this.#frames.handle(socket, data).catch((error: unknown) => {
      log({ event: "object_failed", object: "user", call: "frame", reason: reasonOf(error) });
      const { refusal } = refuse("internal", "unable to handle the frame; try again");
      this.#sessions.send(socket, JSON.stringify({ type: "error", ...refusal }));
    });
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#sessions.closed(socket, code, reason);
    this.#downlink.disconnected();
  }

  override webSocketError(socket: WebSocket): void {
    this.#sessions.closed(socket, 1006, "");
    this.#downlink.disconnected();
  }

  override async alarm(): Promise<void> {
    this.#sessions.sweep();
  }

  async write(write: Write): Promise<Result<Acked>> {
    return this.#write(write);
  }

  async create(founding: Founding): Promise<Result<Entered>> {
    return this.#uplink.create(founding);
  }

  async join(id: ConversationId, secret: string): Promise<Result<Entered>> {
    return this.#uplink.join(id, secret);
  }

  async putDraft(id: ConversationId, content: string, replyTo: MessageId | undefined): Promise<Result<true>> {
    return this.#putDraft(id, content, replyTo);
  }

  /** The other devices are told how the thread stands now. */
  async readThread(id: ConversationId, root: MessageId, upTo: Seq): Promise<Result<true>> {
    const result = await this.#uplink.readThread(id, root, upTo);
    if (!result.ok) return result;
    const frame = { type: "thread", conversation_id: id, thread_root: root, ...result.value };
    this.#sessions.toAll(JSON.stringify(frame));
    return { ok: true, value: true };
  }

  async allowPreview(): Promise<number> {
    return this.#previews.take();
  }

  async profile(changes?: ProfileFields): Promise<ProfileFields> {
    const hid = this.#profile.hidesReads;
    if (changes) this.#profile.change(changes);
    if (this.#profile.hidesReads !== hid) this.ctx.waitUntil(this.#tellAll());
    return this.#profile.fields;
  }

  async deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    return this.#downlink.deliver(delivery);
  }

  async mark(
    id: ConversationId,
    kind: "read" | "delivered",
    upTo: Seq,
    device: DeviceId | undefined,
  ): Promise<Result<true>> {
    if (kind === "read") return this.#uplink.read(id, upTo);
    const row = this.#inbox.row(id);
    if (row && device !== undefined) this.#inbox.acknowledge(row, device, upTo);
    if (row) this.#inbox.flush(row);
    return this.#uplink.delivered(id, upTo);
  }

  async list(page: ListPage): Promise<Result<string>> {
    await this.#visits.all();
    return conversationPage(this.#inbox, page);
  }

  async describe(id: ConversationId): Promise<Result<string>> {
    return this.#uplink.describe(id);
  }

  async sync(since: Rev, device: DeviceId | undefined): Promise<Result<string>> {
    return { ok: true, value: `{${await this.#sync.fields(since, device)}}` };
  }

  async #write(write: Write): Promise<Result<Acked>> {
    const isSend = (write.op ?? "send") === "send";
    const wait = (isSend ? this.#sends : this.#changes).take();
    if (wait > 0) return refuse("rate_limited", "unable to write; too much at once", { retry_after_ms: wait });
    return this.#uplink.write(write);
  }

  #putDraft(id: ConversationId, content: string, replyTo: MessageId | undefined): Result<true> {
    const row = this.#inbox.row(id);
    if (!row) return NOT_FOUND;
    const draft = { content, ...(replyTo === undefined ? {} : { reply_to: replyTo }), at: systemClock.now() };
    if (!this.#inbox.setDraft(row, content === "" ? undefined : draft)) return { ok: true, value: true };
    // No log has it: it is on disk before anybody is shown it.
    this.#inbox.flush(row);
    this.#downlink.rowChanged(row);
    return { ok: true, value: true };
  }

  /** Whoever keeps his own typing to himself tells nobody. */
  #typing(id: ConversationId, state: "start" | "stop"): void {
    if (!this.#profile.hidesTyping) this.#uplink.typing(id, state);
  }

  #opened(id: ConversationId): void {
    const row = this.#inbox.row(id);
    if (row?.away && row.meta.type === "channel") this.ctx.waitUntil(this.#visits.one(row));
  }

  /** Conversations learn of a change of privacy; one that is out of reach learns it with the next call. */
  async #tellAll(): Promise<void> {
    const keys = this.#inbox.keys();
    for (let from = 0; from < keys.length; from += LIMITS.syncParallelReads) {
      const some = keys.slice(from, from + LIMITS.syncParallelReads);
      await Promise.all(some.map(({ conversation_id }) => this.#uplink.report(conversation_id)));
    }
  }

  async #repeat(row: InboxRow, device: DeviceId, after: Seq, until: Seq): Promise<void> {
    const slice = await this.#uplink.log(row.conversation_id, after, until - after);
    if (slice.ok) this.#sessions.toDevice(device, logFrame(row.conversation_id, slice.value));
  }

  #verify(): Verifier {
    if (this.#verifier) return this.#verifier;
    const config = readAuthConfig(this.env);
    if (!config.ok) throw new Error(config.refusal.message);
    this.#verifier = createVerifier(config.value);
    return this.#verifier;
  }
}
