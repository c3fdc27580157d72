import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ChatMessage, Conversation, ConversationId, MessageId } from "../types.ts";
import { createSignal, type Signal } from "./signal.ts";

/** What the composer is for at the moment. */
export type Composing =
  | { readonly kind: "new"; readonly replyTo?: MessageId | undefined }
  | { readonly kind: "edit"; readonly message: ChatMessage };

/** Where something small opens: beside this, on the screen. */
export interface Near {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What lies over the messages, about one of them. `back` gets the focus when it closes. */
export type Overlay =
  | {
      readonly at: "menu" | "emoji" | "reactors";
      readonly message: ChatMessage;
      readonly near: Near;
      readonly back: HTMLElement | undefined;
    }
  | { readonly at: "delete" | "forward"; readonly message: ChatMessage };

/** What the parts of one list of messages share: that of a conversation, or that of a thread. */
export interface Pane {
  readonly id: ConversationId;
  readonly type: Conversation["type"];
  /** The message that the thread hangs on. */
  readonly thread: MessageId | undefined;
  readonly composing: Signal<Composing>;
  readonly overlay: Signal<Overlay | undefined>;
  /** The message to show next. */
  readonly target: Signal<MessageId | undefined>;
}

export const makePane = (id: ConversationId, type: Conversation["type"], thread?: MessageId): Pane => ({
  id,
  type,
  thread,
  composing: createSignal<Composing>({ kind: "new" }),
  overlay: createSignal<Overlay | undefined>(undefined),
  target: createSignal<MessageId | undefined>(undefined),
});

export const PaneContext = createContext<Pane | undefined>(undefined);

export const usePane = (): Pane => {
  const pane = useContext(PaneContext);
  if (pane === undefined) throw new Error("usePane outside of a conversation");
  return pane;
};
