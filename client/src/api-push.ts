import type { PushAddress, PushOffer } from "./answers.ts";

/** Notifications for whoever is away (docs/protocol.md §8). Refusals are `ParleyError`s. */
export interface PushCalls {
  /** What the server can push by. In a browser: `webpush.public_key` is what `PushManager.subscribe` takes. */
  pushOffer(): Promise<PushOffer>;
  /**
   * Registers where a push service reaches this device, in place of what it had. A device has one address and an address
   * one device: whoever had this one before, on the same machine perhaps, is notified there of nothing more by the time
   * that this resolves. `unsupported`: not a kind of `pushOffer()`; `bad_request`: no address of that kind.
   */
  registerPush(address: PushAddress): Promise<void>;
  /** Withdraws it. Nothing happens when there is none. */
  withdrawPush(): Promise<void>;
  /** Has a test notification sent to this device: it is on its way when this resolves. `not_found`: it has no address. */
  testPush(): Promise<void>;
}
