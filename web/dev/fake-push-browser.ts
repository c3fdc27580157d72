import type { PushBrowser, WebAddress } from "../src/state/push-browser.ts";

const ADDRESS: WebAddress = { kind: "webpush", endpoint: "https://push.test/a", keys: { p256dh: "BP", auth: "au" } };

/** A browser that can be pushed to, in the state that one wants to look at: `off`, `on`, `blocked`, `no`, `install`, `other`. */
export const fakePushBrowser = (state: string, userId: string): PushBrowser => {
  let kept: Awaited<ReturnType<PushBrowser["read"]>>;
  let there = state === "on" || state === "other";
  const keep: PushBrowser["keep"] = async (subscribed) => {
    kept = subscribed;
  };
  if (there)
    kept = {
      userId: state === "other" ? "grace" : userId,
      deviceId: "fake",
      endpoint: ADDRESS.endpoint,
      key: "",
      token: "",
    };
  return {
    able: state === "no" || state === "install" ? state : "yes",
    permission: () => (state === "blocked" ? "denied" : there ? "granted" : "default"),
    ask: async () => "granted",
    address: async () => (there ? ADDRESS : undefined),
    subscribe: async () => {
      there = true;
      return ADDRESS;
    },
    unsubscribe: async () => {
      there = false;
    },
    shown: async () => [],
    read: async () => kept,
    keep,
    forget: async () => {
      kept = undefined;
    },
    tell: () => undefined,
    listen: () => () => undefined,
  };
};
