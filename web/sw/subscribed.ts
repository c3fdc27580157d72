/**
 * For whom the push service knows this browser. A browser has one subscription, whoever is signed in in its windows, so
 * there is one of these: whoever turned notifications on last.
 */
export interface Subscribed {
  readonly userId: string;
  readonly deviceId: string;
  /** Where the push service reaches this browser, as the server was told last. */
  readonly endpoint: string;
  /** The server's public key, by which the subscription was made. */
  readonly key: string;
  /** What the service worker proves itself with when the push service changes the endpoint while no page is open. */
  readonly token: string;
}

// Of pages and the service worker: that is why it is not in `localStorage`, which a worker does not have.
const DATABASE = "parley-push";
const STORE = "subscribed";
const KEY = "browser";

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("the database failed")));
  });

const inStore = async <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
  const opening = indexedDB.open(DATABASE, 1);
  opening.addEventListener("upgradeneeded", () => void opening.result.createObjectStore(STORE));
  const database = await settled(opening);
  try {
    return await settled(work(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
};

const isSubscribed = (value: unknown): value is Subscribed =>
  typeof value === "object" &&
  value !== null &&
  ["userId", "deviceId", "endpoint", "key", "token"].every(
    (name) => typeof (value as Record<string, unknown>)[name] === "string",
  );

export const readSubscribed = async (): Promise<Subscribed | undefined> => {
  try {
    const kept: unknown = await inStore("readonly", (store) => store.get(KEY));
    return isSubscribed(kept) ? kept : undefined;
  } catch {
    // A browser that gives no database: as if nobody had turned notifications on.
    return undefined;
  }
};

export const keepSubscribed = async (subscribed: Subscribed): Promise<void> => {
  await inStore("readwrite", (store) => store.put(subscribed, KEY));
};

export const forgetSubscribed = async (): Promise<void> => {
  await inStore("readwrite", (store) => store.delete(KEY));
};

/** A subscription as the server is told of it. */
export const addressIn = ({ endpoint, keys }: PushSubscriptionJSON) => {
  const { p256dh, auth } = keys ?? {};
  if (endpoint === undefined || p256dh === undefined || auth === undefined) throw new Error("half a subscription");
  return { kind: "webpush", endpoint, keys: { p256dh, auth } } as const;
};
