import type { PushOffer } from "./answers.ts";
import type { PushCalls } from "./api-push.ts";
import { ParleyError } from "./parley-error.ts";
import type { Parts } from "./parts.ts";

/** Calls about notifications as an app has them, made of the client's parts. */
export const pushCalls = ({ rest, start, deviceId }: Parts): PushCalls => {
  const call = async (method: "PUT" | "DELETE" | "POST", more: "" | "/test", body?: unknown): Promise<void> => {
    // Which device this is may be in the store alone.
    await start();
    const id = deviceId();
    if (id === undefined)
      throw new ParleyError("bad_request", "unable to tell which device this is; it never connected");
    await rest.call<undefined>({ method, path: `/devices/${encodeURIComponent(id)}/push${more}`, body });
  };
  return {
    pushOffer: () => rest.call<PushOffer>({ method: "GET", path: "/push" }),
    registerPush: (address) => call("PUT", "", address),
    withdrawPush: () => call("DELETE", ""),
    testPush: () => call("POST", "/test"),
  };
};
