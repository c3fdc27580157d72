import type { DeadLetter, PushJob, PushReport } from "../core/push/job.ts";
import type { ListPage } from "../core/conversation/pages.ts";
import type { ConversationId, DeviceId, UserId } from "../shared/ids.ts";
import type { Result } from "../shared/result.ts";

/** A queue of Cloudflare's, as far as it is used. */
export interface PushQueue {
  sendBatch(messages: Iterable<{ readonly body: PushJob }>): Promise<unknown>;
}

/** The queue of a machine of one's own: it keeps jobs in memory and answers at once. */
export interface QueueRpc {
  /** How many of them it took; the others it has no room for. */
  put(jobs: readonly PushJob[]): Promise<number>;
}

/** What the consumer of the queue asks of a user's object. */
export interface PushedRpc {
  /** May be repeated. */
  pushed(reports: readonly PushReport[]): Promise<void>;
  /** A dead letter is tried again: composed anew, if it is still due. */
  replayPush(device: DeviceId, conversation: ConversationId | undefined): Promise<void>;
}

/** Whose push address it is: the object of one address, named by its hash. */
export interface AddressRpc {
  /** From here on it is this user's; whoever had it has forgotten it. Each `take` gets a higher number. */
  take(user: UserId): Promise<number>;
}

/** What the object of an address asks of whoever had it. */
export interface AddresseeRpc {
  /** Another one has it now. `name`: of the address's object; `before`: the number of the `take`. */
  losePush(name: string, before: number): Promise<void>;
}

export interface DeadLettersRpc {
  /** Durable when it answers; the same id again changes nothing but the time. */
  bury(letters: readonly DeadLetter[]): Promise<void>;
  list(page: ListPage): Promise<Result<string>>;
  /** Takes them out: those named, or the oldest, as many as one call does. */
  exhume(
    ids: readonly string[] | undefined,
  ): Promise<{ readonly letters: readonly DeadLetter[]; readonly remaining: number }>;
  clear(): Promise<void>;
}
