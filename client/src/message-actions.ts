import type { ConversationId, UserId } from "../../src/shared/ids.ts";
import type { LocalMessage, Writing } from "./api.ts";
import type { Outbox } from "./outbox.ts";
import { ParleyError } from "./parley-error.ts";
import type { OutboxAction } from "./store.ts";

export interface MessageActionsDeps {
  readonly outbox: Outbox;
  readonly me: () => UserId | undefined;
  readonly ended: (id: ConversationId) => boolean;
  /** A message as an app is shown it now. */
  readonly shown: (id: ConversationId, target: string) => LocalMessage | undefined;
}

/** A `message_id`, or the `client_message_id` of a message that waits. */
type Target = string;

const DONE: Writing = { done: Promise.resolve() };
const writing = ({ sent }: { readonly sent: Promise<unknown> }): Writing => {
  const done = sent.then(() => undefined);
  // Whoever does not wait hears of a refusal by the `error` event.
  done.catch(() => undefined);
  return { done };
};

/** Edits, deletions and reactions: each in line behind what was sent before it, unless it can be settled in the line. */
export class MessageActions {
  readonly #deps: MessageActionsDeps;

  constructor(deps: MessageActionsDeps) {
    this.#deps = deps;
  }

  edit(id: ConversationId, target: Target, content: string): Writing {
    this.#check(id);
    const { outbox } = this.#deps;
    if (outbox.revise(target, content)) return DONE;
    const waiting = outbox.waiting(id, (action) => action.kind === "edit" && action.target === target);
    if (waiting !== undefined && outbox.revise(waiting.row.client_message_id, content)) return writing(waiting);
    return this.#add(id, { kind: "edit", target }, content);
  }

  delete(id: ConversationId, target: Target): Writing {
    this.#check(id);
    const { outbox } = this.#deps;
    if (outbox.discard(target)) return DONE;
    const waiting = outbox.waiting(id, (action) => action.kind === "delete" && action.target === target);
    return waiting === undefined ? this.#add(id, { kind: "delete", target }) : writing(waiting);
  }

  react(id: ConversationId, target: Target, emoji: string, on: boolean): Writing {
    this.#check(id);
    const { outbox } = this.#deps;
    const op = on ? "add" : "remove";
    const waiting = outbox.waiting(
      id,
      (action) => action.kind === "react" && action.target === target && action.emoji === emoji,
    );
    if (waiting === undefined) {
      const shown = this.#deps.shown(id, target);
      const known = shown?.reactions?.find((one) => one.emoji === emoji)?.me ?? false;
      if (shown !== undefined && known === on) return DONE;
    } else if (waiting.row.action?.kind === "react" && waiting.row.action.op === op) {
      return writing(waiting);
    } else if (!waiting.left) {
      outbox.withdraw(waiting.row.client_message_id);
      return DONE;
    }
    return this.#add(id, { kind: "react", target, emoji, op });
  }

  #add(id: ConversationId, action: OutboxAction, content = ""): Writing {
    return writing(this.#deps.outbox.add(id, content, {}, action));
  }

  #check(id: ConversationId): void {
    if (this.#deps.me() === undefined)
      throw new ParleyError("unauthenticated", "unable to write; this client was never connected");
    if (this.#deps.ended(id)) throw new ParleyError("not_found", "unable to write; you are no longer a member");
  }
}
