import type { ParleyClient } from "@parley/client";
import { Search } from "@parley/client/search";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ChatMessage, ConversationId, MessageId } from "../types.ts";
import { useChat } from "./client-context.ts";
import { createSignal, type Signal } from "./signal.ts";

/** What is typed into the search field; nothing: the list is shown. */
export const searchText: Signal<string> = createSignal("");
/** The message that a conversation is to show next. */
export const jumpTarget: Signal<{ readonly conversation: ConversationId; readonly message: MessageId } | undefined> =
  createSignal<{ readonly conversation: ConversationId; readonly message: MessageId } | undefined>(undefined);

/** How long somebody pauses who has typed what he wants. */
const PAUSE_MS = 250;

/** While a word is being typed, it may go on. */
export const asTyped = (text: string): string => {
  const trimmed = text.trimStart();
  const isOpen = (trimmed.match(/"/gu)?.length ?? 0) % 2 === 1;
  const last = trimmed.split(/\s/u).at(-1) ?? "";
  const isWord = /[\p{L}\p{M}\p{N}]$/u.test(last) && !/^[a-z]+:/iu.test(last);
  return isWord || (isOpen && /[\p{L}\p{M}\p{N}]$/u.test(trimmed)) ? `${trimmed}*` : trimmed;
};

export interface Found {
  readonly state: "looking" | "there" | "failed";
  readonly messages: readonly ChatMessage[];
  readonly more: boolean;
  readonly offline: boolean;
  readonly incomplete: number;
  readonly error?: unknown;
}

const NOTHING: Found = { state: "looking", messages: [], more: false, offline: false, incomplete: 0 };

/** One search on the screen, until another one takes its place. */
class Looking {
  readonly #search: Search;
  readonly #show: (found: Found) => void;
  #found = NOTHING;
  over = false;

  constructor(client: ParleyClient, query: string, show: (found: Found) => void) {
    this.#search = new Search(client, query);
    this.#show = show;
  }

  async more(): Promise<void> {
    try {
      const next = await this.#search.more();
      const { done, offline, incomplete } = this.#search;
      const messages = [...this.#found.messages, ...next];
      const now = { more: !done, offline: offline !== undefined, incomplete: incomplete.length };
      this.#found = { state: "there", messages, ...now };
    } catch (error) {
      this.#found = { ...this.#found, state: "failed", error };
    }
    if (!this.over) this.#show(this.#found);
  }
}

/** What is found for what is typed, newest first, and how to go on. */
export const useFound = (text: string): Found & { readonly next: () => void } => {
  const { client } = useChat();
  const [found, setFound] = useState<Found>(NOTHING);
  const current = useRef<Looking | undefined>(undefined);
  useEffect(() => {
    setFound((before) => ({ ...before, state: "looking" }));
    const looking = new Looking(client, asTyped(text), setFound);
    current.current = looking;
    const timer = setTimeout(() => void looking.more(), PAUSE_MS);
    return () => {
      looking.over = true;
      clearTimeout(timer);
    };
  }, [client, text]);
  return {
    ...found,
    next: () => {
      setFound((before) => ({ ...before, state: "looking" }));
      void current.current?.more();
    },
  };
};
