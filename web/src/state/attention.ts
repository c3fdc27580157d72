import type { ParleyClient } from "@parley/client";
import { createSignal, type Signal } from "./signal.ts";

const looking = (): boolean => document.visibilityState === "visible" && document.hasFocus();

/** Whether somebody looks at this window: only then is anything read. */
export const attention: Signal<boolean> = createSignal(looking());

const update = (): void => attention.set(looking());
addEventListener("focus", update);
addEventListener("blur", update);
document.addEventListener("visibilitychange", update);

/** Tells the client whether the app is in use, until the returned function is called. */
export const followAttention = (client: ParleyClient): (() => void) => {
  client.setActive(attention.value);
  return attention.on(() => client.setActive(attention.value));
};
