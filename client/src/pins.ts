import type { ConversationId, MessageId } from "../../src/shared/ids.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { hasExpired } from "./fold.ts";
import { pathOf } from "./history.ts";
import type { Known } from "./known.ts";
import type { LocalState } from "./local-state.ts";
import type { Rest } from "./rest.ts";
import { plainMessage } from "./conversation-row.ts";

export interface PinsDeps {
  readonly rest: Rest;
  readonly state: LocalState;
  readonly known: Known;
  readonly online: () => boolean;
}

interface Listed {
  readonly messages: Promise<readonly Message[]>;
  /** Of the messages, when they are here. */
  ids?: ReadonlySet<MessageId>;
}

/** Pinned messages: asked for once, and again after they changed. Without a network those that are known. */
export class Pins {
  readonly #deps: PinsDeps;
  readonly #listed = new Map<ConversationId, Listed>();

  constructor(deps: PinsDeps) {
    this.#deps = deps;
  }

  async list(id: ConversationId): Promise<readonly Message[]> {
    const { online } = this.#deps;
    return (online() ? undefined : await this.#last(id)) ?? this.#told(id);
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

  #told(id: ConversationId): Promise<readonly Message[]> {
    const known = this.#listed.get(id);
    if (known !== undefined) return known.messages;
    const listed: Listed = { messages: this.#fetch(id) };
    this.#listed.set(id, listed);
    void this.#note(id, listed);
    return listed.messages;
  }

  /** Those that the server told last, as far as they are here, and as they stand. */
  async #last(id: ConversationId): Promise<readonly Message[] | undefined> {
    const { state, known } = this.#deps;
    const copy = state.copies.get(id);
    if (copy?.pins === undefined) return undefined;
    const found = await Promise.all(copy.pins.map((pin) => known.find(copy, pin)));
    return found.flatMap((message) =>
      message === undefined || message.deleted_at !== undefined || hasExpired(message) ? [] : plainMessage(message),
    );
  }

  async #note(id: ConversationId, listed: Listed): Promise<void> {
    try {
      const pins = (await listed.messages).map((message) => message.message_id);
      listed.ids = new Set(pins);
      const { state } = this.#deps;
      const copy = state.copies.get(id);
      if (copy === undefined || JSON.stringify(copy.pins) === JSON.stringify(pins)) return;
      copy.pins = pins;
      const change = state.begin();
      change.copy(copy, false);
      void change.commit();
    } catch {
      // Whoever asked is told; the next one asks again.
      if (this.#listed.get(id) === listed) this.#listed.delete(id);
    }
  }

  async #fetch(id: ConversationId): Promise<readonly Message[]> {
    const path = `${pathOf(id)}/pins`;
    const { messages } = await this.#deps.rest.call<{ readonly messages: readonly Message[] }>({ method: "GET", path });
    return messages;
  }
}
