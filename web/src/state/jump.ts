import { useEffect, useState } from "preact/hooks";
import { strings } from "../strings.ts";
import type { TimelineRow } from "../text/grouping.ts";
import type { ChatMessage, ConversationId, MessageId } from "../types.ts";
import { useChat } from "./client-context.ts";
import { notice, tell } from "./notice.ts";
import { usePane } from "./pane.ts";
import { openPanel } from "./route.ts";
import { useSignal } from "./signal.ts";

/** How far back a jump pages before it gives up. */
const PAGES_MAX = 50;
const MARKED_MS = 2500;

const keyIn = (rows: readonly TimelineRow[], messageId: MessageId): string | undefined =>
  rows.find((row) => row.kind === "message" && row.message.message_id === messageId)?.key;

interface Jump {
  /** The row that one jumped to, for a moment. */
  readonly marked: string | undefined;
}

/** Shows the pane's `target`: pages back to it when it is not loaded, and opens its thread when it is a reply. */
export const useJump = (id: ConversationId, rows: readonly TimelineRow[], show: (key: string) => void): Jump => {
  const { client } = useChat();
  const pane = usePane();
  const target = useSignal(pane.target);
  const [marked, setMarked] = useState<string>();
  const [missing, setMissing] = useState<MessageId>();
  const key = target === undefined ? undefined : keyIn(rows, target);
  const isReply = (message: ChatMessage): boolean => pane.thread === undefined && message.thread_root !== undefined;
  useEffect(() => {
    if (target === undefined) return;
    if (key !== undefined) {
      pane.target.set(undefined);
      show(key);
      setMarked(key);
      return;
    }
    if (target !== missing) setMissing(target);
  }, [target, key]);
  useEffect(() => {
    if (missing === undefined) return undefined;
    const life = { over: false };
    const find = async (): Promise<void> => {
      const message = await client.message(id, missing);
      if (life.over) return;
      if (message === undefined || message.deleted_at !== undefined) tell(strings.message.messageGone);
      else if (isReply(message)) openPanel({ at: "thread", message: message.thread_root ?? missing });
      else {
        tell(strings.message.lookingForMessage);
        const found = await pageBack(missing);
        if (life.over) return;
        // It is a row now, or will be with the next render: then the target is shown.
        if (found) notice.set(undefined);
        else tell(strings.message.tooFarBack);
        if (found) return;
      }
      pane.target.set(undefined);
    };
    const pageBack = async (wanted: MessageId): Promise<boolean> => {
      const { thread } = pane;
      for (let page = 0; page < PAGES_MAX && !life.over; page += 1) {
        const known = thread === undefined ? client.messages(id) : client.thread(id, thread);
        if (known.some((one) => one.message_id === wanted)) return true;
        const { more } = await (thread === undefined ? client.loadOlder(id) : client.loadThread(id, thread));
        if (!more && page > 0) return false;
      }
      return false;
    };
    find()
      .catch(() => {
        tell(strings.message.messageGone);
        pane.target.set(undefined);
      })
      .finally(() => {
        if (!life.over) setMissing(undefined);
      });
    return () => {
      life.over = true;
    };
  }, [missing]);
  useEffect(() => {
    if (marked === undefined) return undefined;
    const timer = setTimeout(() => setMarked(undefined), MARKED_MS);
    return () => clearTimeout(timer);
  }, [marked]);
  return { marked };
};
