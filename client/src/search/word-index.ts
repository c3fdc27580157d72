import type { ConversationId, MessageId } from "../../../src/shared/ids.ts";

/** One message: what is looked for in it. */
export interface IndexedMessage {
  readonly conversation_id: ConversationId;
  readonly message_id: MessageId;
  readonly words: readonly string[];
}

/** The name of a message: ids sort by time. */
export type Name = readonly [MessageId, ConversationId];

/** A word, or with `prefix` how one begins. */
export interface Wanted {
  readonly word: string;
  readonly prefix: boolean;
}

/** Which messages have which words. */
export interface WordIndex {
  /** Whether everything that is stored is in it. */
  isComplete(): Promise<boolean>;
  complete(): Promise<void>;
  /** Those without words are taken out of it. */
  put(messages: readonly IndexedMessage[], dropped: readonly ConversationId[]): Promise<void>;
  /** Messages that have one of these words. */
  having(wanted: readonly Wanted[]): Promise<readonly Name[]>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

const fits = (words: readonly string[], { word, prefix }: Wanted): boolean =>
  words.some((one) => (prefix ? one.startsWith(word) : one === word));

/** As long as the process lives. */
export class MemoryWordIndex implements WordIndex {
  readonly #messages = new Map<MessageId, IndexedMessage>();
  #complete = false;

  async isComplete(): Promise<boolean> {
    return this.#complete;
  }

  async complete(): Promise<void> {
    this.#complete = true;
  }

  async put(messages: readonly IndexedMessage[], dropped: readonly ConversationId[]): Promise<void> {
    for (const { conversation_id, message_id } of this.#messages.values())
      if (dropped.includes(conversation_id)) this.#messages.delete(message_id);
    for (const message of messages) {
      if (message.words.length === 0) this.#messages.delete(message.message_id);
      else this.#messages.set(message.message_id, message);
    }
  }

  async having(wanted: readonly Wanted[]): Promise<readonly Name[]> {
    const found: Name[] = [];
    for (const { message_id, conversation_id, words } of this.#messages.values())
      if (wanted.some((one) => fits(words, one))) found.push([message_id, conversation_id]);
    return found;
  }

  async clear(): Promise<void> {
    this.#messages.clear();
    this.#complete = false;
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}
