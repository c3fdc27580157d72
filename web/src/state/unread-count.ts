import { useEffect, useState } from "preact/hooks";
import { strings } from "../strings.ts";
import { quietEnds, unreadCount } from "../text/muting.ts";
import { useChat, useClientEvents } from "./client-context.ts";

/** What a timer can hold. */
const LONGEST_WAIT_MS = 2_147_483_647;

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
  const [, setPassed] = useState(0);
  const now = Date.now();
  const unread = unreadCount(client.conversations(), now);
  const ends = quietEnds(client.conversations(), now);
  useEffect(() => {
    if (ends === undefined) return undefined;
    const timer = setTimeout(() => setPassed((before) => before + 1), Math.min(ends - Date.now(), LONGEST_WAIT_MS));
    return () => clearTimeout(timer);
  }, [ends]);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${strings.app}` : strings.app;
    badge(unread);
  }, [unread]);
  // Whoever signs out leaves no number behind.
  useEffect(() => () => badge(0), []);
};
