import type { ConversationId, MessageId } from "../../src/shared/ids.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { pathOf } from "./history.ts";
import type { Rest } from "./rest.ts";

interface Listed {
  readonly messages: Promise<readonly Message[]>;
  /** Of the messages, when they are here. */
  ids?: ReadonlySet<MessageId>;
}

/** Pinned messages: asked for once, and again after they changed. */
export class Pins {
  readonly #rest: Rest;
  readonly #listed = new Map<ConversationId, Listed>();

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(id: ConversationId): Promise<readonly Message[]> {
    const known = this.#listed.get(id);
    if (known !== undefined) return known.messages;
    const listed: Listed = { messages: this.#fetch(id) };
    this.#listed.set(id, listed);
    void this.#note(id, listed);
    return listed.messages;
  }

  heard(id: ConversationId, entries: readonly Entry[]): void {
    const listed = this.#listed.get(id);
    if (listed !== undefined && entries.some((entry) => this.#changes(listed, entry))) this.#listed.delete(id);
  }

  /** What happened to the pins in between is not known. */
  forget(id: ConversationId): void {
    this.#listed.delete(id);
  }

  clear(): void {
    this.#listed.clear();
  }

  #changes({ ids }: Listed, entry: Entry): boolean {
    if (entry.kind === "settings") return entry.changes.pin !== undefined || entry.changes.unpin !== undefined;
    if (entry.kind !== "edit" && entry.kind !== "delete") return false;
    return ids === undefined || ids.has(entry.target);
  }

  async #note(id: ConversationId, listed: Listed): Promise<void> {
    try {
      listed.ids = new Set((await listed.messages).map((message) => message.message_id));
    } catch {
      // Whoever asked is told; the next one asks again.
      if (this.#listed.get(id) === listed) this.#listed.delete(id);
    }
  }

  async #fetch(id: ConversationId): Promise<readonly Message[]> {
    const path = `${pathOf(id)}/pins`;
    const { messages } = await this.#rest.call<{ readonly messages: readonly Message[] }>({ method: "GET", path });
    return messages;
  }
}
