import type { ConversationId, UserId } from "../../src/shared/ids.ts";
import type { Entry, MessageEntry } from "../../src/shared/protocol/entry.ts";
import type { StoredMessage } from "./store.ts";

/** An entry that changes an earlier message. */
export type ChangeEntry = Extract<Entry, { kind: "edit" | "delete" | "reaction" }>;

export const isChange = (entry: Entry): entry is ChangeEntry =>
  entry.kind === "edit" || entry.kind === "delete" || entry.kind === "reaction";

/** The message that an entry of kind `message` begins. */
export const messageOf = (id: ConversationId, entry: MessageEntry): StoredMessage => {
  const { kind: _kind, ...fields } = entry;
  return { ...fields, conversation_id: id };
};

const edited = (message: StoredMessage, entry: Extract<ChangeEntry, { kind: "edit" }>): StoredMessage => {
  const newer = message.edited_at !== undefined && message.edited_at > entry.timestamp;
  return newer ? message : { ...message, content: entry.content, edited_at: entry.timestamp };
};

/** What stays of a deleted message: that there was one. */
const deleted = (message: StoredMessage, timestamp: string): StoredMessage => {
  const { media: _media, reactions: _reactions, reactors: _reactors, mentions: _mentions, ...rest } = message;
  return { ...rest, content: "", deleted_at: timestamp };
};

const reacted = (
  message: StoredMessage,
  entry: Extract<ChangeEntry, { kind: "reaction" }>,
  me: UserId | undefined,
): StoredMessage => {
  const others = (message.reactors?.[entry.emoji] ?? []).filter((user) => user !== entry.sender_id);
  const users = entry.op === "add" ? [...others, entry.sender_id] : others;
  const reactors = Object.fromEntries(
    Object.entries({ ...message.reactors, [entry.emoji]: users }).filter(([, some]) => some.length > 0),
  );
  const reactions = Object.entries(reactors).map(([emoji, some]) => ({
    emoji,
    count: some.length,
    me: me !== undefined && some.includes(me),
  }));
  return { ...message, reactors, reactions };
};

/**
 * The message after `entry`; the same object when nothing changes, so that folding twice is folding
 * once. `stale`: only the server knows (a reaction to a message whose reactions we have as counts).
 */
export const fold = (message: StoredMessage, entry: ChangeEntry, me: UserId | undefined): StoredMessage | "stale" => {
  if (message.deleted_at !== undefined) return message;
  switch (entry.kind) {
    case "edit":
      return edited(message, entry);
    case "delete":
      return deleted(message, entry.timestamp);
    case "reaction":
      return message.paged === true ? "stale" : reacted(message, entry, me);
  }
};
