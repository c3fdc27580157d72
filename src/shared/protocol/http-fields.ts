import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import { UUID } from "../ids.ts";
import { conversationId, cursor, messageId, shortText, upTo, userId } from "./fields.ts";

const wholeNumber = z.pipe(z.string().check(z.regex(/^\d{1,15}$/)), z.transform(Number));
/** Query parameters are text; a number in one is digits. */
export const queryNumber = z.pipe(wholeNumber, upTo);
/** Pages are clamped, not refused: §2. */
export const queryLimit = z.pipe(
  wholeNumber,
  z.transform((wanted: number) => Math.min(Math.max(wanted, 1), LIMITS.pageMax)),
);
export const page = { cursor: z.optional(cursor), limit: z.optional(queryLimit) };
export const inConversation = z.object({ id: conversationId });
export const ofMember = z.object({ id: conversationId, uid: userId });
export const ofMessage = z.object({ id: conversationId, message_id: messageId });
export const list = <N extends string, S extends z.ZodMiniType>(noun: N, item: S) =>
  z.object({ [noun]: z.array(item), next_cursor: z.optional(cursor) } as Record<N, z.ZodMiniArray<S>> & {
    next_cursor: z.ZodMiniOptional<typeof cursor>;
  });

/** What an operator calls an act, so that the same call again is the same act. */
export const actId = z.string().check(z.regex(UUID), z.toLowerCase());
export const ofAct = z.object({ id: actId });
/** Why an operator does it: it goes into the audit log. */
export const reason = shortText(LIMITS.reasonChars);
/** In hexadecimal. */
export const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
