import type { ConversationId, MessageId } from "../../src/shared/ids.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { LocalMessage } from "./api.ts";

export interface SearchOptions {
  readonly conversationId?: ConversationId;
  readonly limit?: number;
  readonly cursor?: string;
}

/** The newest first. It may be short, or empty, and go on all the same: with `next_cursor` there is more. */
export interface SearchPage {
  readonly results: readonly Message[];
  readonly next_cursor?: string;
  /** Conversations that could not be asked: what they have is missing. */
  readonly incomplete?: readonly ConversationId[];
}

export interface SearchHereOptions {
  readonly limit?: number;
  /** Only older ones: the `rest` of the page before. */
  readonly before?: MessageId;
  /** Only those that the server cannot read. */
  readonly encrypted?: boolean;
}

export interface FoundHere {
  readonly results: readonly LocalMessage[];
  /** There may be more, before this. */
  readonly rest?: MessageId;
}

/** What is found by what a person types: docs/protocol.md §9. */
export interface SearchCalls {
  /** What the server finds. Nothing that is encrypted. */
  search(query: string, options?: SearchOptions): Promise<SearchPage>;
  /** What this device has, encrypted or not, with or without a network. Nothing where the store has no index: see `searchableStore`. */
  searchHere(query: string, options?: SearchHereOptions): Promise<FoundHere>;
}
