import type { Presence } from "@parley/client";
import { useEffect } from "preact/hooks";
import { useChat, useClientEvents } from "./client-context.ts";

/** Follows who of them is there, while they are on the screen. */
export const useWatched = (userIds: readonly string[]): void => {
  const { client } = useChat();
  useEffect(() => (userIds.length === 0 ? undefined : client.watchPresence(userIds)), [client, userIds.join(" ")]);
};

/** Whether somebody who is followed is there. Nothing where they keep it to themselves. */
export const usePresence = (userId: string | undefined): Presence | undefined => {
  const { client } = useChat();
  useClientEvents(["presence"]);
  return userId === undefined ? undefined : client.presence(userId);
};
