import type { Conversation, ConversationId, MessageId } from "../types.ts";
import { createSignal, type Signal } from "./signal.ts";
import { browserShelf } from "./storage.ts";

/** What was begun to be written. `at`: ms since 1970, of the last change here. */
export interface Draft {
  readonly text: string;
  readonly replyTo?: MessageId | undefined;
  readonly at: number;
}

const NOTHING: Draft = { text: "", at: 0 };

const parse = (kept: string | undefined): Draft => {
  if (kept === undefined) return NOTHING;
  try {
    const value: unknown = JSON.parse(kept);
    if (typeof value === "object" && value !== null && "text" in value && "at" in value) return value as Draft;
  } catch {
    // As they were kept before they had a time: the text alone.
  }
  return { text: kept, at: 0 };
};

/** What was begun and not sent, and which direct conversations were started here: kept per user in this browser. */
export class Drafts {
  readonly #prefix: string;
  readonly #startedKey: string;
  #started: ReadonlySet<string>;
  /** Counts changes, for those who show drafts. */
  readonly changes: Signal<number> = createSignal(0);

  constructor(userId: string) {
    this.#prefix = `parley.draft.${userId}.`;
    this.#startedKey = `parley.started.${userId}`;
    this.#started = new Set((browserShelf.get(this.#startedKey) ?? "").split(" ").filter((id) => id !== ""));
  }

  /** `key`: a conversation, or a thread of it. */
  get(key: string): Draft {
    return parse(browserShelf.get(this.#prefix + key));
  }

  /** Emptying is remembered, too: a device that hears of it late must not bring the old text back. */
  set(key: string, text: string, replyTo?: MessageId): void {
    const before = this.get(key);
    if (text === before.text && replyTo === before.replyTo) return;
    const draft: Draft = { text: text.trim() === "" ? "" : text, replyTo, at: Date.now() };
    browserShelf.set(this.#prefix + key, JSON.stringify(draft));
    this.changes.set(this.changes.value + 1);
  }

  /** The newest of what was begun here and on the other devices. */
  newest({ conversation_id: id, draft: there }: Conversation): Draft {
    const here = this.get(id);
    if (there === undefined) return here;
    const at = Date.parse(there.updated_at);
    return here.at >= at ? here : { text: there.content, replyTo: there.reply_to, at };
  }

  /** Whether this user opened the conversation from here: shown even while nothing is in it. */
  started(id: ConversationId): boolean {
    return this.#started.has(id);
  }

  start(id: ConversationId): void {
    this.#started = new Set([...this.#started, id]);
    browserShelf.set(this.#startedKey, [...this.#started].join(" "));
    this.changes.set(this.changes.value + 1);
  }

  /** Signing out leaves nothing behind. */
  clear(): void {
    browserShelf.remove(this.#startedKey);
    for (const key of browserShelf.keys()) if (key.startsWith(this.#prefix)) browserShelf.remove(key);
  }
}
