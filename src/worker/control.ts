import { WorkerEntrypoint } from "cloudflare:workers";
import { connected, LEFT } from "../platform/connected.ts";
import { log, reasonOf } from "../platform/telemetry.ts";
import type { EdgeBindings } from "../rpc/bindings.ts";
import { LIMITS } from "../shared/limits.ts";

/**
 * What the operator of a machine may ask of the server on it. Bound to a socket that only its supervisor reaches
 * (scripts/workerd-config.ts), and to nothing at Cloudflare, where nobody stops a server.
 */
export class Control extends WorkerEntrypoint<EdgeBindings> {
  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST" || pathname !== "/leave") return new Response(null, { status: 404 });
    await this.#leave();
    return new Response(null, { status: 204 });
  }

  /** Every device is told to come back later. Those whose objects sleep are woken for it, some at a time. */
  async #leave(): Promise<void> {
    const users = connected.leave();
    const work = async (): Promise<void> => {
      for (const user of users) {
        try {
          await this.env.USER.getByName(user).leave();
        } catch (error) {
          // Who was told ends at once: thousands who are awake together would have more files open than one may.
          if (reasonOf(error).endsWith(LEFT)) continue;
          log({ event: "object_failed", object: "user", call: "leave", reason: reasonOf(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: LIMITS.leavesParallel }, work));
  }
}
