import { ALL } from "../../shared/protocol/fields.ts";
import type { Seq, UserId } from "../../shared/ids.ts";
import type { EncodedEntry, Mentions } from "../conversation/delivery.ts";

/** Whether somebody is called by a message: by his name, or with everybody. */
export const isMentioned = (user: UserId, mentions: Mentions | undefined): boolean =>
  mentions !== undefined && (mentions.includes(user) || mentions.includes(ALL));

/** What an entry does to a reader's counts: a message of somebody else is one more unread, its deletion one less. */
export const countEntry = (
  counts: { unread: number; mentions: number },
  entry: EncodedEntry,
  reader: { readonly user: UserId; readonly readUpTo: Seq },
): void => {
  const isMessage = entry.kind === "message";
  const message = isMessage ? entry : entry.kind === "delete" ? entry.target : undefined;
  if (!message || message.sender === reader.user || message.seq <= reader.readUpTo) return;
  const by = isMessage ? 1 : -1;
  counts.unread += by;
  if (isMentioned(reader.user, message.mentions)) counts.mentions += by;
};
