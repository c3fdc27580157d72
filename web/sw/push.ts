/** What comes by push, while the app is closed and while it is open. */
import type { PushNote } from "@parley/client";
import { readNote } from "./note.ts";
import { addressOf, notificationOf, shownIn, something, tagOf, type Drawn } from "./notification.ts";
import { addressIn, keepSubscribed, readSubscribed } from "./subscribed.ts";
import { answerOf, whichSays } from "./windows.ts";

declare const self: ServiceWorkerGlobalScope;

const windows = (): Promise<readonly WindowClient[]> =>
  self.clients.matchAll({ type: "window", includeUncontrolled: true });

const show = ({ title, options }: Drawn): Promise<void> => self.registration.showNotification(title, options);

/** What is on the screen of a conversation. */
const shownOf = async (conversationId: string): Promise<readonly Notification[]> =>
  await self.registration.getNotifications({ tag: tagOf(conversationId) });

/** While a window is open the number on the app's icon is that window's business, and newer. */
const badge = async (count: number): Promise<void> => {
  if (!("setAppBadge" in navigator) || (await windows()).length > 0) return;
  try {
    await (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge());
  } catch {
    // Not installed, or not allowed.
  }
};

/** It was read elsewhere: what tells of no more than that is taken away. */
const closeRead = async (conversationId: string, upTo: number): Promise<void> => {
  for (const one of await shownOf(conversationId)) if ((shownIn(one.data)?.note.seq ?? 0) <= upTo) one.close();
};

const isWatched = async (userId: string, conversationId: string): Promise<boolean> => {
  const focused = (await windows()).filter((window) => window.focused);
  return (await whichSays(focused, { ask: "watched", userId, conversationId })) !== undefined;
};

const tell = async (note: PushNote, userId: string): Promise<void> => {
  const { conversation_id: id } = note;
  if (note.type === "read") {
    await closeRead(id ?? "", note.seq ?? 0);
    return;
  }
  if (id !== undefined && (await isWatched(userId, id))) return;
  const before = id === undefined ? [] : (await shownOf(id)).flatMap(({ data }) => shownIn(data)?.note ?? []);
  await show(notificationOf(note, userId, before));
};

const handle = async (json: string): Promise<void> => {
  const [note, subscribed] = [readNote(json), await readSubscribed()];
  // Nobody is signed in, and the push service has not noticed yet: names are nobody's business.
  if (note === undefined || subscribed === undefined) {
    await show(something());
    return;
  }
  await tell(note, subscribed.userId);
  await badge(note.badge);
};

let line = Promise.resolve();

/** Something was pushed. One after the other: two at once would not see what the other one shows. */
export const pushed = (json: string): Promise<void> => {
  const done = line.then(() => handle(json));
  line = done.catch(() => undefined);
  return done;
};

/** A notification was clicked: to where it leads, in a window that is there or in a new one. */
export const clicked = async (notification: Notification): Promise<void> => {
  notification.close();
  const shown = shownIn(notification.data);
  const open = await windows();
  const own = shown === undefined ? open[0] : await whichSays(open, { ask: "whose", userId: shown.user_id });
  if (own === undefined) {
    await self.clients.openWindow(addressOf(shown));
    return;
  }
  const conversationId = shown?.note.conversation_id;
  if (shown !== undefined && conversationId !== undefined) {
    await answerOf(own, { ask: "open", userId: shown.user_id, conversationId });
  }
  await own.focus();
};

/**
 * The push service changed the address. Whatever goes wrong here (no network, a token that has expired), the page finds
 * when it is next opened that the server was told of another one, and repairs it.
 */
export const resubscribed = async (given: PushSubscription | null | undefined): Promise<void> => {
  const before = await readSubscribed();
  if (before === undefined) return;
  const subscription =
    given ??
    (await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: before.key }));
  const answer = await fetch(`/api/v1/devices/${encodeURIComponent(before.deviceId)}/push`, {
    method: "PUT",
    headers: { authorization: `Bearer ${before.token}`, "content-type": "application/json" },
    body: JSON.stringify(addressIn(subscription.toJSON())),
  });
  if (answer.ok) await keepSubscribed({ ...before, endpoint: subscription.endpoint });
};
