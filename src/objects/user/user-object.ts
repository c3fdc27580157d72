import { DurableObject } from "cloudflare:workers";
import type { Acked, Draft } from "../../core/conversation/appender.ts";
import type { Delivery, DeliveryAnswer } from "../../core/conversation/delivery.ts";
import type { Founding } from "../../core/conversation/founding.ts";
import type { ListPage } from "../../core/conversation/history.ts";
import { Downlink } from "../../core/inbox/downlink.ts";
import { conversationPage } from "../../core/inbox/conversation-page.ts";
import type { InboxRow } from "../../core/inbox/inbox-row.ts";
import { Inbox } from "../../core/inbox/inbox.ts";
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
import type { UserRpc } from "../../rpc/user-rpc.ts";
import type { ConversationId, DeviceId, Rev, Seq, UserId } from "../../shared/ids.ts";
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

/** One user: the set of the devices that are connected, and the list of conversations. */
export class UserObject extends DurableObject<UserBindings> implements UserRpc {
  readonly #inbox: Inbox;
  readonly #sessions: Sessions;
  readonly #uplink: Uplink;
  readonly #downlink: Downlink;
  readonly #frames: Frames;
  readonly #sync: Sync;
  readonly #sends: TokenBucket;
  #verifier: Verifier | undefined;

  constructor(ctx: DurableObjectState, env: UserBindings) {
    super(ctx, env);
    const user: UserId = ctx.id.name ?? "";
    const sql = new DurableSql(ctx.storage);
    migrate(sql, USER_MIGRATIONS);
    // Answered by the platform, without waking this object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    const clock = systemClock;
    const inbox = new Inbox({ sql, clock, user });
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
      report: async (row) => (await uplink.report(row.conversation_id)).ok,
      repeat: (row, device, after, until) => ctx.waitUntil(this.#repeat(row, device, after, until)),
      answerUnderWay: (id) => uplink.underWay(id),
      applied: (row, fresh) => uplink.applied(row, fresh),
    });
    const sync = new Sync(inbox, uplink);
    const verifier = () => this.#verify();
    const send = (draft: Draft) => this.#send(draft);
    this.#inbox = inbox;
    this.#sessions = sessions;
    this.#uplink = uplink;
    this.#downlink = downlink;
    this.#sync = sync;
    this.#frames = new Frames({ user, clock, inbox, sessions, uplink, downlink, sync, verifier, send });
    this.#sends = new TokenBucket(
      { burst: Number(env.SEND_BURST ?? LIMITS.sendBurst), perSecond: Number(env.SEND_RATE ?? LIMITS.sendPerSecond) },
      clock,
    );
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
    if (since !== null) this.ctx.waitUntil(this.#frames.sync(socket, session, Number(since)));
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

  async send(draft: Draft): Promise<Result<Acked>> {
    return this.#send(draft);
  }

  async create(founding: Founding): Promise<Result<{ readonly created: boolean; readonly conversation: string }>> {
    return this.#uplink.create(founding);
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
    return conversationPage(this.#inbox, page);
  }

  async describe(id: ConversationId): Promise<Result<string>> {
    return this.#uplink.describe(id);
  }

  async sync(since: Rev, device: DeviceId | undefined): Promise<Result<string>> {
    return { ok: true, value: `{${await this.#sync.fields(since, device)}}` };
  }

  async #send(draft: Draft): Promise<Result<Acked>> {
    const wait = this.#sends.take();
    if (wait > 0) return refuse("rate_limited", "unable to send; too many messages at once", { retry_after_ms: wait });
    return this.#uplink.send(draft);
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
