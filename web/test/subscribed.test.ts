import "fake-indexeddb/auto";
import { expect, test, vi } from "vitest";
import { addressIn, forgetSubscribed, keepSubscribed, readSubscribed } from "../sw/subscribed.ts";

const ANN = { userId: "ann", deviceId: "web-1", endpoint: "https://push.test/a", key: "BK", token: "t" };

test("what the service worker is left: one for the browser, until it is taken away", async () => {
  expect(await readSubscribed()).toBeUndefined();
  await keepSubscribed(ANN);
  await keepSubscribed({ ...ANN, userId: "ben" });
  expect(await readSubscribed()).toEqual({ ...ANN, userId: "ben" });
  await forgetSubscribed();
  expect(await readSubscribed()).toBeUndefined();
  await keepSubscribed({ ...ANN, token: 7 } as never);
  expect(await readSubscribed()).toBeUndefined();
});

test("a browser that gives no database has kept nothing", async () => {
  vi.stubGlobal("indexedDB", {
    open: () => {
      throw new DOMException("not in private windows", "SecurityError");
    },
  });
  try {
    expect(await readSubscribed()).toBeUndefined();
    await expect(keepSubscribed(ANN)).rejects.toThrow("not in private windows");
  } finally {
    vi.unstubAllGlobals();
  }
});

test("[PUSH-2] a subscription becomes an address, or nothing by halves", () => {
  const keys = { p256dh: "BP", auth: "au" };
  expect(addressIn({ endpoint: "https://push.test/a", keys, expirationTime: null })).toEqual({
    kind: "webpush",
    endpoint: "https://push.test/a",
    keys,
  });
  expect(() => addressIn({ endpoint: "https://push.test/a", keys: { p256dh: "BP" } })).toThrow("half");
});
