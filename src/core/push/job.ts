import type { ConversationId, DeviceId, Seq, UserId } from "../../shared/ids.ts";
import type { PushAddress, PushNote } from "../../shared/protocol/http-push.ts";

/** What a push service is told beside the note: RFC 8030's words for it. */
export interface PushManner {
  /** A later one with the same key takes the place of an earlier one. At most 32 characters of base64url. */
  readonly collapse?: string;
  readonly urgency: "low" | "normal" | "high";
  readonly ttlSeconds: number;
}

/** A notification on its way to one device. What the queue holds: JSON, below 8 KB. */
export interface PushJob extends PushManner {
  readonly user: UserId;
  readonly device: DeviceId;
  /** Absent: a test. */
  readonly conversation?: ConversationId;
  readonly note: PushNote;
  readonly address: PushAddress;
  /** When the address was registered, ms since 1970: a failure says nothing of one that was registered later. */
  readonly registeredAt: number;
  /** How many times it was tried before. */
  readonly attempt: number;
  /** When it was due, and when it was handed to the queue, ms since 1970. */
  readonly dueAt: number;
  readonly queuedAt: number;
}

/** What a push service made of it. */
export type PushOutcome =
  | { readonly result: "taken" }
  /** The address is nobody's any more: 404, 410, UNREGISTERED, BadDeviceToken. */
  | { readonly result: "gone"; readonly reason: string }
  | { readonly result: "too_large" }
  /** Throttled, failing or out of reach. `retryAfterMs`: what it asked for. `token`: it may be our token that it did not like. */
  | { readonly result: "later"; readonly reason: string; readonly retryAfterMs?: number; readonly token?: true }
  /** It will not take it, ever: what is wrong is for the operator to see. */
  | { readonly result: "refused"; readonly reason: string };

/** What becomes of a job, for the object of its user. */
export interface PushReport {
  readonly device: DeviceId;
  readonly conversation?: ConversationId;
  readonly type: PushNote["type"];
  /** `seq` of the note; 0 of a test. */
  readonly upTo: Seq;
  readonly registeredAt: number;
  readonly fate:
    | { readonly is: "taken" | "gone" | "dead" }
    /** `at`: not before, in ms since 1970. */
    | { readonly is: "later"; readonly at: number; readonly attempt: number };
}

/** A notification that was given up: no content, no address. */
export interface DeadLetter {
  /** The same for the same notification, however often it is buried. */
  readonly id: string;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly conversation?: ConversationId;
  readonly type: PushNote["type"];
  readonly seq: Seq;
  readonly attempts: number;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly failedAt: number;
}
