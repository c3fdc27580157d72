import type { LogSlice } from "../../core/conversation/history.ts";
import type { Alarm } from "../../core/alarm.ts";
import type { Write } from "../../core/conversation/write.ts";
import type { Downlink } from "../../core/inbox/downlink.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import type { Clock } from "../../core/ports.ts";
import type { Typing } from "../../core/presence/typing.ts";
import type { Watching } from "../../core/presence/watching.ts";
import { TokenBucket } from "../../core/ratelimit/token-bucket.ts";
import type { Verifier } from "../../platform/verifier.ts";
import { CLOSE } from "../../shared/close-codes.ts";
import type { ConversationId, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { COMMANDS } from "../../shared/protocol/commands.ts";
import type { Command, CommandOf, CommandType } from "../../shared/protocol/commands.ts";
import { refusalOf } from "../../shared/protocol/refusal-of.ts";
import { unsupportedIn } from "../../shared/protocol/unsupported.ts";
import { refuse } from "../../shared/result.ts";
import type { Refusal } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import type { Acts } from "./acts.ts";
import { FrameLine } from "./frame-line.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { Sync } from "./sync.ts";
import type { Uplink } from "./uplink.ts";

export interface FramesDeps {
  readonly user: UserId;
  readonly clock: Clock;
  readonly inbox: Inbox;
  readonly sessions: Sessions;
  readonly uplink: Uplink;
  readonly downlink: Downlink;
  readonly sync: Sync;
  readonly acts: Acts;
  readonly typing: Typing;
  readonly watching: Watching;
  readonly alarm: Pick<Alarm, "changed">;
  readonly verifier: () => Verifier;
}

/** What a connection's frames need to be kept in line. Memory only: a sleeping connection has none under way. */
class Line {
  readonly frames = new FrameLine();
  readonly badAt: number[] = [];
  readonly requests: TokenBucket;

  constructor(clock: Clock) {
    this.requests = new TokenBucket({ burst: LIMITS.requestBurst, perSecond: LIMITS.requestPerSecond }, clock);
  }
}

/** Commands that keep their place in the line. */
type Queued = Exclude<Command, { type: "delivered" }>;

const isCommandType = (type: unknown): type is CommandType => typeof type === "string" && Object.hasOwn(COMMANDS, type);
const refOf = (frame: unknown): string | undefined => {
  const ref = (frame as { ref?: unknown } | null)?.ref;
  return typeof ref === "string" && ref.length <= LIMITS.refChars ? ref : undefined;
};

/** A stretch of a log as an `entries` frame. */
export const logFrame = (conversation_id: ConversationId, slice: LogSlice, ref?: string): string => {
  const { entries, head_seq, epoch } = slice;
  const fields = JSON.stringify({ type: "entries", ref, conversation_id, epoch, head_seq });
  return `${fields.slice(0, -1)},"entries":${entries}}`;
};

/** Frames that go up: parsed and validated here, once; what they ask for is done by others. */
export class Frames {
  readonly #deps: FramesDeps;
  readonly #lines = new WeakMap<WebSocket, Line>();
  readonly #watches: TokenBucket;

  constructor(deps: FramesDeps) {
    this.#deps = deps;
    this.#watches = new TokenBucket({ burst: LIMITS.watchBurst, perSecond: LIMITS.watchPerSecond }, deps.clock);
  }

  async handle(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const session = this.#deps.sessions.get(socket);
    if (!session) return;
    this.#deps.sessions.heard(socket);
    const line = this.#lineOf(socket);
    if (session.expiresAt <= this.#deps.clock.now()) {
      return this.#deps.sessions.close(socket, CLOSE.tokenExpired, "token expired");
    }
    if (typeof data !== "string")
      return this.#bad(socket, line, refuse("bad_request", "unable to read the frame; it is not text").refusal);
    const size = data.length * 3 <= LIMITS.frameBytes ? 0 : new TextEncoder().encode(data).byteLength;
    if (size > LIMITS.frameBytes) return this.#deps.sessions.close(socket, CLOSE.tooLarge, "frame too large");
    const parsed = this.#parse(data);
    if (!parsed.ok) return this.#bad(socket, line, parsed.refusal, parsed.ref);
    const command = parsed.command;
    // Nothing waits for it and it waits for nothing: what it says of the device is true already.
    if (command.type === "delivered") return this.#delivered(session, command);
    const barrier = command.type === "log" || command.type === "sync" || command.type === "reauth";
    const done = line.frames.push({ barrier, run: () => this.#run(socket, session, line, command) });
    if (done === false)
      this.#error(
        socket,
        refuse("rate_limited", "too many frames are waiting", { retry_after_ms: 1000 }).refusal,
        command.ref,
      );
    else await done;
  }

  #parse(data: string): { ok: true; command: Command } | { ok: false; refusal: Refusal; ref: string | undefined } {
    let frame: unknown;
    try {
      frame = JSON.parse(data);
    } catch {
      return {
        ok: false,
        refusal: refuse("bad_request", "unable to read the frame; it is not JSON").refusal,
        ref: undefined,
      };
    }
    const ref = refOf(frame);
    const type = (frame as { type?: unknown } | null)?.type;
    if (!isCommandType(type)) {
      return {
        ok: false,
        refusal: refuse("bad_request", "unable to read the frame; its type is unknown").refusal,
        ref,
      };
    }
    const result = COMMANDS[type].safeParse(frame);
    if (!result.success) return { ok: false, refusal: refusalOf(result.error, `read the ${type} frame`), ref };
    return { ok: true, command: result.data };
  }

  /** A bad frame: the connection lives on, unless they keep coming. */
  #bad(socket: WebSocket, line: Line, refusal: Refusal, ref?: string): void {
    this.#error(socket, refusal, ref);
    const now = this.#deps.clock.now();
    line.badAt.push(now);
    while ((line.badAt[0] ?? now) <= now - LIMITS.badFramesWindowMs) line.badAt.shift();
    if (line.badAt.length >= LIMITS.badFrames)
      this.#deps.sessions.close(socket, CLOSE.badFrames, "too many bad frames");
  }

  #error(socket: WebSocket, refusal: Refusal, ref?: string, clientMessageId?: string): void {
    this.#answer(socket, { type: "error", ref, client_message_id: clientMessageId, ...refusal });
  }

  #answer(socket: WebSocket, frame: object): void {
    this.#deps.sessions.send(socket, JSON.stringify(frame));
  }

  async #run(socket: WebSocket, session: Session, line: Line, command: Queued): Promise<void> {
    if (command.type === "send") return this.#send(socket, command);
    const wait = line.requests.take();
    if (command.type === "typing") {
      // Ephemeral: too much of it is dropped without a word.
      if (wait === 0) this.#deps.typing.say(command.conversation_id, command.state);
      return;
    }
    if (wait > 0) {
      return this.#error(
        socket,
        refuse("rate_limited", "too many requests", { retry_after_ms: wait }).refusal,
        command.ref,
      );
    }
    return this.#request(socket, session, command);
  }

  async #request(
    socket: WebSocket,
    session: Session,
    command: Exclude<Queued, { type: "send" | "typing" }>,
  ): Promise<void> {
    switch (command.type) {
      case "read":
        return this.#read(socket, session, command);
      case "open":
      case "close":
        this.#deps.sessions.setOpen(socket, session, command.conversation_id, command.type === "open");
        if (command.type === "open") this.#deps.acts.opened(command.conversation_id);
        return;
      case "draft":
        return this.#draft(socket, command);
      case "state":
        return this.#deps.sessions.setActive(socket, session, command.active);
      case "presence_subscribe":
        return this.#watch(socket, session, command);
      case "presence_unsubscribe":
        return this.#unwatch(socket, session, command);
      case "log":
        return this.#log(socket, command);
      case "sync":
        return this.sync(socket, session, command.since, command.ref);
      case "reauth":
        return this.#reauth(socket, session, command);
      case "edit":
      case "delete":
      case "react":
        return this.#change(socket, command);
      case "commit":
      case "call":
        return this.#error(
          socket,
          refuse("unsupported", `unable to ${command.type}; this server does not support it`).refusal,
          command.ref,
        );
    }
  }

  async #send(socket: WebSocket, { type: _type, ref, message_type, ...send }: CommandOf<"send">): Promise<void> {
    const unsupported = unsupportedIn(send);
    if (unsupported) return this.#error(socket, unsupported, ref, send.client_message_id);
    this.#deps.typing.sent(send.conversation_id);
    return this.#write(socket, { ...send, type: message_type }, ref);
  }

  #change(socket: WebSocket, command: CommandOf<"edit"> | CommandOf<"delete"> | CommandOf<"react">): Promise<void> {
    const { conversation_id, client_message_id, message_id, ref } = command;
    const named = { conversation_id, client_message_id, message_id };
    switch (command.type) {
      case "edit":
        return this.#write(socket, { ...named, op: "edit", content: command.content }, ref);
      case "delete":
        return this.#write(socket, { ...named, op: "delete" }, ref);
      case "react":
        return this.#write(socket, { ...named, op: "react", emoji: command.emoji, on: command.op === "add" }, ref);
    }
  }

  async #write(socket: WebSocket, write: Write, ref: string | undefined): Promise<void> {
    const result = await this.#deps.acts.write(write);
    const { client_message_id, conversation_id } = write;
    if (!result.ok) return this.#error(socket, result.refusal, ref, client_message_id);
    const { message_id, seq, at, duplicate } = result.value;
    const ack = {
      type: "ack",
      ref,
      client_message_id,
      conversation_id,
      message_id,
      seq,
      timestamp: toIso(at),
      status: "sent",
    };
    this.#answer(socket, duplicate ? { ...ack, duplicate } : ack);
  }

  #delivered(session: Session, { conversation_id, up_to }: CommandOf<"delivered">): void {
    const row = this.#deps.inbox.row(conversation_id);
    if (session.deaf) this.#deps.sessions.setDeaf(session.device_id, false);
    if (row) this.#deps.downlink.acknowledge(row, session.device_id, up_to);
  }

  async #read(socket: WebSocket, session: Session, command: CommandOf<"read">): Promise<void> {
    const { conversation_id, up_to, thread_root, ref } = command;
    const result =
      thread_root === undefined
        ? await this.#deps.acts.mark(conversation_id, "read", up_to, session.device_id)
        : await this.#deps.acts.readThread(conversation_id, thread_root, up_to);
    if (!result.ok) this.#error(socket, result.refusal, ref);
  }

  #draft(socket: WebSocket, { conversation_id, content, reply_to, ref }: CommandOf<"draft">): void {
    const result = this.#deps.acts.putDraft(conversation_id, content, reply_to);
    if (!result.ok) this.#error(socket, result.refusal, ref);
  }

  async #watch(socket: WebSocket, session: Session, command: CommandOf<"presence_subscribe">): Promise<void> {
    const asked = new Set(command.user_ids);
    const watching = new Set([...session.watching, ...asked]);
    if (watching.size > LIMITS.presenceUserIds) {
      const text = `unable to watch; at most ${LIMITS.presenceUserIds} people at once`;
      return this.#error(socket, refuse("limit_exceeded", text).refusal, command.ref);
    }
    const wait = this.#watches.take(asked.size);
    if (wait > 0) {
      const { refusal } = refuse("rate_limited", "unable to watch; too many at once", { retry_after_ms: wait });
      return this.#error(socket, refusal, command.ref);
    }
    const since = session.watching.length > 0 ? session.watchingSince : this.#deps.clock.now();
    this.#deps.sessions.setWatching(socket, session, [...watching], since);
    this.#deps.alarm.changed();
    await this.#deps.watching.begin([...asked], (frame) => this.#deps.sessions.send(socket, frame));
  }

  #unwatch(socket: WebSocket, session: Session, command: CommandOf<"presence_unsubscribe">): void {
    const kept = session.watching.filter((user) => !command.user_ids.includes(user));
    this.#deps.sessions.setWatching(socket, session, kept, session.watchingSince);
    this.#deps.watching.end(command.user_ids);
  }

  async #log(socket: WebSocket, { conversation_id, after, limit, ref }: CommandOf<"log">): Promise<void> {
    const result = await this.#deps.uplink.log(conversation_id, after, limit);
    if (!result.ok) return this.#error(socket, result.refusal, ref);
    this.#deps.sessions.send(socket, logFrame(conversation_id, result.value, ref));
  }

  async sync(socket: WebSocket, session: Session, since: number, ref?: string): Promise<void> {
    const fields = await this.#deps.sync.fields(since, session.device_id);
    const head = ref === undefined ? "" : `"ref":${JSON.stringify(ref)},`;
    this.#deps.sessions.send(socket, `{"type":"sync",${head}${fields}}`);
  }

  async #reauth(socket: WebSocket, session: Session, { token, ref }: CommandOf<"reauth">): Promise<void> {
    const identity = await this.#deps.verifier().verify(token);
    if (!identity.ok) return this.#error(socket, identity.refusal, ref);
    const { user_id, device_id, expiresAt } = identity.value;
    if (user_id !== this.#deps.user || (device_id ?? session.device_id) !== session.device_id) {
      return this.#error(
        socket,
        refuse("forbidden", "unable to renew; the token is another user's or device's").refusal,
        ref,
      );
    }
    this.#deps.sessions.extend(socket, session, expiresAt);
    this.#deps.alarm.changed();
    this.welcome(socket, session, ref);
  }

  welcome(socket: WebSocket, session: Session, ref?: string): void {
    this.#answer(socket, {
      type: "welcome",
      ref,
      user_id: this.#deps.user,
      device_id: session.device_id,
      session_id: session.session_id,
      rev: this.#deps.inbox.rev,
      server_time: toIso(this.#deps.clock.now()),
      heartbeat_seconds: LIMITS.heartbeatSeconds,
    });
  }

  #lineOf(socket: WebSocket): Line {
    let line = this.#lines.get(socket);
    if (!line) {
      line = new Line(this.#deps.clock);
      this.#lines.set(socket, line);
    }
    return line;
  }
}
