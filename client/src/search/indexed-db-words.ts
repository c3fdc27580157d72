import { openDB } from "idb";
import type { DBSchema, IDBPDatabase } from "idb";
import type { ConversationId } from "../../../src/shared/ids.ts";
import type { IndexedMessage, Name, Wanted, WordIndex } from "./word-index.ts";

interface Schema extends DBSchema {
  messages: { key: [string, string]; value: IndexedMessage; indexes: { words: string; conversation: ConversationId } };
  meta: { key: string; value: true };
}

const COMPLETE = "complete";
/** Behind every word that begins so. */
const AFTER = "\uffff";
const rangeOf = ({ word, prefix }: Wanted): IDBKeyRange =>
  prefix ? IDBKeyRange.bound(word, word + AFTER) : IDBKeyRange.only(word);

/** A row for each message; the browser keeps an entry for each of its words. */
export class IndexedDbWords implements WordIndex {
  readonly #name: string;
  #opening: Promise<IDBPDatabase<Schema>> | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  async isComplete(): Promise<boolean> {
    return (await (await this.#database()).get("meta", COMPLETE)) === true;
  }

  async complete(): Promise<void> {
    await (await this.#database()).put("meta", true, COMPLETE);
  }

  async put(messages: readonly IndexedMessage[], dropped: readonly ConversationId[]): Promise<void> {
    if (messages.length + dropped.length === 0) return;
    const transaction = (await this.#database()).transaction("messages", "readwrite", { durability: "relaxed" });
    const table = transaction.objectStore("messages");
    for (const id of dropped) {
      const keys = await table.index("conversation").getAllKeys(id);
      await Promise.all(keys.map((key) => table.delete(key)));
    }
    const work = messages.map(async (message): Promise<unknown> =>
      message.words.length === 0 ? table.delete([message.message_id, message.conversation_id]) : table.put(message),
    );
    await Promise.all([...work, transaction.done]);
  }

  async having(wanted: readonly Wanted[]): Promise<readonly Name[]> {
    const words = (await this.#database()).transaction("messages").objectStore("messages").index("words");
    return (await Promise.all(wanted.map((one) => words.getAllKeys(rangeOf(one))))).flat();
  }

  async clear(): Promise<void> {
    const transaction = (await this.#database()).transaction(["messages", "meta"], "readwrite");
    await Promise.all([
      transaction.objectStore("messages").clear(),
      transaction.objectStore("meta").clear(),
      transaction.done,
    ]);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening)?.close();
  }

  #database(): Promise<IDBPDatabase<Schema>> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<IDBPDatabase<Schema>> {
    const forget = (): void => {
      this.#opening = undefined;
    };
    await Promise.resolve();
    try {
      return await openDB<Schema>(this.#name, 1, {
        upgrade: (database) => {
          const messages = database.createObjectStore("messages", { keyPath: ["message_id", "conversation_id"] });
          messages.createIndex("words", "words", { multiEntry: true });
          messages.createIndex("conversation", "conversation_id");
          database.createObjectStore("meta");
        },
        blocking: (_current, _blocked, event) => {
          (event.target as IDBDatabase).close();
          forget();
        },
        terminated: forget,
      });
    } catch (error) {
      forget();
      throw error;
    }
  }
}
