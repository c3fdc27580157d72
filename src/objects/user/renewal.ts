import type { Appointment } from "../../core/alarm.ts";
import type { Clock } from "../../core/ports.ts";
import type { Watching } from "../../core/presence/watching.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Sessions } from "./sessions.ts";

export interface RenewalDeps {
  readonly clock: Clock;
  readonly sessions: Pick<Sessions, "all" | "setWatching">;
  readonly watching: Pick<Watching, "seenOtherwise">;
  later(work: Promise<unknown>): void;
}

/** Those who are watched tell it for a time only: a connection that lasts longer asks again when half of it is over. */
export class Renewal implements Appointment {
  readonly #deps: RenewalDeps;

  constructor(deps: RenewalDeps) {
    this.#deps = deps;
  }

  nextAt(): number {
    let next = Infinity;
    for (const [, { watching, watchingSince }] of this.#deps.sessions.all())
      if (watching.length > 0) next = Math.min(next, watchingSince + LIMITS.watchLeaseMs / 2);
    return next;
  }

  ring(now: number): void {
    const { sessions, watching } = this.#deps;
    const watched = new Set<string>();
    for (const [socket, session] of sessions.all()) {
      if (session.watching.length === 0 || session.watchingSince + LIMITS.watchLeaseMs / 2 > now) continue;
      for (const user of session.watching) watched.add(user);
      sessions.setWatching(socket, session, session.watching, now);
    }
    this.#deps.later(watching.seenOtherwise(watched));
  }
}
