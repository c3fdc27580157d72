import { afterEach, describe, expect, it, vi } from "vitest";
import { pushGateway } from "../../src/platform/push/gateways.ts";
import { logGateway } from "../../src/platform/push/log-gateway.ts";
import { describeGateway, jobOf } from "./push-gateway.ts";

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

describe("a server whose notifications end in the log", () => {
  afterEach(() => vi.restoreAllMocks());

  it("writes a line for each, of any kind, and asks nobody", async () => {
    const lines: unknown[] = [];
    vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(JSON.parse(line)));
    const asked = vi.spyOn(globalThis, "fetch");
    const gateway = pushGateway({ PUSH_GATEWAY: "log" });
    const endpoint = "https://fcm.googleapis.com/fcm/send/secret";
    const webpush = { kind: "webpush", endpoint, keys: { p256dh: "p", auth: "a" } } as const;
    for (const address of [webpush, { kind: "apns", token: "secret" }, { kind: "fcm", token: "secret" }] as const)
      expect(await gateway.send(jobOf(address), undefined)).toEqual({ result: "taken" });
    const line = { event: "push_logged", type: "message", urgency: "high", ttlSeconds: 604_800, attempt: 0 };
    expect(lines).toEqual([
      { ...line, provider: "webpush:fcm.googleapis.com" },
      { ...line, provider: "apns" },
      { ...line, provider: "fcm" },
    ]);
    expect(asked).not.toHaveBeenCalled();
  });
});
