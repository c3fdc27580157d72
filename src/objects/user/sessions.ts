import { Backlog } from "../../core/inbox/backlog.ts";
import type { SocketSet } from "../../core/inbox/downlink.ts";
import type { Appointment } from "../../core/alarm.ts";
import type { Signs } from "../../core/presence/reach.ts";
import { nextLookAfter } from "../../core/presence/silence.ts";
import type { Clock } from "../../core/ports.ts";
import { CLOSE } from "../../shared/close-codes.ts";
import type { ConversationId, DeviceId, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";

/** What a connection is, kept with its socket while the object sleeps. */
export interface Session {
  readonly session_id: string;
  readonly device_id: DeviceId;
  readonly connectedAt: number;
  /** Rises with each attempt of the device to connect; `null`: it does not say. */
  readonly attempt: number | null;
  /** Of a page that is not our own; `null` for our own and for what is no browser. */
  readonly origin: string | null;
  /** When the token expires, ms since 1970. */
  expiresAt: number;
  /** When its silence is looked at next, and how long after the look before that is; 0: there was none. */
  checkAt: number;
  checkEveryMs: number;
  /** What is on the device's screen; `null` while it never said. */
  open: ConversationId[] | null;
  active: boolean;
  /** Whose presence the device wants to know, and since when that is known to their objects. */
  watching: UserId[];
  watchingSince: number;
  /** What was pushed to it twice it did not acknowledge. */
  deaf: boolean;
}

const OPEN_AT_ONCE = 16;

export interface SessionsDeps {
  readonly ctx: DurableObjectState;
  readonly clock: Clock;
  /** A connection came, ended, or is another one in what it says of its device. */
  changed(): void;
  /** A connection ended. `usedAt`: when its device was last in use, in ms since 1970; 0: not since that was noted. */
  ended(session: Session, usedAt: number): void;
  /** A connection's device was in use, at `at` in ms since 1970. */
  inUse(session: Session, at: number): void;
}

/**
 * The sockets of one user's devices. They outlive the object's memory: on a wake they are found again,
 * each with its session.
 */
export class Sessions implements SocketSet, Appointment {
  readonly #deps: SessionsDeps;
  readonly #sessions = new Map<WebSocket, Session>();
  readonly #heardAt = new WeakMap<WebSocket, number>();
  readonly #backlogs = new WeakMap<WebSocket, Backlog>();

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
    for (const socket of deps.ctx.getWebSockets()) {
      const session = socket.deserializeAttachment() as Session | null;
      if (session) this.#sessions.set(socket, session);
    }
  }

  /** Settings may have changed while the object slept. */
  vet(isListed: (origin: string) => boolean): void {
    for (const [socket, { origin }] of this.#sessions)
      if (origin !== null && !isListed(origin)) this.close(socket, CLOSE.originRefused, "origin refused");
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(socket: WebSocket): Session | undefined {
    return this.#sessions.get(socket);
  }

  /**
   * Takes a socket in. One connection per device: the earlier one is closed, and so is the oldest of too many. `false`: it
   * is an attempt that the device gave up before it made another one, and came late: it is closed.
   */
  accept(socket: WebSocket, session: Session): boolean {
    this.#deps.ctx.acceptWebSocket(socket);
    if (this.#isLate(session)) {
      this.close(socket, CLOSE.tooFast, String(LIMITS.lateAttemptMs));
      return false;
    }
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
    this.#deps.changed();
    return true;
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

  /** The app is in use, or in the background. */
  setActive(socket: WebSocket, session: Session, active: boolean): void {
    if (session.active === active) return;
    session.active = active;
    this.save(socket, session);
    this.#deps.inUse(session, this.#deps.clock.now());
    this.#deps.changed();
  }

  /** Whether what is pushed to a device is heard there: that it acknowledges, or did not twice. */
  setDeaf(device: DeviceId, deaf: boolean): void {
    for (const [socket, session] of this.#sessions) {
      if (session.device_id !== device || session.deaf === deaf) continue;
      session.deaf = deaf;
      this.save(socket, session);
    }
  }

  setWatching(socket: WebSocket, session: Session, users: readonly UserId[], since: number): void {
    session.watching = [...users];
    session.watchingSince = since;
    this.save(socket, session);
  }

  isWatched(user: UserId): boolean {
    for (const { watching } of this.#sessions.values()) if (watching.includes(user)) return true;
    return false;
  }

  /** Everybody whom some device watches. */
  watched(): Set<UserId> {
    return new Set([...this.#sessions.values()].flatMap(({ watching }) => watching));
  }

  all(): Iterable<[WebSocket, Session]> {
    return this.#sessions;
  }

  close(socket: WebSocket, code: number, reason: string): void {
    this.#drop(socket);
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
    this.#drop(socket);
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
      // Broken in this moment: the platform's close event follows, and finds it gone.
      this.#drop(socket);
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

  /** To those that watch somebody's presence. */
  toPresence(user: UserId, frame: string): void {
    for (const [socket, { watching }] of this.#sessions) if (watching.includes(user)) this.send(socket, frame);
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

  /**
   * A connection that proves alive is looked at ever more rarely: looking wakes the object, and costs. One that missed a
   * heartbeat is looked at when it would have been silent for too long.
   */
  #isSilent(socket: WebSocket, session: Session, now: number): boolean {
    const heardAt = this.#lastHeardAt(socket);
    if (heardAt <= now - LIMITS.silenceMs) return true;
    if (heardAt <= now - LIMITS.silenceSuspectMs) session.checkAt = heardAt + LIMITS.silenceMs;
    else {
      session.checkEveryMs = nextLookAfter(session.checkEveryMs);
      session.checkAt = now + session.checkEveryMs;
    }
    this.save(socket, session);
    if (session.active) this.#deps.inUse(session, heardAt);
    return false;
  }

  /** A frame came: a device that talks is not silent, even if it never pings. */
  heard(socket: WebSocket): void {
    this.#heardAt.set(socket, this.#deps.clock.now());
  }

  #isLate({ device_id, attempt }: Session): boolean {
    for (const other of this.#sessions.values())
      if (other.device_id === device_id && attempt !== null && attempt < (other.attempt ?? 0)) return true;
    return false;
  }

  #drop(socket: WebSocket): void {
    const session = this.#sessions.get(socket);
    if (!session) return;
    const now = this.#deps.clock.now();
    const heardAt = this.#lastHeardAt(socket);
    this.#sessions.delete(socket);
    // Of one that vanished it is known only when it was last heard.
    const usedAt = now - heardAt < LIMITS.presenceLeaseMs ? now : heardAt;
    this.#deps.ended(session, session.active ? usedAt : 0);
    this.#deps.changed();
  }

  #admits(socket: WebSocket, bytes: number): boolean {
    let backlog = this.#backlogs.get(socket);
    if (!backlog) this.#backlogs.set(socket, (backlog = new Backlog()));
    // The types promise a number; versions of the platform before late 2026 do not have it.
    const buffered = socket.bufferedAmount as number | undefined;
    return backlog.admits(bytes, { buffered, lastHeardAt: () => this.#lastHeardAt(socket) }, this.#deps.clock.now());
  }

  #lastHeardAt(socket: WebSocket): number {
    const beat = this.#deps.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    return Math.max(beat, this.#sessions.get(socket)?.connectedAt ?? 0, this.#heardAt.get(socket) ?? 0);
  }
}
