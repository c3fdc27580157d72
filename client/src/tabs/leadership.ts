import type { Environment, Timer } from "../environment.ts";
import { transition } from "./role-machine.ts";
import type { RoleEffect, RoleEvent, RoleState } from "./role-machine.ts";

/** What is needed of `navigator.locks`. */
export interface TabLocks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    held: () => Promise<void>,
  ): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

export interface LeadershipDeps {
  readonly environment: Environment;
  readonly locks: TabLocks;
  readonly lockName: string;
  readonly visible: boolean;
  readonly lead: () => Promise<void>;
  readonly halt: () => Promise<void>;
  /** Says something to the other tabs; `yield` to the one that claimed. */
  readonly say: (what: "ask" | "claim" | "announce" | "unlead" | "bye") => void;
  readonly yieldTo: () => void;
  readonly onPhase: (state: RoleState) => void;
}

/** A tab that does not answer for so long is frozen or gone. */
const PATIENCE_MS = 2000;
/** How often a tab that is looked at makes sure of its leader. */
const TICK_MS = 5000;

interface Hold {
  readonly controller: AbortController;
  readonly released: PromiseWithResolvers<void>;
  granted: boolean;
  over: boolean;
}

/** Makes one tab of many the leader, as the machine says: by a lock that the browser takes from a tab that dies. */
export class Leadership {
  readonly #deps: LeadershipDeps;
  #state: RoleState;
  #hold: Hold | undefined;
  #timer: Timer | undefined;
  /** Leading and halting take a while, and must not overlap. */
  #work: Promise<void> = Promise.resolve();

  constructor(deps: LeadershipDeps) {
    this.#deps = deps;
    this.#state = { phase: "apart", visible: deps.visible };
  }

  get state(): RoleState {
    return this.#state;
  }

  dispatch(event: RoleEvent): void {
    const before = this.#state;
    const { state, effects } = transition(before, event);
    this.#state = state;
    for (const effect of effects) this.#perform(effect, before);
    if (state.phase !== before.phase) this.#deps.onPhase(state);
  }

  /** When what was begun is done. */
  settled(): Promise<void> {
    return this.#work;
  }

  #perform(effect: RoleEffect, before: RoleState): void {
    const { say } = this.#deps;
    switch (effect) {
      case "queue":
        this.#request(false);
        break;
      case "steal":
        this.#letGo(this.#hold);
        this.#request(true);
        this.#wait("silent", PATIENCE_MS);
        break;
      case "unqueue":
        this.#letGo(this.#hold);
        break;
      case "release": {
        const hold = this.#hold;
        // Only when nothing is being written any more: the next one begins where this one ended.
        this.#after(async () => this.#letGo(hold));
        break;
      }
      case "ask":
      case "claim":
        this.#wait("silent", PATIENCE_MS);
        say(effect);
        break;
      case "yield":
        this.#wait("silent", PATIENCE_MS);
        this.#after(async () => this.#deps.yieldTo());
        break;
      case "calm":
        this.#wait("tick", TICK_MS);
        break;
      case "announce":
        say(effect);
        break;
      case "bye":
        this.#deps.environment.clearTimer(this.#timer);
        say(before.phase === "leading" ? "unlead" : "bye");
        break;
      case "lead":
        this.#after(() => this.#deps.lead());
        break;
      case "halt":
        this.#after(() => this.#deps.halt());
        break;
    }
  }

  #after(work: () => Promise<void>): void {
    const before = this.#work;
    this.#work = before.then(work);
  }

  #wait(type: "silent" | "tick", delayMs: number): void {
    const { environment } = this.#deps;
    environment.clearTimer(this.#timer);
    this.#timer = environment.setTimer(() => this.dispatch({ type }), delayMs);
  }

  #request(steal: boolean): void {
    const controller = new AbortController();
    const hold: Hold = { controller, released: Promise.withResolvers<void>(), granted: false, over: false };
    this.#hold = hold;
    const options = steal ? { steal } : { signal: controller.signal };
    const held = (): Promise<void> => {
      if (hold.over) return Promise.resolve();
      hold.granted = true;
      this.dispatch({ type: "granted" });
      return hold.released.promise;
    };
    this.#deps.locks.request(this.#deps.lockName, options, held).catch(() => {
      // Taken out of the line by this tab itself, or stolen by another.
      if (!hold.granted || hold.over) return;
      hold.over = true;
      this.dispatch({ type: "lost" });
    });
  }

  #letGo(hold: Hold | undefined): void {
    if (hold === undefined || hold.over) return;
    hold.over = true;
    hold.controller.abort();
    hold.released.resolve();
  }
}
