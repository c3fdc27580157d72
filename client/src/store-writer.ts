import type { ConversationId } from "../../src/shared/ids.ts";
import type { Environment, Timer } from "./environment.ts";
import type { OutboxRow, Store, StoreBatch, StoredEvent, StoredMessage } from "./store.ts";
import { StoreUnusable } from "./store-unusable.ts";

interface Waiting {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

const byKey = <T>(lists: readonly (readonly T[] | undefined)[], key: (item: T) => string): T[] => {
  const kept = new Map<string, T>();
  for (const item of lists.flatMap((list) => list ?? [])) kept.set(key(item), item);
  return [...kept.values()];
};

const placeKey = (item: StoredMessage | StoredEvent): string => `${item.conversation_id} ${item.seq}`;

/** Two changes as one: what the later says about a thing replaces what the earlier said. */
export const mergeBatches = (earlier: StoreBatch, later: StoreBatch): StoreBatch => {
  const dropped = new Set<ConversationId>(later.dropped);
  const sent = new Set(later.sent);
  const kept = <T extends StoredMessage | StoredEvent>(items: readonly T[] | undefined): T[] | undefined =>
    items?.filter((item) => !dropped.has(item.conversation_id));
  const put = new Set(later.outbox?.map((row) => row.client_message_id));
  const meta = later.meta ?? earlier.meta;
  const outboxRows: (readonly OutboxRow[] | undefined)[] = [
    earlier.outbox?.filter((row) => !sent.has(row.client_message_id)),
    later.outbox,
  ];
  return {
    ...(meta === undefined ? {} : { meta }),
    dropped: [...new Set([...(earlier.dropped ?? []), ...dropped])],
    conversations: byKey([earlier.conversations, later.conversations], (row) => row.conversation_id),
    logs: byKey([earlier.logs, later.logs], (log) => log.conversation_id),
    messages: byKey([kept(earlier.messages), later.messages], placeKey),
    events: byKey([kept(earlier.events), later.events], placeKey),
    outbox: byKey(outboxRows, (row) => row.client_message_id),
    people: byKey([earlier.people, later.people], (one) => one.user_id),
    sent: [...new Set([...(earlier.sent ?? []).filter((id) => !put.has(id)), ...sent])],
  };
};

const RETRY_MS = 1000;

/**
 * Writes changes in order, one transaction at a time; what comes meanwhile goes together into the next.
 * A change that the storage refuses stays in front of those behind it: were it left out, the log in the
 * store would have a hole that nobody knows of.
 */
export class StoreWriter {
  readonly #store: Store;
  readonly #environment: Environment;
  readonly #onFailure: (error: unknown) => void;
  #next: StoreBatch | undefined;
  #waiting: Waiting | undefined;
  #running: Promise<void> | undefined;
  #retry: Timer | undefined;
  /** Those who wait for no more than an attempt. */
  #attempted: Waiting | undefined;
  /** The last attempt failed, and that was told. */
  #failing = false;
  /** The store is somebody else's now. */
  #lost = false;

  constructor(store: Store, environment: Environment, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#environment = environment;
    this.#onFailure = onFailure;
  }

  /** Somebody else writes to the store now. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Resolves when the change is stored. Never rejects: a failure is reported, and tried again. */
  write(batch: StoreBatch): Promise<void> {
    this.#store.note?.(batch);
    this.#next = this.#next === undefined ? batch : mergeBatches(this.#next, batch);
    this.#waiting ??= Promise.withResolvers<void>();
    const { promise } = this.#waiting;
    if (this.#retry === undefined && !this.#lost) this.#running ??= this.#run();
    return promise;
  }

  /**
   * Resolves when the change is stored, or the storage failed to: what must go on then goes on from memory (and what
   * `note` has kept).
   */
  attempt(batch: StoreBatch): Promise<void> {
    const stored = this.write(batch);
    if (this.#failing) return Promise.resolve();
    this.#attempted ??= Promise.withResolvers<void>();
    return Promise.race([stored, this.#attempted.promise]);
  }

  /** When nothing is left to write, or the storage fails. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Forgets what is not written yet: before the store is emptied. */
  async abandon(): Promise<void> {
    this.#environment.clearTimer(this.#retry);
    this.#retry = undefined;
    this.#next = undefined;
    await this.#running;
    for (const waiting of [this.#waiting, this.#attempted]) waiting?.resolve();
    this.#waiting = undefined;
    this.#attempted = undefined;
    this.#failing = false;
  }

  async #run(): Promise<void> {
    while (this.#next !== undefined) {
      const batch: StoreBatch = this.#next;
      const waiting = this.#waiting;
      this.#next = undefined;
      this.#waiting = undefined;
      try {
        await this.#store.apply(batch);
        this.#failing = false;
        waiting?.resolve();
      } catch (error) {
        this.#failed(batch, waiting, error);
        break;
      }
    }
    this.#running = undefined;
  }

  #failed(batch: StoreBatch, waiting: Waiting | undefined, error: unknown): void {
    this.#lost = error instanceof StoreUnusable;
    this.#takeBack(batch, waiting);
    if (!this.#failing) this.#onFailure(error);
    if (this.#lost) return;
    this.#failing = true;
    this.#attempted?.resolve();
    this.#attempted = undefined;
  }

  #takeBack(batch: StoreBatch, waiting: Waiting | undefined): void {
    const later = this.#waiting;
    this.#next = this.#next === undefined ? batch : mergeBatches(batch, this.#next);
    this.#waiting = later ?? waiting;
    // Whoever waits for the earlier change is answered with the one that now holds both.
    if (later !== undefined && waiting !== undefined) void later.promise.then(waiting.resolve);
    if (this.#lost) return;
    this.#retry = this.#environment.setTimer(() => {
      this.#retry = undefined;
      this.#running ??= this.#run();
    }, RETRY_MS);
  }
}
