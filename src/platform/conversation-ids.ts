import type { ClientMessageId, ConversationId, UserId } from "../shared/ids.ts";
import { digest } from "./digest.ts";

/** The same for both, whoever asks first. The region is part of it: it says where the object is. */
export const directConversationId = async (region: string, a: UserId, b: UserId): Promise<ConversationId> =>
  `d_${region}_${await digest(["direct", ...(a < b ? [a, b] : [b, a])])}`;

/** A channel is another thing than a group of the same founder and call. */
export const channelConversationId = async (
  region: string,
  founder: UserId,
  id: ClientMessageId,
): Promise<ConversationId> => `c_${region}_${await digest(["channel", founder, id])}`;

/** A repeat of the same call names the same group: no table of ids is needed. */
export const groupConversationId = async (
  region: string,
  founder: UserId,
  id: ClientMessageId,
): Promise<ConversationId> => `g_${region}_${await digest(["group", founder, id])}`;
