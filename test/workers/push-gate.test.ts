import { evictDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { gateObjects } from "../../src/platform/push-gate.ts";
import { LIMITS } from "../../src/shared/limits.ts";

const { PUSH_GATE } = bindings as unknown as { readonly PUSH_GATE: DurableObjectNamespace };
const gates = gateObjects(PUSH_GATE);

describe("the gate of a push service in its object", () => {
  it("answers with permits, each provider with its own", async () => {
    const provider = "webpush:push.example.com:8443";
    expect(await gates.getByName(provider).admit(LIMITS.pushBurst)).toMatchObject({ permits: LIMITS.pushBurst });
    const { permits, spreadMs } = await gates.getByName(provider).admit(LIMITS.pushBurst);
    expect(permits).toBeLessThan(LIMITS.pushBurst);
    expect(spreadMs).toBeGreaterThan(0);
    expect(await gates.getByName("webpush:other.example.com").admit(3)).toMatchObject({ permits: 3, waitMs: 0 });
  });

  it("is still closed in its next life", async () => {
    const gate = gates.getByName("fcm");
    expect(await gate.admit(1)).toMatchObject({ permits: 1 });
    expect(await gate.tell({ well: false, retryAfterMs: 30_000 })).toBe(true);
    await evictDurableObject(PUSH_GATE.get(PUSH_GATE.idFromName("fcm")));
    const { permits, waitMs } = await gates.getByName("fcm").admit(1);
    expect(permits).toBe(0);
    expect(waitMs).toBeGreaterThan(25_000);
  });
});
