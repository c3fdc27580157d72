import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { ServerEvent } from "../../src/shared/protocol/events.ts";
import { foldEntry, foldReceipt } from "../model/row-fold.ts";
import type { Session } from "./session.ts";

/** What a device knows that connected with `since`, and from then on only listens. */
export class Kept {
  readonly rows = new Map<string, Conversation>();
  readonly #user: string;
  readonly #entries = new Map<string, Map<number, Entry>>();

  constructor(user: string, session: Session) {
    this.#user = user;
    session.listen((event) => this.#take(event));
  }

  #take(event: ServerEvent): void {
    if (event.type === "sync") {
      for (const [id, entries] of Object.entries(event.entries)) this.#store(id, entries);
      for (const row of event.conversations) this.rows.set(row.conversation_id, row);
    } else if (event.type === "conversation") {
      const { conversation: row } = event;
      if (row.rev >= (this.rows.get(row.conversation_id)?.rev ?? 0)) this.rows.set(row.conversation_id, row);
    } else if (event.type === "entries") this.#fold(event.conversation_id, event.entries);
    else if (event.type === "receipt") {
      const row = this.rows.get(event.conversation_id);
      if (row) foldReceipt(row, event, this.#user);
    }
  }

  #fold(id: string, entries: readonly Entry[]): void {
    const row = this.rows.get(id);
    for (const entry of entries) {
      const known = this.#store(id, [entry]);
      if (row && entry.seq > row.head_seq && !foldEntry(row, entry, this.#user, known))
        throw new Error(`entry ${entry.seq} is about what never came`);
    }
  }

  #store(id: string, entries: readonly Entry[]): Map<number, Entry> {
    const known = this.#entries.get(id) ?? new Map<number, Entry>();
    this.#entries.set(id, known);
    for (const entry of entries) known.set(entry.seq, entry);
    return known;
  }
}
