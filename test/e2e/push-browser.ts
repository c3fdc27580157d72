import type { BrowserContext, CDPSession, Page, Worker } from "playwright-core";
import { until } from "../support/wait.ts";
import type { ChatWindow } from "./chat-window.ts";

/** What `PushManager.subscribe` gives a page, as JSON. */
export interface Subscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** A notification that the browser shows. */
export interface ShownOne {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
}

/** What is used of a service worker's world: its types and a page's cannot be had in one project. */
interface WorkerScope {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: object;
  readonly NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
  readonly ExtendableEvent: new (type: string) => Event;
  readonly WindowClient: { readonly prototype: object };
  dispatchEvent(event: Event): boolean;
}

/** What a test left in the service worker to see what it does. */
interface Spies {
  badges: number[];
  opened: string[];
  focused: number;
}

/** The stand-in itself: runs in the page, before anything of the app does. */
const standIn = (): void => {
  const KEPT = "test.push-subscription";
  const binding = globalThis as unknown as { makeSubscription: (key: string) => Promise<Subscription> };
  const bytesOf = (text: string): ArrayBuffer => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0)).buffer;
  };
  const made = (kept: string): PushSubscription => {
    const { endpoint, keys, key } = JSON.parse(kept) as Subscription & { key: string };
    return {
      endpoint,
      expirationTime: null,
      options: { userVisibleOnly: true, applicationServerKey: bytesOf(key) },
      getKey: (name: "p256dh" | "auth") => bytesOf(keys[name]),
      toJSON: () => ({ endpoint, expirationTime: null, keys }),
      unsubscribe: async () => {
        localStorage.removeItem(KEPT);
        return true;
      },
    };
  };
  PushManager.prototype.getSubscription = async () => {
    const kept = localStorage.getItem(KEPT);
    return kept === null ? null : made(kept);
  };
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey: key } = {}) => {
    if (userVisibleOnly !== true || Notification.permission !== "granted")
      throw new DOMException("Registration failed - permission denied", "NotAllowedError");
    if (typeof key !== "string" || new Uint8Array(bytesOf(key)).length !== 65)
      throw new DOMException("The provided applicationServerKey is not valid.", "InvalidAccessError");
    const before = localStorage.getItem(KEPT);
    if (before !== null && (JSON.parse(before) as { key: string }).key !== key)
      throw new DOMException("There is one with a different applicationServerKey.", "InvalidStateError");
    const kept = before ?? JSON.stringify({ ...(await binding.makeSubscription(key)), key });
    localStorage.setItem(KEPT, kept);
    return made(kept);
  };
};

/**
 * A browser profile that is pushed to. Headless Chromium reaches no push service, so subscribing is played by a stand-in,
 * in all windows of the profile as the browser would; what was pushed is handed to the real service worker by DevTools.
 */
export class PushBrowser {
  readonly context: BrowserContext;
  readonly #origin: string;
  /** A page that is not the app's: what is delivered while no window of the app is open goes by it. */
  #outside: Page | undefined;
  #devTools: CDPSession | undefined;
  #registration: string | undefined;

  private constructor(context: BrowserContext, origin: string) {
    this.context = context;
    this.#origin = origin;
  }

  /** `permission`: what the person said, or is going to say when asked. */
  static async over(
    context: BrowserContext,
    origin: string,
    subscribe: (serverKey: string) => Subscription,
    permission: "granted" | "denied" = "granted",
  ): Promise<PushBrowser> {
    await context.grantPermissions(permission === "granted" ? ["notifications"] : [], { origin });
    await context.exposeFunction("makeSubscription", subscribe);
    await context.addInitScript(standIn);
    return new PushBrowser(context, origin);
  }

  /** The service worker, which may have been started anew meanwhile. */
  async worker(): Promise<Worker> {
    return await until("a service worker", () => this.context.serviceWorkers().at(-1));
  }

  /** What the push service brings. */
  async deliver(payload: object | string): Promise<void> {
    if (this.#devTools === undefined) {
      this.#outside = await this.context.newPage();
      this.#devTools = await this.context.newCDPSession(this.#outside);
      this.#devTools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const ours = registrations.find((one) => one.scopeURL.startsWith(this.#origin) && !one.isDeleted);
        if (ours !== undefined) this.#registration = ours.registrationId;
      });
      await this.#devTools.send("ServiceWorker.enable");
    }
    const registrationId = await until("the registration", () => this.#registration);
    const data = typeof payload === "string" ? payload : JSON.stringify(payload);
    await this.#devTools.send("ServiceWorker.deliverPushMessage", { origin: this.#origin, registrationId, data });
  }

  async shown(): Promise<readonly ShownOne[]> {
    const worker = await this.worker();
    return await worker.evaluate(async () => {
      const { registration } = globalThis as unknown as WorkerScope;
      const all = await registration.getNotifications();
      return all.map(({ title, body, tag }) => ({ title, body, tag }));
    });
  }

  /** Waits until exactly these are shown: "title: body" each. */
  async shows(...wanted: readonly string[]): Promise<void> {
    let seen: readonly string[] = [];
    const words = [...wanted].toSorted().join("\n");
    await until(
      `notifications ${JSON.stringify(wanted)}`,
      async () => {
        seen = (await this.shown()).map(({ title, body }) => `${title}: ${body}`);
        return seen.toSorted().join("\n") === words;
      },
      10_000,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; shown: ${JSON.stringify(seen)}`);
    });
  }

  /** Whether the browser lets a service worker do this hangs on a real click, which nobody here can make: it is noted. */
  async spy(): Promise<void> {
    const worker = await this.worker();
    await worker.evaluate(() => {
      const spies: Spies = { badges: [], opened: [], focused: 0 };
      const scope = globalThis as unknown as WorkerScope;
      Object.assign(scope, { spies });
      Object.assign(navigator, {
        setAppBadge: async (count: number) => void spies.badges.push(count),
        clearAppBadge: async () => void spies.badges.push(0),
      });
      Object.assign(scope.clients, {
        openWindow: async (url: string) => {
          spies.opened.push(url);
          return null;
        },
      });
      Object.assign(scope.WindowClient.prototype, { focus: async () => void spies.focused++ });
    });
  }

  async spies(): Promise<Spies> {
    const worker = await this.worker();
    return await worker.evaluate(() => (globalThis as unknown as { spies: Spies }).spies);
  }

  /** Clicks the notification with that title: DevTools cannot click what the system draws, so the worker is told of a click. */
  async click(title: string): Promise<void> {
    const worker = await this.worker();
    await worker.evaluate(async (wanted) => {
      const scope = globalThis as unknown as WorkerScope;
      const notification = (await scope.registration.getNotifications()).find((one) => one.title === wanted);
      if (notification === undefined) throw new Error(`no notification ${wanted}`);
      scope.dispatchEvent(new scope.NotificationEvent("notificationclick", { notification }));
    }, title);
  }

  /** The push service gives the browser another address. */
  async resubscribe(subscription: Subscription): Promise<void> {
    const worker = await this.worker();
    await worker.evaluate(({ endpoint, keys }) => {
      const newSubscription = { endpoint, toJSON: () => ({ endpoint, keys }) };
      const scope = globalThis as unknown as WorkerScope;
      scope.dispatchEvent(Object.assign(new scope.ExtendableEvent("pushsubscriptionchange"), { newSubscription }));
    }, subscription);
  }

  /** What the service worker was left. */
  async kept(): Promise<{ readonly userId: string; readonly endpoint: string } | undefined> {
    const worker = await this.worker();
    return await worker.evaluate(
      () =>
        new Promise<{ userId: string; endpoint: string } | undefined>((resolve, reject) => {
          const opening = indexedDB.open("parley-push");
          opening.addEventListener("error", () => reject(new Error("no database")));
          opening.addEventListener("success", () => {
            const asked = opening.result.transaction("subscribed").objectStore("subscribed").get("browser");
            asked.addEventListener("success", () => {
              opening.result.close();
              resolve(asked.result as { userId: string; endpoint: string } | undefined);
            });
          });
        }),
    );
  }

  /** The endpoint of the profile's subscription, as a window of it knows it. */
  async endpoint(window: ChatWindow): Promise<string | undefined> {
    return await window.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.pushManager.getSubscription())?.endpoint;
    });
  }
}
