import type { ConversationType } from "./protocol/fields.ts";

/** What of a conversation a user wants to be called for. */
export type Attention = "messages" | "mentions" | "none";

/** What of a row of the list decides about that. */
export interface Attended {
  readonly type: ConversationType;
  readonly archived?: boolean | undefined;
  /** As the contract writes times. */
  readonly muted_until?: string | undefined;
  readonly notify?: "all" | "mentions" | "none" | undefined;
}

/** Until when it is muted, in ms since 1970; 0: it is not. */
export const mutedUntil = ({ muted_until }: Attended): number =>
  muted_until === undefined ? 0 : Date.parse(muted_until);

/** [PUSH-5] A channel is read when somebody feels like it: there, and where it is quiet, a mention breaks through. */
export const attentionOf = (row: Attended, nowMs: number): Attention => {
  if (row.notify === "none") return "none";
  const quiet = row.type === "channel" || row.archived === true || row.notify === "mentions";
  return quiet || mutedUntil(row) > nowMs ? "mentions" : "messages";
};

/** [PUSH-11] What a conversation adds to the number on the app's icon. */
export const badgeOf = (
  row: Attended & { readonly unread_count: number; readonly mention_count: number },
  nowMs: number,
): number => {
  const attention = attentionOf(row, nowMs);
  return attention === "messages" ? row.unread_count : attention === "mentions" ? row.mention_count : 0;
};
