import type { LinkPreview, SendOptions } from "@parley/client";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { strings, wordsFor } from "../strings.ts";
import type { ChatMessage } from "../types.ts";
import { useChat, type Chat } from "./client-context.ts";
import { useKeptText, type KeptText } from "./kept-text.ts";
import { useWrittenPreview } from "./link-preview.ts";
import { mentionsIn } from "./mentions.ts";
import { stands } from "./message-actions.ts";
import { attempt } from "./notice.ts";
import { sentSomething } from "./push-ask.ts";
import { usePane, type Composing, type Pane } from "./pane.ts";
import { scheduledChanged } from "./scheduled.ts";
import { useSignal } from "./signal.ts";

const CONTENT_BYTES = 16 * 1024;
const encoder = new TextEncoder();
const tooLong = (text: string): string | undefined => {
  // Every UTF-16 unit is three bytes at most: most texts need no counting.
  if (text.length * 3 <= CONTENT_BYTES) return undefined;
  const bytes = encoder.encode(text).length;
  return bytes > CONTENT_BYTES ? strings.tooLong((bytes / 1024).toFixed(1)) : undefined;
};

type Area = { current: HTMLTextAreaElement | null };

export interface Writing {
  readonly composing: Composing;
  readonly text: string;
  readonly problem: string | undefined;
  readonly ready: boolean;
  readonly preview: LinkPreview | undefined;
  readonly area: Area;
  readonly dropPreview: () => void;
  readonly change: (text: string) => void;
  /** Puts something where the caret is. */
  readonly insert: (text: string) => void;
  readonly submit: () => void;
  /** Leaves it to the server to send what is written, then. Resolves to whether it took it. */
  readonly schedule: (at: Date) => Promise<boolean>;
  /** Edits the newest own message; `false` when there is none. */
  readonly editLast: () => boolean;
  /** Ends replying or editing; `false` when neither was under way. */
  readonly stop: () => boolean;
}

/** What the parts below work on: as it is with this render. */
interface Desk {
  readonly chat: Chat;
  readonly pane: Pane;
  readonly composing: Composing;
  readonly kept: KeptText;
  readonly preview: LinkPreview | undefined;
  readonly area: Area;
  readonly refuse: (problem: string | undefined) => void;
  readonly onSent: () => void;
}

const replyOf = (composing: Composing): string | undefined =>
  composing.kind === "new" ? composing.replyTo : undefined;

const optionsOf = ({ chat, pane, composing, preview }: Desk, content: string): SendOptions => {
  const mentions = mentionsIn(chat.client, pane.id, content);
  const reply = replyOf(composing);
  return {
    ...(reply === undefined ? {} : { reply_to: reply }),
    ...(pane.thread === undefined ? {} : { thread_root: pane.thread }),
    ...(mentions.length === 0 ? {} : { mentions }),
    ...(preview === undefined ? {} : { preview }),
  };
};

const clear = ({ pane, kept, area, refuse, onSent }: Desk): void => {
  refuse(undefined);
  pane.composing.set({ kind: "new" });
  kept.save("", undefined);
  onSent();
  area.current?.focus({ preventScroll: true });
};

const send = (desk: Desk, content: string): void => {
  try {
    desk.chat.client.send(desk.pane.id, content, optionsOf(desk, content)).sent.catch(() => {
      // The message itself shows that it failed, with a way to try again.
    });
  } catch (error) {
    desk.refuse(wordsFor(error));
    return;
  }
  sentSomething.set(true);
  clear(desk);
};

const schedule = async (desk: Desk, content: string, at: Date): Promise<boolean> => {
  const went = await attempt(desk.chat.client.schedule(desk.pane.id, content, at, optionsOf(desk, content)));
  if (!went) return false;
  scheduledChanged();
  clear(desk);
  return true;
};

const saveEdit = ({ chat, pane }: Desk, message: ChatMessage, content: string): void => {
  const id = message.message_id ?? message.client_message_id;
  if (content === "" && stands(message)) pane.overlay.set({ at: "delete", message });
  else if (id !== undefined && content !== message.content) void attempt(chat.client.edit(pane.id, id, content).done);
  pane.composing.set({ kind: "new" });
};

const editLast = ({ chat: { client, userId }, pane }: Desk): boolean => {
  const shown = pane.thread === undefined ? client.messages(pane.id) : client.thread(pane.id, pane.thread);
  const last = shown.findLast(
    (message) => message.sender_id === userId && message.thread_root === pane.thread && stands(message),
  );
  if (last?.type !== "text") return false;
  pane.composing.set({ kind: "edit", message: last });
  return true;
};

const stop = ({ pane, composing }: Desk): boolean => {
  if (composing.kind === "new" && composing.replyTo === undefined) return false;
  pane.composing.set({ kind: "new" });
  return true;
};

const insert = ({ area }: Desk, piece: string, change: (text: string) => void): void => {
  const field = area.current;
  if (field === null) return;
  field.setRangeText(piece, field.selectionStart, field.selectionEnd, "end");
  change(field.value);
  field.focus({ preventScroll: true });
};

/** Takes up what is to be edited, and makes a reply that is begun part of the draft. */
const useBeginning = ({ composing, kept, area }: Desk, take: (text: string) => void): void => {
  const editing = composing.kind === "edit" ? composing.message : undefined;
  const reply = replyOf(composing);
  const keptReply = useRef(reply);
  useLayoutEffect(() => {
    if (editing !== undefined) take(editing.content);
    if (editing !== undefined || reply !== undefined) area.current?.focus({ preventScroll: true });
    if (editing !== undefined || keptReply.current === reply) return;
    keptReply.current = reply;
    kept.save(kept.text, reply);
  }, [editing, reply]);
};

/** What is written in a pane, new or an edit, and everything that can become of it. */
export const useWriting = (onSent: () => void): Writing => {
  const chat = useChat();
  const pane = usePane();
  const composing = useSignal(pane.composing);
  const kept = useKeptText(pane);
  const [edited, setEdited] = useState("");
  const [refused, refuse] = useState<string>();
  const area = useRef<HTMLTextAreaElement>(null);
  const isEdit = composing.kind === "edit";
  const text = isEdit ? edited : kept.text;
  const { preview, drop: dropPreview } = useWrittenPreview(isEdit ? "" : text);
  const desk: Desk = { chat, pane, composing, kept, preview, area, refuse, onSent };
  useBeginning(desk, setEdited);
  // The field itself: keys may have come since the last render.
  const current = (): string => (area.current?.value ?? text).trim();
  const change = (next: string): void => {
    refuse(undefined);
    if (isEdit) {
      setEdited(next);
      return;
    }
    kept.save(next, replyOf(composing));
    if (next.trim() !== "") chat.client.typing(pane.id);
  };
  const problem = tooLong(text) ?? refused;
  return {
    composing,
    text,
    problem,
    ready: text.trim() !== "" && problem === undefined,
    preview,
    area,
    dropPreview,
    change,
    stop: () => stop(desk),
    insert: (piece) => insert(desk, piece, change),
    submit: () => {
      const content = current();
      if (tooLong(content) !== undefined) return;
      if (composing.kind === "edit") saveEdit(desk, composing.message, content);
      else if (content !== "") send(desk, content);
    },
    schedule: async (at) => {
      const content = current();
      return content !== "" && tooLong(content) === undefined && (await schedule(desk, content, at));
    },
    editLast: () => editLast(desk),
  };
};
