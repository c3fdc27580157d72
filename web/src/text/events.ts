import { strings } from "../strings.ts";
import type { ConversationEvent } from "../types.ts";
import type { NameOf } from "./previews.ts";

type MemberEvent = Extract<ConversationEvent, { kind: "member" }>;
type Changes = Extract<ConversationEvent, { kind: "settings" }>["changes"];

const words = strings.group.events;

const settingLines = (who: string, settings: NonNullable<Changes["settings"]>): string[] => {
  const { add, rename, pin, write, history, expires_in: expires } = settings;
  const lines: string[] = [];
  const rights = [
    [strings.group.settingAdd, add],
    [strings.group.settingRename, rename],
    [strings.group.settingPin, pin],
    [strings.group.settingWrite, write],
  ] as const;
  for (const [label, value] of rights) {
    if (value !== undefined) lines.push(words.setting(who, label, strings.group.who[value]));
  }
  if (history !== undefined) {
    lines.push(words.setting(who, strings.group.settingHistory, strings.group.history[history]));
  }
  if (expires !== undefined) lines.push(words.expires(who, expires));
  return lines;
};

const changeLines = (who: string, changes: Changes): string[] => {
  if (changes.type !== undefined) return [words.created(who, changes.type)];
  const lines: string[] = [];
  if (changes.name !== undefined) lines.push(words.renamed(who, changes.name));
  if (changes.avatar !== undefined) lines.push(words.picture(who));
  if (changes.settings !== undefined) lines.push(...settingLines(who, changes.settings));
  if (changes.pin !== undefined) lines.push(words.pinned(who));
  if (changes.unpin !== undefined) lines.push(words.unpinned(who));
  if (changes.retained_from !== undefined) lines.push(words.retained);
  return lines;
};

const memberLine = (event: MemberEvent, who: string, whom: string): string => {
  const self = event.sender_id === event.user_id;
  if (event.op === "add") return self ? words.joined(who) : words.added(who, whom);
  if (event.op === "remove") return self ? words.left(who) : words.removed(who, whom);
  return words.role[event.role ?? "member"](who, whom);
};

/** Whether there is anything to say of it: that two people have a conversation is seen by its being there. */
export const isTold = (event: ConversationEvent): boolean => event.kind === "member" || event.changes.type !== "direct";

/** What happened, as sentences: people added together are one. Empty when there is nothing to tell. */
export const eventLines = (
  events: readonly ConversationEvent[],
  userId: string | undefined,
  nameOf: NameOf,
): readonly string[] => {
  const [first] = events;
  if (first === undefined) return [];
  const named = (id: string, you: string): string => (id === userId ? you : nameOf(id));
  const who = named(first.sender_id, words.you);
  if (first.kind === "settings") return changeLines(who, first.changes);
  const whom = events.flatMap((event) => (event.kind === "member" ? [named(event.user_id, words.youObject)] : []));
  return [memberLine(first, who, words.and(whom))];
};
