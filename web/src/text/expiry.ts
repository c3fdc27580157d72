import type { ChatMessage } from "../types.ts";

/** What expired is gone without a trace; what somebody deleted leaves one. */
export const hasExpired = ({ expires_at: expires, deleted_at: deleted }: ChatMessage): boolean =>
  expires !== undefined && deleted !== undefined && deleted >= expires;
