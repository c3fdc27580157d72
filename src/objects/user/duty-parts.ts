import { Suspension } from "../../core/duties/suspension.ts";
import { UserHolds } from "../../core/duties/user-holds.ts";
import { Erased } from "../../core/inbox/erased.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import type { Clock, Sql } from "../../core/ports.ts";
import type { Uplink } from "./uplink.ts";

interface DutyPartsDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly inbox: Inbox;
  readonly uplink: Uplink;
  /** There may be something to be done later. */
  waits(): void;
}

/** What operators decided of an account. */
export const makeDutyParts = ({ sql, clock, inbox, uplink, ...deps }: DutyPartsDeps) => ({
  suspension: new Suspension(sql, clock),
  erased: new Erased(sql, clock),
  holds: new UserHolds({
    sql,
    clock,
    conversations: () => inbox.keys().map(({ conversation_id }) => conversation_id),
    place: (id, hold) => uplink.hold(id, hold),
    release: (id, hold) => uplink.release(id, hold),
    waits: () => deps.waits(),
  }),
});
