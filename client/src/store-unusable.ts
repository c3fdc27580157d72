import type { StopReason } from "./api.ts";
import { ParleyError } from "./parley-error.ts";

/** A store that this client must not use any more. `reason`: why the client stops. */
export class StoreUnusable extends ParleyError {
  readonly reason: Extract<StopReason, "outdated" | "replaced">;

  constructor(reason: StoreUnusable["reason"]) {
    super(
      "conflict",
      `unable to use the store; ${reason === "outdated" ? "it is of a newer version" : "it was taken over"}`,
    );
    this.reason = reason;
  }
}
