import type { Entry, MessageEntry } from "../../src/shared/protocol/entry.ts";
import type { Message } from "../../src/shared/protocol/message.ts";

/** A message as the log says that it stands. */
export interface Standing {
  readonly entry: MessageEntry;
  content: string;
  edited_at: string | undefined;
  deleted_at: string | undefined;
  /** By emoji: who. */
  readonly reactions: Map<string, Set<string>>;
}

const react = (message: Standing, entry: Extract<Entry, { kind: "reaction" }>): void => {
  const people = message.reactions.get(entry.emoji) ?? new Set();
  message.reactions.set(entry.emoji, people);
  if (entry.op === "add") people.add(entry.sender_id);
  else people.delete(entry.sender_id);
  if (people.size === 0) message.reactions.delete(entry.emoji);
};

/** What a log says when its entries up to `head` are applied in their order, by message_id in `seq` order. */
export const standing = (log: readonly Entry[], head = Number.POSITIVE_INFINITY): Map<string, Standing> => {
  const messages = new Map<string, Standing>();
  for (const entry of log) {
    if (entry.seq > head) break;
    if (entry.kind === "message") {
      const { content } = entry;
      messages.set(entry.message_id, {
        entry,
        content,
        edited_at: undefined,
        deleted_at: undefined,
        reactions: new Map(),
      });
      continue;
    }
    const message = "target" in entry ? messages.get(entry.target) : undefined;
    if (message === undefined) continue;
    if (entry.kind === "edit") {
      message.content = entry.content;
      message.edited_at = entry.timestamp;
    } else if (entry.kind === "delete") {
      message.content = "";
      message.deleted_at = entry.timestamp;
      message.reactions.clear();
    } else if (entry.kind === "reaction") react(message, entry);
  }
  return messages;
};

/** Pinned messages, newest pin first, as the log says. */
export const pinned = (log: readonly Entry[]): string[] => {
  let pins: string[] = [];
  for (const entry of log) {
    if (entry.kind === "delete") pins = pins.filter((pin) => pin !== entry.target);
    if (entry.kind !== "settings") continue;
    const { pin, unpin } = entry.changes;
    if (pin !== undefined) pins.unshift(pin);
    pins = pins.filter((one) => one !== unpin);
  }
  return pins;
};

/** What of a message follows from the log alone, in a form that compares. */
const comparable = (message: Message, userId: string): object => ({
  message_id: message.message_id,
  seq: message.seq,
  content: message.content,
  deleted_at: message.deleted_at,
  // Of a deleted message it does not matter whether it was edited.
  edited_at: message.deleted_at === undefined ? message.edited_at : undefined,
  reactions: (message.reactions ?? []).map(({ emoji, count, me }) => `${emoji} ${count} ${me ? userId : ""}`).sort(),
});

/** Throws when messages that somebody is shown are not what the log says. */
export const assertStanding = (userId: string, messages: readonly Message[], log: readonly Entry[]): void => {
  const told = messages.map((message) => comparable(message, userId));
  const due = [...standing(log).values()].map(({ entry, content, edited_at, deleted_at, reactions }) => ({
    message_id: entry.message_id,
    seq: entry.seq,
    content,
    deleted_at,
    edited_at: deleted_at === undefined ? edited_at : undefined,
    reactions: [...reactions]
      .map(([emoji, people]) => `${emoji} ${people.size} ${people.has(userId) ? userId : ""}`)
      .sort(),
  }));
  const [left, right] = [told, due].map((list) => list.map((one) => JSON.stringify(one)).sort()) as [
    string[],
    string[],
  ];
  const wrong = left.findIndex((one, i) => one !== right[i]);
  if (left.length !== right.length || wrong >= 0)
    throw new Error(
      `${userId} is shown ${left.length} messages, the log has ${right.length}; shown ${left[wrong]}, due ${right[wrong]}`,
    );
};
