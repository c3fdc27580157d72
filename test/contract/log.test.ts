import { logGateway } from "../../src/platform/push/log-gateway.ts";
import { describeGateway } from "./push-gateway.ts";

const start = () => {
  const seen: unknown[] = [];
  return Promise.resolve({
    gateway: () => ({
      send: (...[job, token]: Parameters<typeof logGateway.send>) => {
        seen.push(job.note);
        return logGateway.send(job, token);
      },
    }),
    token: () => Promise.resolve(undefined),
    address: () => ({ kind: "fcm" as const, token: "t".repeat(64) }),
    received: () => seen.splice(0),
    fail: () => undefined,
    mistakes: () => [],
    stop: () => Promise.resolve(),
  });
};

describeGateway("the log", start, []);
