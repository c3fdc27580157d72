import { inBatches } from "../../core/batches.ts";
import type { Wants } from "../../core/conversation/delivery.ts";
import type { InboxRow } from "../../core/inbox/inbox-row.ts";
import type { Downlink } from "../../core/inbox/downlink.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import type { ConversationId } from "../../shared/ids.ts";
import type { Uplink } from "./uplink.ts";

export interface VisitsDeps {
  readonly inbox: Inbox;
  readonly uplink: Pick<Uplink, "visit">;
  readonly downlink: Pick<Downlink, "isHere" | "rowChanged">;
  /** What he is to be brought while he is not there. */
  wants(row: InboxRow): Wants | undefined;
}

/**
 * Large conversations bring entries only to those who are there. Whoever comes back asks how things stand: when a
 * device connects, when a channel is opened, and whenever the list is wanted while nobody is there.
 */
export class Visits {
  readonly #deps: VisitsDeps;
  readonly #underWay = new Map<ConversationId, Promise<void>>();

  constructor(deps: VisitsDeps) {
    this.#deps = deps;
  }

  /** Brings every row up to date that is not kept so. What cannot be reached stays as it is, and is asked next time. */
  all(): Promise<void> {
    return this.#each(this.#deps.inbox.awayRows());
  }

  /** A device is there again: what is brought to those who are there is wanted again. */
  returned(): Promise<void> {
    return this.#each(this.#deps.inbox.awayRows().filter((row) => this.#deps.downlink.isHere(row)));
  }

  /** What he is to be brought while he is not there may be something else: conversations that took him for away are told. */
  async wishesChanged(rows: readonly InboxRow[] = this.#deps.inbox.awayRows()): Promise<void> {
    const away = rows.filter((row) => row.away && !this.#deps.downlink.isHere(row));
    // One that is under way may have said what he wanted before.
    await Promise.all(away.map(async (row) => this.#underWay.get(row.conversation_id)));
    await this.#each(away);
  }

  async #each(rows: readonly InboxRow[]): Promise<void> {
    await inBatches(rows, (row) => this.one(row));
  }

  /** Brings one row up to date, and has it kept so while the user is there. */
  one(row: InboxRow): Promise<void> {
    const id = row.conversation_id;
    const known = this.#underWay.get(id);
    if (known) return known;
    const visit = this.#visit(row).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, visit);
    return visit;
  }

  async #visit(row: InboxRow, again = true): Promise<void> {
    const { inbox, uplink, downlink } = this.#deps;
    const { meta } = row;
    const live = downlink.isHere(row);
    const result = await uplink.visit(
      row.conversation_id,
      live,
      inbox.nextRev(),
      live ? undefined : this.#deps.wants(row),
    );
    if (!result.ok) return;
    // He came or went meanwhile, perhaps without an entry: which was later only the conversation knows.
    if (again && (row.meta !== meta || live !== downlink.isHere(row))) return this.#visit(row, false);
    const { view, entries } = result.value;
    const changed = inbox.refresh(view, entries);
    // It was older than the row, and the row is behind all the same: asked again, it is not.
    if (again && row.head < view.head) return this.#visit(row, false);
    // What it brings from now on is not asked for any more.
    if (live) inbox.setAway(row, false);
    if (changed || live) downlink.rowChanged(row, changed);
  }
}
