import { createDurable } from "itty-durable/itty-durable.js";
import { proxyDurable } from "itty-durable/proxy-durable.js";
import type { FetchedObjects, Objects } from "../rpc/bindings.ts";
import type { PushGateRpc } from "../rpc/push-rpc.ts";

/** What itty-durable's objects have, as far as it is used. */
interface IttyObject {
  readonly state: DurableObjectState;
  fetch(request: Request): Promise<Response>;
  /** Puts what the object's own properties hold, but for private ones, into its storage. */
  persist(): Promise<void>;
}

/**
 * The base of objects whose methods are called by `fetch`: arguments travel in a header, so they are numbers and short
 * ASCII texts. What was persisted is loaded before the first call. It is given no bindings: it
 * would take each for an object.
 */
export const IttyDurable = createDurable() as unknown as new (state: DurableObjectState) => IttyObject;

/** Gates by provider, reached as all objects are. A stub must not be awaited: it would be asked for its `then`. */
export const gateObjects = (namespace: FetchedObjects): Objects<PushGateRpc> => {
  const gates = proxyDurable(namespace, { parse: true });
  return { getByName: (provider) => gates.get(provider) as PushGateRpc };
};
