import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { OldConversation, OldLine, OldMessage } from "../../scripts/old-system.ts";
import { importedMessageId } from "../../src/platform/uuid.ts";
import type { Person } from "./person.ts";

/** What one conversation of the other system was. */
export interface OldTalk {
  readonly line: OldConversation;
  readonly messages: readonly OldMessage[];
}

export const talksOf = (lines: Iterable<OldLine>): OldTalk[] => {
  const talks = new Map<string, { line: OldConversation; messages: OldMessage[] }>();
  for (const line of lines) {
    if (line.kind === "conversation") talks.set(line.id, { line, messages: [] });
    else if (line.kind === "message") talks.get(line.conversation)?.messages.push(line);
  }
  return [...talks.values()];
};

/** The conversation of a person's list that is this one of the other system: found by the id of its first message. */
export const imported = async (source: string, talk: OldTalk, person: Person): Promise<string> => {
  const [first] = talk.messages;
  if (first === undefined) throw new Error("nothing was said in it");
  const id = await importedMessageId([source, talk.line.id, first.id], Date.parse(first.timestamp));
  for (const row of await person.list()) {
    const [entry] = (
      await person.rest.ok("readLog", { params: { id: row.conversation_id }, query: { after: 1, limit: 1 } })
    ).entries;
    if (entry?.client_message_id === id) return row.conversation_id;
  }
  throw new Error(`${talk.line.id} is in no list`);
};

const differs = (what: OldMessage, is: Message | undefined): string | undefined => {
  if (is === undefined) return "is missing";
  const content = what.deleted_at === undefined ? what.content : "";
  const pairs: [string, unknown, unknown][] = [
    ["sender", what.sender, is.sender_id],
    ["timestamp", what.timestamp, is.timestamp],
    ["content", content, is.content],
    ["deleted", what.deleted_at !== undefined, is.deleted_at !== undefined],
    ["edited", what.deleted_at === undefined ? what.edited_at : undefined, is.edited_at],
    ["reactions", what.deleted_at === undefined ? (what.reactions?.length ?? 0) : 0, is.reactions?.length ?? 0],
    ["reply", what.reply_to !== undefined, is.reply_to !== undefined],
    ["thread", what.thread_root !== undefined, is.thread_root !== undefined],
  ];
  const wrong = pairs.find(([, was, now]) => was !== now);
  return wrong && `${wrong[0]}: ${String(wrong[1])} is ${String(wrong[2])}`;
};

/** What is wrong with the history of what was imported: every message once, in order, by whom and when it was. */
export const faultsOf = (talk: OldTalk, history: readonly Message[]): string[] => {
  const faults: string[] = [];
  const oldest = history.toReversed();
  if (oldest.length !== talk.messages.length)
    faults.push(`${talk.line.id}: ${oldest.length} messages instead of ${talk.messages.length}`);
  for (const [index, message] of talk.messages.entries()) {
    const fault = differs(message, oldest[index]);
    if (fault !== undefined) faults.push(`${message.id}: ${fault}`);
  }
  return faults;
};

/** And with its log: each message is in it once. */
export const doubledIn = (log: readonly Entry[]): string[] => {
  const ids = log.flatMap((entry) => (entry.kind === "message" ? [entry.client_message_id ?? ""] : []));
  return ids.filter((id, index) => ids.indexOf(id) !== index);
};
