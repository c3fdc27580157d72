import { ParleyError } from "../parley-error.ts";
import type { Body, Failure } from "./channel.ts";
import type { Asked, How } from "./methods.ts";

interface Call {
  readonly method: Asked;
  readonly args: readonly unknown[];
  readonly how: How;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ParleyError) => void;
  /** It was said to a leader. */
  left: boolean;
}

/** What this tab has asked of the leader, until it is answered: by that one, or by the next. */
export class Calls {
  readonly #post: (body: Body) => boolean;
  readonly #open = new Map<number, Call>();
  #last = 0;

  /** `post` says whether there is a leader to hear it. */
  constructor(post: (body: Body) => boolean) {
    this.#post = post;
  }

  ask(method: Asked, args: readonly unknown[], how: How): Promise<unknown> {
    const id = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const call: Call = { method, args, how, resolve, reject, left: false };
    this.#open.set(id, call);
    this.#say(id, call);
    return promise;
  }

  answered(id: number, value: unknown, failure: Failure | undefined): void {
    const call = this.#open.get(id);
    this.#open.delete(id);
    if (failure === undefined) call?.resolve(value);
    else call?.reject(new ParleyError(failure.code, failure.message, failure.retryAfterMs));
  }

  /** There is another leader: what the one before left open is asked again, where that does no harm. */
  newLeader(): void {
    for (const [id, call] of this.#open) {
      if (!call.left || call.how !== "once") this.#say(id, call);
      else {
        this.#open.delete(id);
        call.reject(
          new ParleyError("overloaded", "unable to tell whether it was done; the tab that did it was closed"),
        );
      }
    }
  }

  /** This tab stops. */
  end(error: ParleyError): void {
    for (const call of this.#open.values()) call.reject(error);
    this.#open.clear();
  }

  #say(id: number, call: Call): void {
    const { method, args, how } = call;
    call.left = this.#post({ kind: "call", id, method, args });
    if (how === "lossy") this.#open.delete(id);
  }
}
