import { createSignal, type Signal } from "./signal.ts";

/** Whether a newer version of the app is ready: a reload brings it. */
export const updateReady: Signal<boolean> = createSignal(false);

/** A tab may stay open for weeks: it asks for a new version whenever somebody comes back to it, this often at most. */
const ASK_EVERY_MS = 3_600_000;

let registration: ServiceWorkerRegistration | undefined;

const watchForNew = (known: ServiceWorkerRegistration): void => {
  const look = (): void => {
    // The first version ever waits for nobody.
    if (known.waiting !== null && navigator.serviceWorker.controller !== null) updateReady.set(true);
  };
  look();
  known.addEventListener("updatefound", () => known.installing?.addEventListener("statechange", look));
  let askedAt = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || Date.now() - askedAt < ASK_EVERY_MS) return;
    askedAt = Date.now();
    known.update().catch(() => {
      // No network, or the server is down: there is a next time.
    });
  });
};

/** Lets the app start without a network from now on. */
export const keepForOffline = async (): Promise<void> => {
  // Browsers offer it to secure pages only.
  if (!("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  const controlled = serviceWorker.controller !== null;
  // Another tab took the new version: this one goes on with what it has until it is reloaded, too.
  serviceWorker.addEventListener("controllerchange", () => {
    if (controlled) updateReady.set(true);
  });
  registration = await serviceWorker.register("/sw.js", { updateViaCache: "none" });
  watchForNew(registration);
};

/** Goes on in the new version. */
export const reloadIntoUpdate = (): void => {
  const waiting = registration?.waiting;
  if (waiting === undefined || waiting === null) {
    location.reload();
    return;
  }
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window: it is of this origin
  waiting.postMessage("activate");
};
