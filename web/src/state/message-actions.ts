import type { ParleyClient } from "@parley/client";
import type { IconName } from "../components/icons.tsx";
import { strings } from "../strings.ts";
import type { ChatMessage } from "../types.ts";
import { attempt, complain, tell } from "./notice.ts";
import type { Pane } from "./pane.ts";
import { openPanel } from "./route.ts";

export interface MessageAction {
  readonly id: string;
  readonly label: string;
  readonly icon: IconName;
  readonly danger?: boolean;
  run(): void;
}

interface Subject {
  readonly client: ParleyClient;
  readonly userId: string;
  readonly pane: Pane;
  readonly message: ChatMessage;
  readonly isPinned: boolean;
}

const words = strings.message;

/** Whether a message can be acted on: it is in the log and stands. */
export const stands = (message: ChatMessage): boolean =>
  message.message_id !== undefined && message.deleted_at === undefined && message.type !== "system";

/** Reacting takes less than writing: only who reads alone, or left, may not. */
export const mayReact = (client: ParleyClient, message: ChatMessage): boolean => {
  const row = client.conversation(message.conversation_id);
  return stands(message) && row !== undefined && row.left_at === undefined && row.role !== "subscriber";
};

const copyText = async (text: string): Promise<void> => {
  try {
    await navigator.clipboard.writeText(text);
    tell(words.copied);
  } catch (error) {
    // Refused by the browser: by a setting, or because the page is not secure.
    complain(error);
  }
};

/** Puts an emoji under a message, or takes one's own away. */
export const react = (client: ParleyClient, message: ChatMessage, emoji: string): void => {
  const { conversation_id: id, message_id: messageId } = message;
  if (messageId === undefined) return;
  const mine = message.reactions?.some((reaction) => reaction.emoji === emoji && reaction.me) === true;
  void attempt(client.react(id, messageId, emoji, !mine).done);
};

/** Actions that write into the conversation, as far as the role permits them. */
const writing = ({ client, userId, pane, message, isPinned }: Subject): MessageAction[] => {
  const { conversation_id: id, message_id: messageId } = message;
  if (messageId === undefined) return [];
  const own = message.sender_id === userId;
  const may = client.permissions(id);
  const actions: MessageAction[] = [];
  const add = (action: MessageAction): unknown => actions.push(action);
  if (may.write) {
    const reply = (): void => pane.composing.set({ kind: "new", replyTo: messageId });
    add({ id: "reply", label: words.reply, icon: "reply", run: reply });
  }
  if (pane.thread === undefined && (may.write || message.thread !== undefined)) {
    const label = message.thread === undefined ? words.replyInThread : words.openThread;
    add({ id: "thread", label, icon: "thread", run: () => openPanel({ at: "thread", message: messageId }) });
  }
  if (own && may.write && message.type === "text") {
    const edit = (): void => pane.composing.set({ kind: "edit", message });
    add({ id: "edit", label: words.edit, icon: "write", run: edit });
  }
  if (may.pin && isPinned) {
    add({ id: "unpin", label: words.unpin, icon: "unpin", run: () => void attempt(client.unpin(id, messageId)) });
  } else if (may.pin) {
    add({ id: "pin", label: words.pin, icon: "pin", run: () => void attempt(client.pin(id, messageId)) });
  }
  return actions;
};

/** What can be done with a message, in the order of the menu. */
export const actionsOf = (subject: Subject): readonly MessageAction[] => {
  const { client, userId, pane, message } = subject;
  if (!stands(message)) return [];
  const own = message.sender_id === userId;
  const may = client.permissions(message.conversation_id);
  const actions = writing(subject);
  const { message_id: messageId } = message;
  const add = (action: MessageAction): unknown => actions.push(action);
  if (message.type === "text") {
    add({ id: "copy", label: words.copy, icon: "copy", run: () => void copyText(message.content) });
    add({
      id: "forward",
      label: words.forward,
      icon: "forward",
      run: () => pane.overlay.set({ at: "forward", message }),
    });
  }
  if (messageId !== undefined && pane.type !== "channel") {
    add({ id: "info", label: words.info, icon: "info", run: () => openPanel({ at: "message", message: messageId }) });
  }
  if ((own && may.write) || may.deleteAny) {
    const remove = (): void => pane.overlay.set({ at: "delete", message });
    add({ id: "delete", label: words.remove, icon: "bin", danger: true, run: remove });
  }
  return actions;
};
