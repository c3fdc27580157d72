import { COMMANDS } from "../../../src/shared/protocol/commands.ts";
import type { Command, CommandOf } from "../../../src/shared/protocol/commands.ts";
import type { Entry, MessageEntry } from "../../../src/shared/protocol/entry.ts";
import type { ServerEvent } from "../../../src/shared/protocol/events.ts";
import type { ConversationType } from "../../../src/shared/protocol/fields.ts";
import type { ErrorCode } from "../../../src/shared/errors.ts";
import type { Profile } from "../../src/answers.ts";
import { readClaims } from "../../src/token-source.ts";
import type { FakeClock } from "./fake-clock.ts";
import { FakeLog } from "./fake-log.ts";
import type { Draft } from "./fake-log.ts";
import { entryOf } from "./fake-writes.ts";
import type { WriteCommand } from "./fake-writes.ts";
import type { FakeSocket } from "./fake-socket.ts";
import { FakePush } from "./fake-push.ts";
import { socketClass } from "./fake-socket.ts";

export interface Refuse {
  readonly code: ErrorCode;
  readonly retry_after_ms?: number;
}

/** What goes wrong, as a test wants it. */
export interface Faults {
  /** A frame that comes up is refused. */
  refuse?: (command: Command) => Refuse | undefined;
  /** A frame that goes down is lost with its connection, or comes twice. */
  down?: (event: ServerEvent, socket: FakeSocket) => "pass" | "twice" | "hide" | "cut";
  /** The upgrade fails. */
  upgrade?: () => boolean;
  /** A call is refused, or does not get through. */
  rest?: (method: string, path: string) => Refuse | "unreachable" | undefined;
  /** What happens between a call and its answer. */
  slow?: (method: string, path: string) => Promise<void>;
}

/** A strict double of the server: it speaks the contract over sockets of its own, and notes each breach of it. */
export class FakeServer {
  readonly logs = new Map<string, FakeLog>();
  readonly sockets = new Set<FakeSocket>();
  readonly commands: Command[] = [];
  readonly requests: { readonly user: string; readonly method: string; readonly path: string }[] = [];
  scheduled: { readonly user: string; readonly message: Readonly<Record<string, unknown>> }[] = [];
  invites: { readonly log: FakeLog; readonly invite: { token: string; uses: number } }[] = [];
  readonly profiles = new Map<string, Profile>();
  hasProfiles = true;
  readonly pushes = new FakePush();
  readonly breaches: string[] = [];
  readonly faults: Faults = {};
  readonly WebSocket: typeof WebSocket;
  /** Entries of one `sync` answer per conversation, and conversations per page. */
  newest = 200;
  page = 200;
  #rev = 1;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.WebSocket = socketClass(this);
  }

  conversation(id: string, type: ConversationType, members: readonly string[]): FakeLog {
    const log = new FakeLog(id, type, members, () => this.#clock.now);
    this.logs.set(id, log);
    for (const member of members) log.revs.set(member, ++this.#rev);
    return log;
  }

  /** An entry of somebody's, delivered to every connected member. */
  append(log: FakeLog, draft: Draft, silently = false): Entry {
    const before = log.members;
    const entry = log.add(draft);
    // Who is removed by it is told, too.
    for (const member of new Set([...before, ...log.members])) {
      log.revs.set(member, ++this.#rev);
      if (!silently) this.push(log, [entry], member);
    }
    return entry;
  }

  say(log: FakeLog, sender_id: string, content: string, silently = false, more: Partial<MessageEntry> = {}): Entry {
    return this.append(log, { kind: "message", type: "text", sender_id, content, ...more }, silently);
  }

  /** The row of a member's list changed without an entry. */
  tell(log: FakeLog, member: string, except?: FakeSocket): void {
    log.revs.set(member, ++this.#rev);
    for (const socket of this.#of(member)) {
      if (socket !== except) this.down(socket, { type: "conversation", conversation: log.row(member) });
    }
  }

  push(log: FakeLog, entries: Entry[], member: string): void {
    const rev = log.revs.get(member) ?? 0;
    for (const socket of this.#of(member)) {
      if (log.type === "channel" && !socket.opened.has(log.id)) continue;
      this.down(socket, {
        type: "entries",
        conversation_id: log.id,
        epoch: log.epoch,
        entries,
        head_seq: log.headOf(member),
        rev,
      });
    }
  }

  down(socket: FakeSocket, event: ServerEvent): void {
    if (!this.sockets.has(socket)) return;
    const fate = this.faults.down?.(event, socket) ?? "pass";
    if (fate === "cut") {
      this.cut(socket);
      return;
    }
    if (fate !== "hide") socket.receive(JSON.stringify(event));
    if (fate === "twice") socket.receive(JSON.stringify(event));
  }

  /** The connection breaks; what is on its way in either direction is lost. */
  cut(socket: FakeSocket, code = 1006, reason = ""): void {
    if (this.sockets.delete(socket)) socket.broken(code, reason);
  }

  cutAll(code = 1006, reason = ""): void {
    for (const socket of this.sockets) this.cut(socket, code, reason);
  }

  opened(socket: FakeSocket): void {
    if (this.faults.upgrade?.() === false) {
      socket.broken(1006, "");
      return;
    }
    const [version, bearer = ""] = socket.protocols;
    if (version !== "chat.v1" || !bearer.startsWith("bearer."))
      this.breaches.push(`subprotocols ${socket.protocols.join()}`);
    if (!socket.address.searchParams.has("since")) this.breaches.push("connect without since");
    socket.user = readClaims(bearer.slice("bearer.".length)).sub ?? "";
    this.sockets.add(socket);
    const device_id = socket.address.searchParams.get("device_id") ?? "";
    const server_time = new Date(this.#clock.now).toISOString();
    const session = { session_id: "s", rev: this.#rev, server_time, heartbeat_seconds: 30 };
    this.down(socket, { type: "welcome", user_id: socket.user, device_id, ...session });
    this.#sync(socket, Number(socket.address.searchParams.get("since")));
  }

  heard(socket: FakeSocket, text: string): void {
    if (!this.sockets.has(socket)) return;
    if (text === "ping") {
      socket.receive("pong");
      return;
    }
    const raw = JSON.parse(text) as Command;
    const schema = COMMANDS[raw.type];
    const parsed = schema.safeParse(raw);
    if (!parsed.success) {
      this.breaches.push(`bad frame ${text}`);
      return;
    }
    const command: Command = parsed.data;
    this.commands.push(command);
    const refusal = this.faults.refuse?.(command);
    const ref = command.ref === undefined ? {} : { ref: command.ref };
    if (refusal !== undefined) this.down(socket, { type: "error", message: "refused", ...ref, ...refusal });
    else this.#obey(socket, command, ref);
  }

  #obey(socket: FakeSocket, command: Command, ref: { ref?: string }): void {
    switch (command.type) {
      case "send":
      case "edit":
      case "delete":
      case "react":
        this.#write(socket, command);
        break;
      case "open":
        socket.opened.add(command.conversation_id);
        break;
      case "close":
        socket.opened.delete(command.conversation_id);
        break;
      case "presence_subscribe":
        for (const id of command.user_ids) socket.watched.add(id);
        for (const user_id of command.user_ids)
          this.down(socket, { type: "presence", user_id, ...this.#presence(user_id) });
        break;
      case "presence_unsubscribe":
        for (const id of command.user_ids) socket.watched.delete(id);
        break;
      case "draft":
        this.#draft(socket, command);
        break;
      case "sync":
        this.#sync(socket, command.since);
        break;
      case "log": {
        const log = this.#log(command.conversation_id);
        const after = log.seenBy(socket.user).filter((entry) => entry.seq > command.after);
        const entries = after.slice(0, command.limit ?? 50);
        const { id: conversation_id, epoch } = log;
        const head_seq = log.headOf(socket.user);
        this.down(socket, { type: "entries", conversation_id, epoch, entries, head_seq, ...ref });
        break;
      }
      case "read":
      case "delivered":
        this.#mark(socket, command);
        break;
      default:
        break;
    }
  }

  #presence(user: string) {
    return this.#of(user).length > 0 ? { status: "online" as const } : { status: "offline" as const };
  }

  #mark(socket: FakeSocket, command: CommandOf<"read"> | CommandOf<"delivered">): void {
    const log = this.#log(command.conversation_id);
    if (command.type === "read" && command.thread_root !== undefined) {
      this.#readThread(socket, log, command.thread_root, command.up_to);
      return;
    }
    const marks = command.type === "read" ? [log.read, log.delivered] : [log.delivered];
    for (const mark of marks)
      mark.set(socket.user, Math.max(mark.get(socket.user) ?? 0, Math.min(command.up_to, log.head)));
    // Read on one device, it is read on the others.
    if (command.type === "read") this.tell(log, socket.user, socket);
    if (log.type !== "direct") return;
    const [delivered_up_to, read_up_to] = [log.delivered.get(socket.user) ?? 0, log.read.get(socket.user) ?? 0];
    for (const member of log.members.filter((one) => one !== socket.user)) {
      for (const other of this.#of(member)) {
        const conversation_id = log.id;
        this.down(other, { type: "receipt", conversation_id, user_id: socket.user, delivered_up_to, read_up_to });
      }
    }
  }

  #readThread(socket: FakeSocket, log: FakeLog, thread_root: string, upTo: number): void {
    const key = `${socket.user} ${thread_root}`;
    const read_up_to = Math.max(log.threadRead.get(key) ?? 0, Math.min(upTo, log.head));
    log.threadRead.set(key, read_up_to);
    const unread = log.message(socket.user, thread_root)?.thread?.unread ?? 0;
    for (const other of this.#of(socket.user)) {
      if (other === socket) continue;
      this.down(other, { type: "thread", conversation_id: log.id, thread_root, read_up_to, unread });
    }
  }

  #draft(socket: FakeSocket, { conversation_id, content, reply_to }: CommandOf<"draft">): void {
    const log = this.#log(conversation_id);
    const updated_at = new Date(this.#clock.now).toISOString();
    if (content === "") log.drafts.delete(socket.user);
    else log.drafts.set(socket.user, { content, updated_at, ...(reply_to === undefined ? {} : { reply_to }) });
    this.tell(log, socket.user);
  }

  #write(socket: FakeSocket, command: WriteCommand): void {
    const log = this.#log(command.conversation_id);
    const { client_message_id, conversation_id } = command;
    const known = log.known(socket.user, client_message_id);
    const draft = known ?? entryOf(log, socket.user, command);
    if (typeof draft === "string") {
      this.down(socket, { type: "error", ref: client_message_id, client_message_id, code: draft, message: draft });
      return;
    }
    const entry = known ?? this.append(log, draft, true);
    const { seq, message_id, timestamp } = entry;
    this.down(socket, {
      type: "ack",
      ref: client_message_id,
      client_message_id,
      conversation_id,
      seq,
      message_id,
      timestamp,
      status: "sent",
      ...(known === undefined ? {} : { duplicate: true }),
    });
    if (known === undefined) for (const member of log.members) this.push(log, [entry], member);
  }

  #sync(socket: FakeSocket, since: number): void {
    const { user } = socket;
    const changed = [...this.logs.values()]
      .filter((log) => (log.revs.get(user) ?? 0) > since)
      .sort((a, b) => (a.revs.get(user) ?? 0) - (b.revs.get(user) ?? 0));
    const shown = changed.slice(0, this.page);
    const more = changed.length > shown.length;
    const entries: Record<string, Entry[]> = {};
    const truncated: string[] = [];
    for (const log of shown) {
      // Nothing of a channel is sent that nobody has open.
      const delivered = log.type === "channel" ? log.head : (log.delivered.get(user) ?? 0);
      const missed = log.seenBy(user).filter((entry) => entry.seq > delivered);
      if (missed.length > this.newest) truncated.push(log.id);
      if (missed.length > 0) entries[log.id] = missed.slice(-this.newest);
    }
    const last = shown.at(-1)?.revs.get(user) ?? since;
    const rev = more ? last : this.#rev;
    this.down(socket, {
      type: "sync",
      rev,
      conversations: shown.map((log) => log.row(user)),
      entries,
      truncated,
      more,
    });
  }

  #log(id: string): FakeLog {
    const log = this.logs.get(id);
    if (log === undefined) throw new Error(`the double knows no conversation ${id}`);
    return log;
  }

  #of(user: string): FakeSocket[] {
    return [...this.sockets].filter((socket) => socket.user === user);
  }
}
