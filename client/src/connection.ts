import { CLOSE } from "../../src/shared/close-codes.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { EventOf, ServerEvent } from "../../src/shared/protocol/events.ts";
import { BEARER_SUBPROTOCOL, SUBPROTOCOL } from "../../src/shared/protocol/version.ts";
import type { ConnectionState, StopReason } from "./api.ts";
import { INITIAL, publicState, transition } from "./connection-machine.ts";
import type { Effect, MachineEvent, MachineState } from "./connection-machine.ts";
import type { Environment, Timer } from "./environment.ts";
import { Heartbeat } from "./heartbeat.ts";
import { ParleyError } from "./parley-error.ts";
import { readClaims } from "./token-source.ts";
import type { TokenSource } from "./token-source.ts";

export interface ConnectionDeps {
  readonly environment: Environment;
  readonly tokens: TokenSource;
  /** Address to connect to with this token, or why it must not be. */
  readonly address: (token: string) => URL | { readonly barred: StopReason };
  /** Whether the server takes the token, as far as it can be found out. */
  readonly accepts: (token: string) => Promise<boolean>;
  readonly onWelcome: (welcome: EventOf<"welcome">) => void;
  readonly onFrame: (frame: ServerEvent) => void;
  /** What was sent before `pingedAt` has arrived: frames of one connection keep their order. */
  readonly onPong: (pingedAt: number) => void;
  readonly onState: (state: ConnectionState) => void;
}

/** From the upgrade to `welcome`. */
const OPEN_MS = 15_000;
/** A fresh token is asked for this long before the old one ends. */
const REAUTH_BEFORE_MS = 60_000;
const REAUTH_AGAIN_MS = 5000;
const LONGEST_WAIT_MS = 86_400_000;
const REAUTH_REF = "reauth";

const parse = (text: string): ServerEvent | undefined => {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && "type" in frame ? (frame as ServerEvent) : undefined;
  } catch {
    // Not of this contract: ignored, as unknown fields are.
    return undefined;
  }
};

/** Keeps one WebSocket alive as the machine says: opens, renews its token, notices its death, opens again. */
export class Connection {
  readonly #deps: ConnectionDeps;
  readonly #heartbeat: Heartbeat;
  #machine: MachineState = INITIAL;
  #socket: WebSocket | undefined;
  #token = "";
  /** Rises with each attempt: what an earlier one still answers is ignored. */
  #round = 0;
  #retry: Timer | undefined;
  #opening: Timer | undefined;
  #reauth: Timer | undefined;
  #unwatch: (() => void) | undefined;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
    this.#heartbeat = new Heartbeat(
      deps.environment,
      () => this.#socket?.send("ping"),
      () => this.#dispatch({ type: "silent" }),
      deps.onPong,
    );
  }

  get state(): ConnectionState {
    return publicState(this.#machine);
  }

  connect(): void {
    this.#unwatch ??= this.#deps.environment.onNetwork((up) => {
      if (up && this.#welcomed) this.#heartbeat.probe();
      this.#dispatch({ type: up ? "network_up" : "network_down" });
    });
    this.#dispatch({ type: "connect" });
  }

  close(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#dispatch({ type: "close" });
  }

  /** All pages of `sync` are in. */
  synced(): void {
    this.#dispatch({ type: "synced" });
  }

  /** Going on would be wrong. */
  bar(reason: StopReason): void {
    this.#dispatch({ type: "barred", reason });
  }

  /** Says whether the frame could be handed to a connection that is up. */
  send(frame: CommandInput): boolean {
    if (!this.#welcomed || this.#socket === undefined) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  get #welcomed(): boolean {
    return this.#machine.phase === "syncing" || this.#machine.phase === "online";
  }

  #dispatch(event: MachineEvent): void {
    const { environment } = this.#deps;
    const before = this.#machine;
    const { state, effects } = transition(before, event, { now: environment.now(), random: environment.random() });
    this.#machine = state;
    for (const effect of effects) this.#perform(effect);
    const [was, is] = [publicState(before), publicState(state)];
    if (JSON.stringify(was) !== JSON.stringify(is)) this.#deps.onState(is);
  }

  #perform(effect: Effect): void {
    switch (effect) {
      case "fetch_token":
        void this.#fetchToken();
        break;
      case "open_socket":
        this.#open();
        break;
      case "drop_socket":
        this.#letGo();
        break;
      case "schedule_retry":
        this.#retry = this.#deps.environment.setTimer(
          () => this.#dispatch({ type: "retry" }),
          this.#machine.retryAt - this.#deps.environment.now(),
        );
        break;
      case "cancel_retry":
        this.#deps.environment.clearTimer(this.#retry);
        break;
    }
  }

  async #fetchToken(): Promise<void> {
    const round = ++this.#round;
    try {
      const token = await this.#deps.tokens.fresh();
      if (round !== this.#round) return;
      this.#token = token;
      this.#dispatch({ type: "token" });
    } catch (error) {
      if (round !== this.#round) return;
      const signedOut = error instanceof ParleyError && error.code === "unauthenticated";
      this.#dispatch(signedOut ? { type: "barred", reason: "unauthenticated" } : { type: "token_failed" });
    }
  }

  #open(): void {
    const address = this.#deps.address(this.#token);
    if (!(address instanceof URL)) {
      this.bar(address.barred);
      return;
    }
    const socket = new this.#deps.environment.WebSocket(address, [SUBPROTOCOL, `${BEARER_SUBPROTOCOL}${this.#token}`]);
    this.#socket = socket;
    this.#opening = this.#deps.environment.setTimer(() => this.#dispatch({ type: "silent" }), OPEN_MS);
    socket.addEventListener("message", (event: MessageEvent) => {
      if (this.#socket === socket) this.#heard(event.data);
    });
    socket.addEventListener("error", () => {
      // What went wrong is in the close event that follows.
    });
    socket.addEventListener("close", (event: CloseEvent) => {
      if (this.#socket === socket) void this.#closed(event.code, event.reason);
    });
  }

  #heard(data: unknown): void {
    this.#heartbeat.heard();
    if (data === "pong") this.#heartbeat.pong();
    if (typeof data !== "string" || data === "pong") return;
    const frame = parse(data);
    if (frame === undefined) return;
    if (frame.type !== "welcome") {
      this.#deps.onFrame(frame);
      return;
    }
    this.#planReauth();
    if (this.#machine.phase !== "opening") return;
    this.#deps.environment.clearTimer(this.#opening);
    this.#heartbeat.start(frame.heartbeat_seconds);
    this.#dispatch({ type: "welcome" });
    this.#deps.onWelcome(frame);
  }

  async #closed(code: number, reason: string): Promise<void> {
    const round = this.#round;
    // A refused upgrade looks like any broken connection to a browser: only HTTP tells why.
    const unexplained = this.#machine.phase === "opening" && code < CLOSE.silent && code !== CLOSE.restart;
    this.#letGo();
    const refused = unexplained && !(await this.#deps.accepts(this.#token));
    if (round === this.#round) this.#dispatch(refused ? { type: "denied" } : { type: "lost", code, reason });
  }

  #letGo(): void {
    const { environment } = this.#deps;
    this.#heartbeat.stop();
    environment.clearTimer(this.#opening);
    environment.clearTimer(this.#reauth);
    const socket = this.#socket;
    this.#socket = undefined;
    // Closing one that is closed already does nothing.
    socket?.close(CLOSE.normal);
  }

  #planReauth(): void {
    const { environment } = this.#deps;
    environment.clearTimer(this.#reauth);
    const { exp } = readClaims(this.#token);
    if (exp === undefined) return;
    const leftMs = exp * 1000 - environment.now();
    const early = leftMs > 2 * REAUTH_BEFORE_MS ? leftMs - REAUTH_BEFORE_MS : leftMs / 2;
    const delayMs = Math.min(Math.max(early, REAUTH_AGAIN_MS), LONGEST_WAIT_MS);
    this.#reauth = environment.setTimer(() => void this.#renew(), delayMs);
  }

  async #renew(): Promise<void> {
    const round = this.#round;
    try {
      const token = await this.#deps.tokens.fresh();
      if (round !== this.#round) return;
      if (token !== this.#token) {
        this.#token = token;
        this.send({ type: "reauth", token, ref: REAUTH_REF });
      }
    } catch {
      // The old one still holds for a while; when it ends, the connection asks again and says so.
    }
    if (round === this.#round && this.#welcomed) this.#planReauth();
  }
}
