import { providerOf } from "../../core/push/gateway.ts";
import type { PushGateway } from "../../core/push/gateway.ts";
import { log } from "../telemetry.ts";

/** For development: nothing leaves the machine, and the log says that something would have. */
export const logGateway: PushGateway = {
  send(job) {
    const { note, urgency, ttlSeconds, attempt } = job;
    log({ event: "push_logged", provider: providerOf(job.address), type: note.type, urgency, ttlSeconds, attempt });
    return Promise.resolve({ result: "taken" });
  },
};
