import { Backlog } from "../../core/inbox/backlog.ts";
import type { SocketSet } from "../../core/inbox/downlink.ts";
import type { Appointment } from "../../core/alarm.ts";
import type { Signs } from "../../core/presence/reach.ts";
import type { Clock } from "../../core/ports.ts";
import { CLOSE } from "../../shared/close-codes.ts";
import type { ConversationId, DeviceId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";

/** What a connection is, kept with its socket while the object sleeps. */
export interface Session {
  readonly session_id: string;
  readonly device_id: DeviceId;
  readonly connectedAt: number;
  /** Of a page that is not our own; `null` for our own and for what is no browser. */
  readonly origin: string | null;
  /** When the token expires, ms since 1970. */
  expiresAt: number;
  /** When its silence is looked at next, and after how long again. */
  checkAt: number;
  checkEveryMs: number;
  /** What is on the device's screen; `null` while it never said. */
  open: ConversationId[] | null;
  active: boolean;
  /** What was pushed to it twice it did not acknowledge. */
  deaf: boolean;
}

const OPEN_AT_ONCE = 16;

/**
 * The sockets of one user's devices. They outlive the object's memory: on a wake they are found again,
 * each with its session.
 */
export class Sessions implements SocketSet, Appointment {
  readonly #ctx: DurableObjectState;
  readonly #clock: Clock;
  readonly #sessions = new Map<WebSocket, Session>();
  readonly #heardAt = new WeakMap<WebSocket, number>();
  readonly #backlogs = new WeakMap<WebSocket, Backlog>();

  constructor(ctx: DurableObjectState, clock: Clock, isListed: (origin: string) => boolean) {
    this.#ctx = ctx;
    this.#clock = clock;
    for (const socket of ctx.getWebSockets()) {
      const session = socket.deserializeAttachment() as Session | null;
      if (!session) continue;
      this.#sessions.set(socket, session);
      // Settings may have changed while the object slept.
      if (session.origin !== null && !isListed(session.origin))
        this.close(socket, CLOSE.originRefused, "origin refused");
    }
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(socket: WebSocket): Session | undefined {
    return this.#sessions.get(socket);
  }

  /** Takes a socket in. One connection per device: the earlier one is closed, and so is the oldest of too many. */
  accept(socket: WebSocket, session: Session): void {
    this.#ctx.acceptWebSocket(socket);
    for (const [other, { device_id }] of this.#sessions) {
      if (device_id === session.device_id)
        this.close(other, CLOSE.replaced, "replaced by a newer connection of this device");
    }
    while (this.#sessions.size >= LIMITS.connectionsPerUser) {
      const oldest = [...this.#sessions].reduce((a, b) => (b[1].connectedAt < a[1].connectedAt ? b : a));
      this.close(oldest[0], CLOSE.replaced, "too many connections");
    }
    this.#sessions.set(socket, session);
    this.save(socket, session);
  }

  save(socket: WebSocket, session: Session): void {
    socket.serializeAttachment(session);
  }

  /** A fresh token: the connection lives until that expires. */
  extend(socket: WebSocket, session: Session, expiresAt: number): void {
    session.expiresAt = expiresAt;
    this.save(socket, session);
  }

  setOpen(socket: WebSocket, session: Session, id: ConversationId, open: boolean): void {
    const others = (session.open ?? []).filter((other) => other !== id);
    session.open = open ? [...others, id].slice(-OPEN_AT_ONCE) : others;
    this.save(socket, session);
  }

  close(socket: WebSocket, code: number, reason: string): void {
    this.#sessions.delete(socket);
    try {
      socket.close(code, reason);
    } catch {
      // Closed already, by the other side: what was wanted is so.
    }
  }

  closeAll(code: number, reason: string): void {
    for (const socket of this.#sessions.keys()) this.close(socket, code, reason);
  }

  /** The other side closed, or the connection broke. Answering the close is up to us. */
  closed(socket: WebSocket, code: number, reason: string): void {
    this.#sessions.delete(socket);
    try {
      // 1005 and 1006 stand for "no code" and "no close": they cannot be sent.
      if (code === 1005 || code === 1006) socket.close();
      else socket.close(code, reason);
    } catch {
      // Gone altogether: nothing is left to answer.
    }
  }

  send(socket: WebSocket, frame: string): void {
    // A device that does not read would fill the object's memory: it is let go, and will sync.
    if (!this.#admits(socket, frame.length)) {
      this.close(socket, CLOSE.slow, "too slow; connect again and sync");
      return;
    }
    try {
      socket.send(frame);
    } catch {
      // Broken in this moment: the platform's close event follows and cleans up.
      this.#sessions.delete(socket);
    }
  }

  get devices(): DeviceId[] {
    return [...this.#sessions.values()].map((session) => session.device_id);
  }

  /** How each connected device can be reached. */
  signs(): Map<DeviceId, Signs> {
    const signs = new Map<DeviceId, Signs>();
    for (const [socket, { device_id, active, deaf }] of this.#sessions)
      signs.set(device_id, { active, deaf, lastHeardAt: this.#lastHeardAt(socket) });
    return signs;
  }

  /** A device was removed. */
  dismiss(device: DeviceId): void {
    for (const [socket, { device_id }] of this.#sessions)
      if (device_id === device) this.close(socket, CLOSE.deviceRemoved, "this device was removed");
  }

  toDevice(device: DeviceId, frame: string): void {
    for (const [socket, { device_id }] of this.#sessions) if (device_id === device) this.send(socket, frame);
  }

  toAll(frame: string): void {
    for (const socket of this.#sessions.keys()) this.send(socket, frame);
  }

  isOpen(id: ConversationId): boolean {
    for (const { open } of this.#sessions.values()) if (open?.includes(id)) return true;
    return false;
  }

  toOpen(id: ConversationId, frame: string): void {
    for (const [socket, { open }] of this.#sessions) if (open?.includes(id)) this.send(socket, frame);
  }

  toWatching(id: ConversationId, frame: string, otherwise: (() => string) | undefined): void {
    let other: string | undefined;
    for (const [socket, { open }] of this.#sessions) {
      if (open === null || open.includes(id)) this.send(socket, frame);
      else if (otherwise) this.send(socket, (other ??= otherwise()));
    }
  }

  /** When a token expires, or a connection's silence is to be looked at. */
  nextAt(): number {
    let next = Infinity;
    for (const { expiresAt, checkAt } of this.#sessions.values()) next = Math.min(next, expiresAt, checkAt);
    return next;
  }

  /** Closes what has expired or fallen silent. */
  ring(now: number): void {
    for (const [socket, session] of this.#sessions) {
      if (session.expiresAt <= now) this.close(socket, CLOSE.tokenExpired, "token expired");
      else if (session.checkAt <= now && this.#isSilent(socket, session, now))
        this.close(socket, CLOSE.silent, "silent for too long");
    }
  }

  /** A connection that proves alive is looked at ever more rarely: looking wakes the object, and costs. */
  #isSilent(socket: WebSocket, session: Session, now: number): boolean {
    if (this.#lastHeardAt(socket) < now - LIMITS.silenceMs) return true;
    session.checkEveryMs = Math.min(session.checkEveryMs * 2, LIMITS.silenceCheckMaxMs);
    session.checkAt = now + session.checkEveryMs;
    this.save(socket, session);
    return false;
  }

  /** A frame came: a device that talks is not silent, even if it never pings. */
  heard(socket: WebSocket): void {
    this.#heardAt.set(socket, this.#clock.now());
  }

  #admits(socket: WebSocket, bytes: number): boolean {
    let backlog = this.#backlogs.get(socket);
    if (!backlog) this.#backlogs.set(socket, (backlog = new Backlog()));
    // The types promise a number; versions of the platform before late 2026 do not have it.
    const buffered = socket.bufferedAmount as number | undefined;
    return backlog.admits(bytes, { buffered, lastHeardAt: () => this.#lastHeardAt(socket) }, this.#clock.now());
  }

  #lastHeardAt(socket: WebSocket): number {
    const beat = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    return Math.max(beat, this.#sessions.get(socket)?.connectedAt ?? 0, this.#heardAt.get(socket) ?? 0);
  }
}
