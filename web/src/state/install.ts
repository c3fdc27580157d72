import { createSignal, type Signal } from "./signal.ts";

/** As Chromium has it; other browsers install from a menu of their own. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

const isPrompt = (event: Event): event is InstallPrompt => "prompt" in event && typeof event.prompt === "function";

/** The browser's offer to install the app, while there is one. */
export const installOffer: Signal<InstallPrompt | undefined> = createSignal<InstallPrompt | undefined>(undefined);

addEventListener("beforeinstallprompt", (event) => {
  // Not by a banner over the messages: by an entry of the settings.
  event.preventDefault();
  if (isPrompt(event)) installOffer.set(event);
});
addEventListener("appinstalled", () => installOffer.set(undefined));

/** An offer holds for one question. */
export const install = (): void => {
  const offer = installOffer.value;
  installOffer.set(undefined);
  offer?.prompt().catch(() => {
    // Declined, or taken back by the browser, which offers it again when it thinks fit.
  });
};
