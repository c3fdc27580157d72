import type { Settings } from "../rpc/bindings.ts";
import type { ClientMessageId, ConversationId, UserId } from "../shared/ids.ts";

/** 132 bits of SHA-256 as URL-safe text: enough that nobody finds two of one id. */
const digest = async (parts: readonly string[]): Promise<string> => {
  // The parts hold no NUL, so no two lists make the same text.
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(parts.join("\0")));
  const text = btoa(String.fromCharCode(...new Uint8Array(hash)));
  return text.slice(0, 22).replaceAll("+", "-").replaceAll("/", "_");
};

/** Where conversations are founded here. */
export const regionOf = ({ REGION = "local" }: Settings): string => REGION;

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
