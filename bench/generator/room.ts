import { setTimeout as delay } from "node:timers/promises";
import type { WireEntry } from "./dialect.ts";
import type { Member, MemberWatch } from "./member.ts";
import { mark, SharedLog } from "./shared-log.ts";

/** How long what was sent may take to be answered, and to arrive everywhere. */
const ARRIVE_MS = 60_000;

/** What was sent over all, and what was wrong with it. */
export interface Account {
  readonly sent: number;
  readonly missing: number;
  readonly faults: number;
  readonly first: string;
}

/** A group whose members are all connected. Every entry on every device is held against one log. */
export class Room {
  readonly members: readonly Member[];
  conversationId = "";
  /** Set by a load: told of the answers to what members sent. */
  watch: Pick<MemberWatch, "acked" | "refused"> = {};
  /** Messages that came to members in all, be it their own, and when the last one came. */
  arrivals = 0;
  arrivedAt = 0;
  /** By place in the log: when the last member had it. */
  readonly everywhereAt: number[] = [];
  readonly #log = new SharedLog();

  constructor(users: readonly string[], open: (room: Room, user: string, watch: MemberWatch) => Member) {
    this.members = users.map((user) => open(this, user, this.#watch()));
  }

  /**
   * Resolves when every message is answered and everybody has everything. A refused one is answered, unless it is
   * going to be sent again.
   * @throws when something is missing, doubled or out of order: figures of such a run would mean nothing
   */
  async rest({ refused }: { refused: "wait" | "leave" } = { refused: "wait" }): Promise<void> {
    const deadline = performance.now() + ARRIVE_MS;
    for (;;) {
      const faulty = this.members.find(({ faults }) => faults.count > 0);
      if (faulty !== undefined) throw new Error(`unable to go on; ${faulty.faults.first}`);
      const unanswered = this.members.reduce((sum, member) => sum + member.unanswered(refused === "wait"), 0);
      const behind = this.members.filter(({ head }) => head < this.#head).length;
      if (unanswered === 0 && behind === 0) return;
      if (performance.now() > deadline) {
        throw new Error(`unable to go on; ${unanswered} messages are not answered, ${behind} members are behind`);
      }
      await delay(2);
    }
  }

  /** @param stored the log by the server's own account, where it can be asked for */
  account(stored: readonly WireEntry[] | undefined): Account {
    const acked = new Map<string, number>();
    const absent = new Set<string>();
    for (const { user, acks, refusals } of this.members) {
      for (const [number, seq] of acks) acked.set(mark(user, number), seq);
      for (const number of refusals) absent.add(mark(user, number));
    }
    const faults = this.members.flatMap(({ faults: { count, first } }) => (count > 0 ? [first] : []));
    faults.push(...this.#log.contradictions(acked, absent));
    if (stored !== undefined && stored.length !== this.#log.head)
      faults.push(`the server's log has ${stored.length} entries, the devices' ${this.#log.head}`);
    for (const entry of stored ?? []) {
      const wrong = this.#log.see(entry);
      if (wrong !== undefined) faults.push(`in the server's log: ${wrong}`);
    }
    const missing = this.members.reduce((sum, { head }) => sum + this.#log.head - head, 0);
    return { sent: acked.size, missing, faults: faults.length, first: faults[0] ?? "" };
  }

  /** Up to where the log goes by all that is known of it. */
  get #head(): number {
    return this.members.reduce((head, member) => Math.max(head, member.ackedUpTo), this.#log.head);
  }

  #watch(): MemberWatch {
    return {
      see: (entry) => {
        if (entry.content !== undefined) {
          this.arrivedAt = performance.now();
          this.arrivals++;
          this.everywhereAt[entry.seq] = this.arrivedAt;
        }
        return this.#log.see(entry);
      },
      acked: (...told) => this.watch.acked?.(...told),
      refused: (...told) => this.watch.refused?.(...told),
    };
  }
}
