import type { ErrorCode } from "../../src/shared/errors.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { RouteName } from "../../src/shared/protocol/http.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { Sent } from "../../src/shared/protocol/http-messages.ts";
import { uuid7 } from "./random.ts";
import { Refused, Rest } from "./rest.ts";
import type { AnswerOf, CallInput } from "./rest.ts";
import { Session } from "./session.ts";
import type { ConnectOptions } from "./session.ts";
import { delay } from "./wait.ts";
import { Writer } from "./writer.ts";
import type { Write } from "./write.ts";

/** One user on one device, with a token. */
export class Person {
  readonly userId: string;
  readonly deviceId: string;
  readonly token: string;
  readonly rest: Rest;
  readonly #base: string;
  readonly #onSession: (session: Session) => void;

  constructor(
    base: string,
    who: { userId: string; deviceId: string; token: string },
    onSession: (session: Session) => void = () => undefined,
  ) {
    this.#base = base;
    this.userId = who.userId;
    this.deviceId = who.deviceId;
    this.token = who.token;
    this.rest = new Rest(base, who.token);
    this.#onSession = onSession;
  }

  /** Connects and waits for `welcome`. */
  async connect(options: Partial<ConnectOptions> = {}): Promise<Session> {
    const session = await Session.open(this.#base, { token: this.token, ...options });
    this.#onSession(session);
    await session.waitFor("welcome");
    return session;
  }

  async direct(other: { readonly userId: string }): Promise<Conversation> {
    return await this.rest.ok("createConversation", { body: { type: "direct", user_id: other.userId } });
  }

  async group(members: readonly { readonly userId: string }[], name = "Group"): Promise<Conversation> {
    return await this.rest.ok("createConversation", {
      body: {
        type: "group",
        name,
        member_ids: members.map((member) => member.userId),
        client_message_id: uuid7(),
      },
    });
  }

  /** Sends over HTTP; waits as told when it was too fast. */
  async send(conversationId: string, content: string, id: string = uuid7()): Promise<Sent> {
    const body = { conversation_id: conversationId, client_message_id: id, type: "text", content };
    return await this.patient("sendMessage", { body });
  }

  /** Any call, repeated as long as the answer is `rate_limited`. */
  async patient<N extends RouteName>(name: N, input: CallInput): Promise<AnswerOf<N>> {
    for (;;) {
      try {
        return await this.rest.ok(name, input);
      } catch (error) {
        if (!(error instanceof Refused) || error.problem.code !== "rate_limited") throw error;
        await delay((error.problem.retry_after_ms ?? 100) + 10);
      }
    }
  }

  async row(conversationId: string): Promise<Conversation> {
    return await this.rest.ok("getConversation", { params: { id: conversationId } });
  }

  /** The whole list, page by page. */
  async list(limit = 200): Promise<Conversation[]> {
    const rows: Conversation[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.rest.ok("listConversations", { query: { cursor, limit } });
      rows.push(...page.conversations);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    return rows;
  }

  /** The whole log from `after` on, page by page, each page checked to follow the one before without a gap. */
  async log(conversationId: string, after = 0, limit = 200): Promise<Entry[]> {
    const entries: Entry[] = [];
    let last = after;
    for (;;) {
      const page = await this.rest.ok("readLog", { params: { id: conversationId }, query: { after: last, limit } });
      for (const entry of page.entries) {
        if (entry.seq !== last + 1) throw new Error(`log of ${conversationId}: ${entry.seq} after ${last}`);
        last = entry.seq;
      }
      entries.push(...page.entries);
      if (page.entries.length === 0 || last >= page.head_seq) return entries;
    }
  }

  /** Writes over HTTP. */
  async does(write: Write): Promise<Sent> {
    return await Writer.http(this.rest).does(write);
  }

  /** `ok`, or the code of the refusal. */
  async tries(write: Write): Promise<"ok" | ErrorCode> {
    return await Writer.http(this.rest).tries(write);
  }

  /** One message as it stands now. */
  async message(id: string, messageId: string): Promise<Message> {
    return await this.rest.ok("getMessage", { params: { id, message_id: messageId } });
  }

  /** The members that the caller is shown, page by page: their roles by id. */
  async members(id: string): Promise<Map<string, string>> {
    const members = new Map<string, string>();
    let cursor: string | undefined;
    do {
      const page = await this.rest.ok("listMembers", { params: { id }, query: { cursor, limit: 200 } });
      for (const { user_id, role } of page.members) members.set(user_id, role);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    return members;
  }

  /** The whole history, page by page, newest first. */
  async history(conversationId: string): Promise<Message[]> {
    const messages: Message[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 200, cursor };
      const page = await this.rest.ok("listMessages", { params: { id: conversationId }, query });
      messages.push(...page.messages);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    return messages;
  }

  /** One page of history, newest first. */
  async messages(conversationId: string, query: CallInput["query"] = {}): Promise<Message[]> {
    return (await this.rest.ok("listMessages", { params: { id: conversationId }, query })).messages;
  }

  async read(conversationId: string, upTo: number): Promise<void> {
    await this.rest.ok("markRead", { params: { id: conversationId }, body: { up_to: upTo } });
  }

  async delivered(conversationId: string, upTo: number): Promise<void> {
    await this.rest.ok("markDelivered", { params: { id: conversationId }, body: { up_to: upTo } });
  }
}
