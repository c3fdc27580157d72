import type { Rev, Seq, UserId } from "../../shared/ids.ts";
import type { Result } from "../../shared/result.ts";
import type { Delivery, EncodedEntry, InboxState, MemberView, Wants } from "./delivery.ts";
import type { Acked, Write } from "./write.ts";

/** Writes of one user, and what his inbox has. `at`: when the call was made, ms since 1970. */
export interface AppendCall {
  readonly user: UserId;
  readonly writes: readonly Write[];
  readonly inbox: InboxState;
  readonly at: number;
}

export interface AppendAnswer {
  readonly results: readonly Result<Acked>[];
  /** What the writer's inbox lacks up to the new head. */
  readonly delivery?: Delivery;
}

/** Watermarks that a member's device raised. */
export interface ReceiptCall {
  readonly user: UserId;
  readonly read?: Seq;
  readonly delivered?: Seq;
  readonly inbox: InboxState;
}

/** Somebody whose list is not kept up to date asks how things stand. `live`: he is there from now on; else he is away. */
export interface Visit {
  readonly user: UserId;
  readonly inbox: InboxState;
  readonly live: boolean;
  readonly asOf: Rev;
  /** Without `live`: see `Presence`. */
  readonly wants?: Wants;
}

/** How things stand, and the newest of the entries that his list lacks, up to the head: as many as it would keep. */
export interface Visited {
  readonly view: MemberView;
  readonly entries: readonly EncodedEntry[];
}

/** How things stand for whoever joined or founded a conversation, and whether that was now. */
export interface Entrance {
  readonly created: boolean;
  readonly view: MemberView;
  readonly delivery?: Delivery;
}

/** A thread as its reader has it now. */
export interface ThreadState {
  readonly read_up_to: Seq;
  readonly unread: number;
}
