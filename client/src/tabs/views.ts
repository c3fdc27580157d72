import type { ConversationId, MessageId, UserId } from "../../../src/shared/ids.ts";
import type { ClientEvents } from "../api.ts";
import type { Presence, Profile } from "../answers.ts";
import type { SoloClient } from "../create-client.ts";
import type { ViewChange } from "./channel.ts";
import { spliceOf } from "./splice.ts";

/** What everybody shows, and what some do: the list of a conversation, or of a thread in it. */
export const VIEWS = ["self", "conversations", "typing", "presence", "people"] as const;
export const timelineKey = (id: ConversationId): string => JSON.stringify(["timeline", id]);
export const threadKey = (id: ConversationId, root: MessageId): string => JSON.stringify(["thread", id, root]);
export const readKey = (key: string): readonly [string, ConversationId, MessageId] =>
  JSON.parse(key) as [string, ConversationId, MessageId];

export type TypingItem = ClientEvents["typing"];
export interface PresenceItem {
  readonly userId: UserId;
  readonly presence: Presence;
}
export type PeopleItem = Profile;

interface View {
  items: readonly unknown[];
  version: number;
}

/** What the leading client shows, as lists of which the tabs are told the changes. */
export class Views {
  readonly #client: SoloClient;
  readonly #views = new Map<string, View>();
  readonly #typing = new Map<ConversationId, TypingItem>();
  readonly #presence = new Map<UserId, PresenceItem>();

  constructor(client: SoloClient) {
    this.#client = client;
  }

  typing(payload: TypingItem): void {
    if (payload.userIds.length === 0) this.#typing.delete(payload.conversationId);
    else this.#typing.set(payload.conversationId, payload);
  }

  presence({ userId }: ClientEvents["presence"]): void {
    const presence = this.#client.presence(userId);
    if (presence === undefined) this.#presence.delete(userId);
    else this.#presence.set(userId, { userId, presence });
  }

  /** The view as it was last told, all of it. */
  whole(key: string): ViewChange {
    const view = this.#viewOf(key);
    const { version, items } = view;
    return { key, version, whole: true, splice: { from: 0, removed: 0, items } };
  }

  /** What changed in these since it was last told; those of nobody are forgotten. */
  changes(wanted: ReadonlySet<string>, dirty: ReadonlySet<string>): readonly ViewChange[] {
    for (const key of this.#views.keys()) if (!wanted.has(key)) this.#views.delete(key);
    return [...dirty].flatMap((key) => {
      const view = this.#views.get(key);
      if (view === undefined) return [];
      const items = this.#read(key);
      const splice = spliceOf(view.items, items);
      if (splice === undefined) return [];
      view.items = items;
      view.version++;
      return { key, version: view.version, whole: false, splice };
    });
  }

  #viewOf(key: string): View {
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const view = { items: this.#read(key), version: 0 };
    this.#views.set(key, view);
    return view;
  }

  #read(key: string): readonly unknown[] {
    const client = this.#client;
    switch (key) {
      case "self":
        return [client.state, client.userId, client.deviceId, client.rev];
      case "conversations":
        return client.conversations();
      case "typing":
        return [...this.#typing.values()];
      case "presence":
        return [...this.#presence.values()];
      case "people":
        return client.parts.people.all();
      default: {
        const [kind, id, root] = readKey(key);
        return kind === "thread" ? client.thread(id, root) : client.timeline(id);
      }
    }
  }
}
