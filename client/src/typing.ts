import type { ConversationId, UserId } from "../../src/shared/ids.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { Emitter } from "./emitter.ts";
import type { Environment, Timer } from "./environment.ts";

const START_EVERY_MS = 3000;
const STOP_AFTER_MS = 4000;
const EXPIRES_MS = 6000;
const NOBODY: readonly UserId[] = [];

/** Who types where: what this user does goes out throttled, what others do expires by itself. */
export class Typing {
  readonly #environment: Environment;
  readonly #emitter: Emitter;
  readonly #transmit: (frame: CommandInput) => boolean;
  readonly #startedAt = new Map<ConversationId, number>();
  readonly #stops = new Map<ConversationId, Timer>();
  readonly #others = new Map<ConversationId, Map<UserId, Timer>>();
  readonly #lists = new Map<ConversationId, readonly UserId[]>();

  constructor(environment: Environment, emitter: Emitter, transmit: (frame: CommandInput) => boolean) {
    this.#environment = environment;
    this.#emitter = emitter;
    this.#transmit = transmit;
  }

  /** This user pressed a key. */
  pressed(id: ConversationId): void {
    const now = this.#environment.now();
    const startedAt = this.#startedAt.get(id);
    if (startedAt === undefined || now - startedAt >= START_EVERY_MS) {
      if (!this.#transmit({ type: "typing", conversation_id: id, state: "start" })) return;
      this.#startedAt.set(id, now);
    }
    this.#environment.clearTimer(this.#stops.get(id));
    this.#stops.set(
      id,
      this.#environment.setTimer(() => this.stop(id), STOP_AFTER_MS),
    );
  }

  /** `said`: a message went out, which tells the others as much as a `stop` would. */
  stop(id: ConversationId, said = false): void {
    this.#environment.clearTimer(this.#stops.get(id));
    this.#stops.delete(id);
    if (this.#startedAt.delete(id) && !said) this.#transmit({ type: "typing", conversation_id: id, state: "stop" });
  }

  users(id: ConversationId): readonly UserId[] {
    return this.#lists.get(id) ?? NOBODY;
  }

  heard(frame: EventOf<"typing">): void {
    const { conversation_id: id, user_id: user } = frame;
    if (frame.state === "stop") {
      this.quiet(id, user);
      return;
    }
    const others = this.#others.get(id) ?? new Map<UserId, Timer>();
    this.#others.set(id, others);
    const known = others.get(user);
    this.#environment.clearTimer(known);
    others.set(
      user,
      this.#environment.setTimer(() => this.quiet(id, user), EXPIRES_MS),
    );
    if (known === undefined) this.#announce(id, others);
  }

  /** The user stopped, or a message of theirs came. */
  quiet(id: ConversationId, user: UserId): void {
    const others = this.#others.get(id);
    const timer = others?.get(user);
    if (others === undefined || timer === undefined) return;
    this.#environment.clearTimer(timer);
    others.delete(user);
    this.#announce(id, others);
  }

  /** The connection is gone, and with it all knowledge of who types. */
  offline(): void {
    for (const timer of this.#stops.values()) this.#environment.clearTimer(timer);
    this.#stops.clear();
    this.#startedAt.clear();
    for (const [id, others] of this.#others) for (const user of others.keys()) this.quiet(id, user);
  }

  #announce(id: ConversationId, others: ReadonlyMap<UserId, Timer>): void {
    const userIds = [...others.keys()];
    this.#lists.set(id, userIds);
    this.#emitter.emit("typing", { conversationId: id, userIds });
  }
}
