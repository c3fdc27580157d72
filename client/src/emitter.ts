import type { ClientEvents } from "./api.ts";

type Handler = (payload: never) => void;

/** Typed events. A handler that throws does not keep the others from hearing. */
export class Emitter {
  readonly #handlers = new Map<keyof ClientEvents, Set<Handler>>();

  on<E extends keyof ClientEvents>(event: E, handler: (payload: ClientEvents[E]) => void): () => void {
    const handlers = this.#handlers.get(event) ?? new Set<Handler>();
    this.#handlers.set(event, handlers);
    handlers.add(handler);
    return () => {
      handlers.delete(handler);
    };
  }

  emit<E extends keyof ClientEvents>(event: E, payload: ClientEvents[E]): void {
    for (const handler of this.#handlers.get(event) ?? []) {
      try {
        (handler as (payload: ClientEvents[E]) => void)(payload);
      } catch (error) {
        // The app's own bug: it must show up as one, but not inside our bookkeeping.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
