import { CONVERSATION_ID } from "../shared/ids.ts";
import type { ConversationId } from "../shared/ids.ts";

const SEPARATOR = ".";

/** What people are given: where it leads, and the secret that lets them in. */
export const inviteToken = (id: ConversationId, secret: string): string => `${id}${SEPARATOR}${secret}`;

/** `undefined` for what this server never gave out. */
export const readInviteToken = (
  token: string,
): { readonly id: ConversationId; readonly secret: string } | undefined => {
  const at = token.lastIndexOf(SEPARATOR);
  const id = token.slice(0, at);
  const secret = token.slice(at + 1);
  return at > 0 && secret !== "" && CONVERSATION_ID.test(id) ? { id, secret } : undefined;
};
