import { createHash } from "node:crypto";
import type { ClientMessageId, ConversationId, MessageId, Seq } from "../../../src/shared/ids.ts";
import type { Conversation } from "../../../src/shared/protocol/conversation.ts";
import type { ClientOptions, LocalMessage, ParleyClient, SendOptions } from "../api.ts";
import { fullJitterMs } from "../backoff.ts";
import type { SoloClient } from "../create-client.ts";
import { clientIn } from "../create-client.ts";
import { realEnvironment } from "../environment.ts";
import type { Environment } from "../environment.ts";
import type { OutboxRow } from "../store.ts";
import { uuidOf } from "../uuid.ts";
import { FileStore } from "./file-store.ts";

export interface Talk {
  readonly client: ParleyClient;
  /**
   * Answers in the conversation. The answer's id is made of the message's: however often the message is handled, the
   * first answer to it is sent once, the second once, and so on. Resolves when the server has it.
   */
  readonly reply: (content: string, options?: SendOptions) => Promise<LocalMessage>;
}

export interface BotOptions extends Omit<ClientOptions, "store"> {
  /** The SQLite file that it lives in. */
  readonly file: string;
  /**
   * Called for each message of others, of one conversation one after the other. A message counts as handled, and as
   * read, when this resolved: after a crash it is called again for the one it was at.
   */
  readonly onMessage: (message: LocalMessage, talk: Talk) => unknown;
  /** `onMessage` failed: it is called again, later and later, unless this gives `"skip"`. */
  readonly onFailure?: (error: unknown, message: LocalMessage, attempt: number) => "skip" | undefined | void;
}

export interface Bot {
  readonly client: ParleyClient;
  /** Connects, and begins with what came meanwhile. Resolves when it is online. */
  start(): Promise<void>;
  /** Closes the connection when what is being handled is done. */
  stop(): Promise<void>;
}

const RETRY = { baseMs: 1000, capMs: 60_000 } as const;

/** The id of the nth answer to a message, whoever computes it and whenever. */
const answerId = (message: LocalMessage, messageId: MessageId, nth: number): ClientMessageId =>
  uuidOf(Date.parse(message.timestamp), createHash("sha256").update(`${messageId} ${nth}`).digest());

/** Goes through the conversations of a client, message by message, and remembers how far it came. */
class Handling {
  readonly #client: SoloClient;
  readonly #store: FileStore;
  readonly #options: BotOptions;
  readonly #environment: Environment;
  readonly #underWay = new Map<ConversationId, Promise<void>>();
  readonly #again = new Set<ConversationId>();
  #over = false;

  constructor(client: SoloClient, store: FileStore, options: BotOptions, environment: Environment) {
    this.#client = client;
    this.#store = store;
    this.#options = options;
    this.#environment = environment;
  }

  /** Something may have come in the conversation. */
  look(id: ConversationId): void {
    if (this.#over) return;
    if (this.#underWay.has(id)) {
      this.#again.add(id);
      return;
    }
    const work = this.#work(id).finally(() => {
      this.#underWay.delete(id);
      if (this.#again.delete(id)) this.look(id);
    });
    this.#underWay.set(id, work);
  }

  async end(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#underWay.values());
  }

  async #work(id: ConversationId): Promise<void> {
    for (;;) {
      const message = await this.#next(id);
      if (message?.seq === undefined || this.#over) return;
      if (!(await this.#handle(id, message))) return;
      // What was answered is on the disk before it is remembered that it was.
      await this.#client.parts.writer.settled();
      this.#store.setHandled(id, message.seq);
      this.#client.markRead(id, message.seq);
    }
  }

  /** The oldest message of somebody else that was not handled yet. */
  async #next(id: ConversationId): Promise<LocalMessage | undefined> {
    const { state } = this.#client.parts;
    const row = state.rows.get(id);
    const copy = state.copies.get(id);
    // Its row is on its way, and tells where to begin.
    if (row === undefined || copy === undefined) return undefined;
    const handled = this.#handled(row);
    if (copy.upTo <= handled) return undefined;
    while (copy.windowFrom > handled + 1) {
      try {
        const { more } = await this.#client.loadOlder(id);
        if (!more) break;
      } catch {
        // Without the ones before it, none is handled: it is looked at again with the next connection.
        return undefined;
      }
    }
    return this.#client
      .messages(id)
      .find(
        ({ seq = 0, sender_id, deleted_at }) => seq > handled && sender_id !== state.me && deleted_at === undefined,
      );
  }

  /** What was read before the bot met the conversation is none of its business. */
  #handled({ conversation_id: id, read_up_to: begin }: Conversation): Seq {
    const known = this.#store.handled(id);
    if (known !== undefined) return known;
    this.#store.setHandled(id, begin);
    return begin;
  }

  /** Says whether it was: not when the bot ends before. */
  async #handle(id: ConversationId, message: LocalMessage): Promise<boolean> {
    for (let attempt = 1; !this.#over; attempt++) {
      try {
        await this.#options.onMessage(message, this.#talk(id, message));
        return true;
      } catch (error) {
        if (this.#options.onFailure?.(error, message, attempt) === "skip") return true;
        await this.#pause(attempt);
      }
    }
    return false;
  }

  #talk(id: ConversationId, message: LocalMessage): Talk {
    let answers = 0;
    const reply: Talk["reply"] = (content, options = {}) => {
      const now = this.#environment.now();
      const row: OutboxRow = {
        client_message_id: answerId(message, message.message_id ?? "", ++answers),
        conversation_id: id,
        order: now,
        content,
        options,
        created_at: new Date(now).toISOString(),
      };
      const sent = this.#client.put(row);
      // A handler need not wait for it.
      sent.catch(() => undefined);
      return sent;
    };
    return { client: this.#client, reply };
  }

  #pause(attempt: number): Promise<void> {
    const environment = this.#environment;
    const delayMs = fullJitterMs(attempt, environment.random(), RETRY.baseMs, RETRY.capMs);
    return new Promise((resolve) => {
      environment.setTimer(resolve, delayMs);
    });
  }
}

/** The same in a world of the caller's choice. */
export const botIn = (options: BotOptions, environment: Environment): Bot => {
  const store = new FileStore(options.file);
  const client = clientIn({ ...options, store }, environment);
  const handling = new Handling(client, store, options, environment);
  client.on("messages", ({ conversationId }) => handling.look(conversationId));
  const lookAtUnread = (): void => {
    for (const row of client.conversations()) if (row.unread_count > 0) handling.look(row.conversation_id);
  };
  client.on("conversations", lookAtUnread);
  client.on("state", ({ name }) => {
    if (name === "online") lookAtUnread();
  });
  return {
    client,
    start: () => client.connect(),
    stop: async () => {
      await handling.end();
      await client.close();
      await store.close();
    },
  };
};

/** A program that answers messages: each is handled at least once, and answered once, whatever is killed meanwhile. */
export const createBot = (options: BotOptions): Bot => botIn(options, realEnvironment(options));
