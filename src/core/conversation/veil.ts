import type { Seq } from "../../shared/ids.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import type { Member } from "./member.ts";
import type { Roster } from "./roster.ts";

export interface VeilDeps {
  readonly roster: Roster;
  readonly log: LogTable;
  head(): Seq;
}

/**
 * What is hidden from one of the two of a direct conversation: whatever the other does while he is blocked. It keeps
 * its place in the log and is never shown to him, nor brought to him as long as nothing follows that he may see.
 */
export class Veil {
  readonly #deps: VeilDeps;

  constructor(deps: VeilDeps) {
    this.#deps = deps;
    for (const member of deps.roster.all()) if (member.veiled) this.#reach(member);
  }

  /** An entry is in the log. */
  appended({ seq, hidden_from }: LogRow): void {
    if (!this.#deps.roster.veils) return;
    for (const member of this.#deps.roster.all()) {
      if (hidden_from !== member.user_id) member.reach = undefined;
      else member.reach ??= seq - 1;
    }
  }

  /** Whoever was kept from seeing that there is a conversation founds it himself: then there is one. */
  founds(member: Member): void {
    if (member.reach !== 0) return;
    this.#deps.log.show(1);
    this.#reach(member);
  }

  #reach(member: Member): void {
    const last = this.#deps.log.lastFor(member.user_id);
    member.reach = last < this.#deps.head() ? last : undefined;
  }
}
