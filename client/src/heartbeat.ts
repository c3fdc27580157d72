import { LIMITS } from "../../src/shared/limits.ts";
import type { Environment, Timer } from "./environment.ts";

/** A connection that does not answer a ping within this is dead, whatever the network says. */
const PONG_MS = 10_000;

/** Pings a connection and finds out when it is dead. Anything that comes down proves that it lives. */
export class Heartbeat {
  readonly #environment: Environment;
  readonly #ping: () => void;
  readonly #onSilence: () => void;
  readonly #onPong: (pingedAt: number) => void;
  #pingedAt = 0;
  #everyMs: number = LIMITS.heartbeatSeconds * 1000;
  #next: Timer | undefined;
  #deadline: Timer | undefined;

  constructor(environment: Environment, ping: () => void, onSilence: () => void, onPong: (pingedAt: number) => void) {
    this.#environment = environment;
    this.#ping = ping;
    this.#onSilence = onSilence;
    this.#onPong = onPong;
  }

  start(everySeconds: number): void {
    this.stop();
    if (everySeconds > 0) this.#everyMs = everySeconds * 1000;
    this.#schedule();
  }

  /** Asks now: the network changed, say. */
  probe(): void {
    this.#environment.clearTimer(this.#next);
    this.#pingedAt = this.#environment.now();
    this.#ping();
    this.#deadline ??= this.#environment.setTimer(() => {
      this.stop();
      this.#onSilence();
    }, PONG_MS);
    this.#schedule();
  }

  heard(): void {
    this.#environment.clearTimer(this.#deadline);
    this.#deadline = undefined;
  }

  pong(): void {
    this.#onPong(this.#pingedAt);
  }

  stop(): void {
    this.heard();
    this.#environment.clearTimer(this.#next);
    this.#next = undefined;
  }

  #schedule(): void {
    this.#next = this.#environment.setTimer(() => this.probe(), this.#everyMs);
  }
}
