import type { Message } from "../../../src/shared/protocol/message.ts";
import type { LocalMessage } from "../../src/api.ts";

/** What people see of a message: the same on every device, and at the server. */
export const shapeOf = (message: Message | LocalMessage) => ({
  seq: message.seq,
  content: message.content,
  edited: message.edited_at !== undefined && message.deleted_at === undefined,
  deleted: message.deleted_at !== undefined,
  reactions: (message.reactions ?? [])
    .map(({ emoji, count, me }) => `${emoji} ${count} ${me}`)
    .sort((a, b) => a.localeCompare(b)),
  thread: message.thread === undefined ? "" : `${message.thread.replies} ${message.thread.unread}`,
});
