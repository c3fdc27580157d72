import { useState } from "preact/hooks";
import type { MessageId } from "../types.ts";
import { useChat } from "./client-context.ts";
import type { Pane } from "./pane.ts";
import { useSharedDraft } from "./shared-draft.ts";

export interface KeptText {
  readonly text: string;
  readonly save: (text: string, replyTo: MessageId | undefined) => void;
}

/** The text of a new message: shared with the person's other devices, or, of a thread, kept here. */
export const useKeptText = (pane: Pane): KeptText => {
  const { client, drafts } = useChat();
  const inThread = pane.thread !== undefined;
  const key = inThread ? `${pane.id}/${pane.thread}` : pane.id;
  const [text, setText] = useState(() => {
    const row = inThread ? undefined : client.conversation(pane.id);
    const draft = row === undefined ? drafts.get(key) : drafts.newest(row);
    if (draft.replyTo !== undefined) pane.composing.set({ kind: "new", replyTo: draft.replyTo });
    return draft.text;
  });
  const share = useSharedDraft(pane.id, text, (next, replyTo) => {
    if (inThread) return;
    setText(next);
    drafts.set(key, next, replyTo);
    if (pane.composing.value.kind === "new") pane.composing.set({ kind: "new", replyTo });
  });
  return {
    text,
    save(next, replyTo) {
      setText(next);
      if (inThread) drafts.set(key, next, replyTo);
      else share(next, replyTo);
    },
  };
};
