import { useEffect } from "preact/hooks";
import { strings } from "../strings.ts";
import { unreadCount } from "../text/muting.ts";
import { useChat, useClientEvents } from "./client-context.ts";

/** The number on the icon of the installed app. Not every browser has one. */
const badge = (count: number): void => {
  if (!("setAppBadge" in navigator)) return;
  const shown = count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge();
  shown.catch(() => {
    // Not installed, or not allowed.
  });
};

/** The window's title and the app's icon count what is unread, on whichever device it was read last. */
export const useUnreadCount = (): void => {
  const { client } = useChat();
  useClientEvents(["conversations"]);
  const unread = unreadCount(client.conversations(), Date.now());
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${strings.app}` : strings.app;
    badge(unread);
  }, [unread]);
  // Whoever signs out leaves no number behind.
  useEffect(() => () => badge(0), []);
};
