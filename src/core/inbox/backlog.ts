import { LIMITS } from "../../shared/limits.ts";

/** What is known of a socket when something is to be sent on it. */
export interface SocketState {
  /** Bytes that wait to leave; `undefined` where the platform does not tell. */
  readonly buffered: number | undefined;
  /** When the device last sent anything, heartbeats included, in ms since 1970. Asked for rarely: it may cost. */
  lastHeardAt(): number;
}

/**
 * Whether a device keeps up. A socket that is not read fills the object's memory and says nothing of it. Where
 * the platform tells what is waiting, that decides. Elsewhere a device that was sent more than the same amount
 * and has been silent for longer than its heartbeat takes is taken for stuck.
 */
export class Backlog {
  #bytes = 0;

  admits(bytes: number, socket: SocketState, now: number): boolean {
    if (socket.buffered !== undefined) return socket.buffered <= LIMITS.socketBufferedBytes;
    this.#bytes += bytes;
    if (this.#bytes <= LIMITS.socketBufferedBytes) return true;
    if (now - socket.lastHeardAt() > LIMITS.socketStuckMs) return false;
    this.#bytes = 0;
    return true;
  }
}
