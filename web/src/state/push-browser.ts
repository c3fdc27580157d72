import { shownIn } from "../../sw/notification.ts";
import { addressIn, forgetSubscribed, keepSubscribed, readSubscribed, type Subscribed } from "../../sw/subscribed.ts";
import type { Able } from "./push-state.ts";

/** A subscription as the server takes it. */
export type WebAddress = ReturnType<typeof addressIn>;

/** A notification on the screen. */
export interface ShownOne {
  readonly userId: string;
  readonly conversationId: string | undefined;
  readonly seq: number;
  readonly close: () => void;
}

/** What the browser does of it. */
export interface PushBrowser {
  readonly able: Able;
  permission(): NotificationPermission;
  /** Asks the person; only in answer to a click. */
  ask(): Promise<NotificationPermission>;
  address(): Promise<WebAddress | undefined>;
  /** Subscribes with the server's key, anew if it was another one. */
  subscribe(key: string): Promise<WebAddress>;
  unsubscribe(): Promise<void>;
  shown(): Promise<readonly ShownOne[]>;
  /** What the service worker is left. */
  read(): Promise<Subscribed | undefined>;
  keep(subscribed: Subscribed): Promise<void>;
  forget(): Promise<void>;
  /** Every window that listens is told that something changed. */
  tell(): void;
  listen(heard: () => void): () => void;
}

/** Only Apple's phones and tablets have it. */
const onAppleHandheld = (): boolean => "standalone" in navigator;

const ableOf = (): Able => {
  if ("serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis) return "yes";
  return onAppleHandheld() && !matchMedia("(display-mode: standalone)").matches ? "install" : "no";
};

const base64url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** Without a service worker, as in development, there is nothing yet. */
const current = async (): Promise<PushSubscription | undefined> => {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? undefined;
};

const addressOf = (subscription: PushSubscription): WebAddress => addressIn(subscription.toJSON());

const subscribe = async (key: string): Promise<WebAddress> => {
  const before = await current();
  const madeBy = before?.options.applicationServerKey;
  // One that was made by another key is refused instead of exchanged.
  if (madeBy !== undefined && madeBy !== null && base64url(madeBy) !== key) await before?.unsubscribe();
  const { pushManager } = await navigator.serviceWorker.ready;
  return addressOf(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
};

const shown = async (): Promise<readonly ShownOne[]> => {
  const registration = await navigator.serviceWorker.getRegistration();
  return ((await registration?.getNotifications()) ?? []).flatMap((one) => {
    const known = shownIn(one.data);
    if (known === undefined) return [];
    const { user_id: userId, note } = known;
    return [{ userId, conversationId: note.conversation_id, seq: note.seq ?? 0, close: () => one.close() }];
  });
};

const CHANNEL = "parley-push";

const tell = (): void => {
  const channel = new BroadcastChannel(CHANNEL);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none: it is of this origin
  channel.postMessage("changed");
  channel.close();
};

const listen = (heard: () => void): (() => void) => {
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", heard);
  const life = new AbortController();
  const watch = async (): Promise<void> => {
    const status = await navigator.permissions.query({ name: "notifications" });
    // Whoever unblocks them in the browser's own settings sees at once that he did.
    status.addEventListener("change", heard, { signal: life.signal });
  };
  watch().catch(() => {
    // Not every browser tells: the next start sees it.
  });
  return () => {
    life.abort();
    channel.close();
  };
};

/** The browser that this runs in. */
export const thisBrowser = (): PushBrowser => {
  const able = ableOf();
  return {
    able,
    permission: () => (able === "yes" ? Notification.permission : "default"),
    ask: () => Notification.requestPermission(),
    address: async () => {
      const subscription = await current();
      return subscription && addressOf(subscription);
    },
    subscribe,
    unsubscribe: async () => void (await (await current())?.unsubscribe()),
    shown,
    read: readSubscribed,
    keep: keepSubscribed,
    forget: forgetSubscribed,
    tell,
    listen,
  };
};
