import type { ConversationId, UserId } from "../../src/shared/ids.ts";
import type { Entry, MessageEntry } from "../../src/shared/protocol/entry.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { EventEntry, LocalMessage } from "./api.ts";
import type { OutboxRow, StoredEvent, StoredMessage } from "./store.ts";

/** An entry that changes an earlier message. */
export type ChangeEntry = Extract<Entry, { kind: "edit" | "delete" | "reaction" }>;
type Reactions = NonNullable<Message["reactions"]>;

export const isChange = (entry: Entry): entry is ChangeEntry =>
  entry.kind === "edit" || entry.kind === "delete" || entry.kind === "reaction";

/** Entries that are lines of their own between the messages: not the place of what one does not see, which says nothing. */
export const isEvent = (entry: Entry): entry is EventEntry =>
  entry.kind === "member" || (entry.kind === "settings" && Object.keys(entry.changes).length > 0);

/** The message that an entry of kind `message` begins. */
export const messageOf = (id: ConversationId, entry: MessageEntry): StoredMessage => {
  const { kind: _kind, ...fields } = entry;
  return { ...fields, conversation_id: id };
};

export const eventOf = (conversation_id: ConversationId, entry: EventEntry): StoredEvent => ({
  ...entry,
  conversation_id,
});

const edited = (message: StoredMessage, entry: Extract<ChangeEntry, { kind: "edit" }>): StoredMessage => {
  const known = message.edited_at ?? "";
  const same = known === entry.timestamp && message.content === entry.content;
  return known > entry.timestamp || same ? message : { ...message, content: entry.content, edited_at: entry.timestamp };
};

/** What stays of a message whose content is gone: that there was one. */
const emptied = <M extends Message | LocalMessage>(message: M): M => {
  const { media: _media, reactions: _reactions, mentions: _mentions, preview: _preview, ...rest } = message;
  const { reactors: _reactors, ...bare } = rest as typeof rest & { reactors?: unknown };
  return { ...(bare as unknown as M), content: "" };
};

/** Deleted by somebody, or by the server because its time was up: then in the author's name and by no call of his. */
const deleted = (message: StoredMessage, entry: Extract<ChangeEntry, { kind: "delete" }>): StoredMessage => {
  const byItself =
    message.expires_at !== undefined && entry.client_message_id === undefined && entry.sender_id === message.sender_id;
  return { ...emptied(message), deleted_at: entry.timestamp, ...(byItself ? { expired: true } : {}) };
};

/** A message whose time is up. Its deletion is yet to come, and is counted when it does: by `deleted_at`, and whom it mentions. */
export const expired = (message: StoredMessage): StoredMessage => {
  if (message.expired === true || message.deleted_at !== undefined) return message;
  const { mentions } = message;
  return { ...emptied(message), ...(mentions === undefined ? {} : { mentions }), expired: true };
};

/** It was deleted before it came: nobody knows any more whom it mentioned. Its deletion follows. */
export const cameEmptied = ({ content, media, expired: isOver, deleted_at }: StoredMessage): boolean =>
  content === "" && media === undefined && isOver !== true && deleted_at === undefined;

/** Whether a message disappeared because its time was up: then nothing is shown of it, not even that it was there. */
export const hasExpired = (message: StoredMessage): boolean =>
  message.expired === true ||
  (message.expires_at !== undefined && message.deleted_at !== undefined && message.deleted_at >= message.expires_at);

/** Reactions with one's own put there or taken away; the same list when that changes nothing. */
const withOwn = (reactions: Reactions, emoji: string, on: boolean): Reactions => {
  const known = reactions.find((one) => one.emoji === emoji);
  if ((known?.me ?? false) === on) return reactions;
  if (known === undefined) return [...reactions, { emoji, count: 1, me: true }];
  const changed = { ...known, count: known.count + (on ? 1 : -1), me: on };
  return reactions.map((one) => (one === known ? changed : one)).filter((one) => one.count > 0);
};

const withReactions = <M extends Message | LocalMessage>(message: M, emoji: string, on: boolean): M => {
  const before = message.reactions ?? [];
  const reactions = withOwn(before, emoji, on);
  return reactions === before ? message : { ...message, reactions };
};

const reacted = (
  message: StoredMessage,
  entry: Extract<ChangeEntry, { kind: "reaction" }>,
  me: UserId | undefined,
): StoredMessage => {
  const before = message.reactors?.[entry.emoji] ?? [];
  if (before.includes(entry.sender_id) === (entry.op === "add")) return message;
  const others = before.filter((user) => user !== entry.sender_id);
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
 * once. `stale`: only the server knows (somebody's reaction to a message whose reactions we have as counts).
 */
export const fold = (message: StoredMessage, entry: ChangeEntry, me: UserId | undefined): StoredMessage | "stale" => {
  if (message.deleted_at !== undefined) return message;
  if (entry.kind === "delete") return deleted(message, entry);
  if (message.expired === true) return message;
  if (entry.kind === "edit") return edited(message, entry);
  if (message.paged !== true) return reacted(message, entry, me);
  return entry.sender_id === me ? withReactions(message, entry.emoji, entry.op === "add") : "stale";
};

const changed = (message: LocalMessage, { action, content, created_at }: OutboxRow): LocalMessage => {
  if (action === undefined || message.deleted_at !== undefined) return message;
  if (action.kind === "edit") return { ...message, content, edited_at: created_at };
  if (action.kind === "delete") return { ...emptied(message), deleted_at: created_at };
  return withReactions(message, action.emoji, action.op === "add");
};

/** What an app is shown of a message while changes to it wait in the outbox. */
export const overlaid = (message: LocalMessage, rows: readonly OutboxRow[]): LocalMessage =>
  rows.reduce((shown, row) => changed(shown, row), message);
