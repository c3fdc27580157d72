import { providerOf } from "../../../src/core/push/gateway.ts";
import type { PushJob } from "../../../src/core/push/job.ts";
import { providerTokens, pushGateway } from "../../../src/platform/push/gateways.ts";
import type { PushBindings } from "../../../src/rpc/bindings.ts";

/** Sends what it is posted, as the server's consumer would. */
export default {
  async fetch(request: Request, env: PushBindings): Promise<Response> {
    const job = (await request.json()) as PushJob;
    const made = await providerTokens(env).make(providerOf(job.address));
    return Response.json(await pushGateway(env).send(job, made?.token));
  },
};
