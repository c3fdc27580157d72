/**
 * Lets the app start at once and without a network. It knows the app's files and nothing of conversations: those are
 * in the client's own store. And it shows what comes by push.
 */
import { clicked, pushed, resubscribed } from "./push.ts";
import { dropOldShells, keepShell, shellAnswer } from "./shell.ts";

declare const self: ServiceWorkerGlobalScope;

/** Pages of this app that are open, other than the one that is just being opened. */
const openPages = async (): Promise<number> =>
  (await self.clients.matchAll({ type: "window", includeUncontrolled: true })).length;

const sweep = async (): Promise<void> => {
  if ((await openPages()) === 0) await dropOldShells();
};

self.addEventListener("install", (event) => event.waitUntil(keepShell()));
self.addEventListener("activate", (event) => event.waitUntil(sweep()));

self.addEventListener("fetch", (event) => {
  const answer = shellAnswer(event.request);
  if (answer === undefined) return;
  event.respondWith(answer);
  if (event.request.mode === "navigate") event.waitUntil(sweep());
});

// A new version waits until all pages of the old one are gone, or until somebody asks for it.
self.addEventListener("message", (event) => {
  if (event.data === "activate") event.waitUntil(self.skipWaiting());
});

self.addEventListener("push", (event) => event.waitUntil(pushed(event.data?.text() ?? "")));
self.addEventListener("notificationclick", (event) => event.waitUntil(clicked(event.notification)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(resubscribed(event.newSubscription)));
