import type { Admission, Answered } from "../core/push/gate.ts";
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
  /** Nothing there names him any more. */
  leave(user: UserId): Promise<void>;
}

/** What the object of an address asks of whoever had it. */
export interface AddresseeRpc {
  /** Another one has it now. `name`: of the address's object; `before`: the number of the `take`. */
  losePush(name: string, before: number): Promise<void>;
}

/** What lies before a push service: the object is named by the provider. */
export interface PushGateRpc {
  /** As many as may be sent now, at most so many. */
  admit(count: number): Promise<Admission>;
  /** What became of them: of failures, and of whether the one that was to show it was answered. */
  tell(answered: Answered): Promise<true>;
}

/** Notifications of one kind that were given up: the object is named by the kind. */
export interface DeadLettersRpc {
  /** Durable when it answers; the same id again changes nothing but the time. */
  bury(letters: readonly DeadLetter[]): Promise<void>;
  list(page: ListPage): Promise<Result<string>>;
  /** Those named, or the oldest, as many as one call does. They stay until they are removed. */
  pick(ids: readonly string[] | undefined): Promise<readonly DeadLetter[]>;
  /** Those that were buried once more since they were picked stay. The answer: how many there are. */
  remove(picked: readonly DeadLetter[]): Promise<number>;
  clear(): Promise<void>;
}
