import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { PushGateObject } from "../../src/objects/push-gate/push-gate-object.ts";
import { gateObjects } from "../../src/platform/push-gate.ts";
import type { FetchedObjects, PushBindings } from "../../src/rpc/bindings.ts";
import type { PushGateRpc } from "../../src/rpc/push-rpc.ts";
import { LIMITS } from "../../src/shared/limits.ts";

const env = bindings as unknown as PushBindings & { readonly PUSH_GATE: DurableObjectNamespace };
const gates = gateObjects(env.PUSH_GATE);
const stubOf = (provider: string): DurableObjectStub => env.PUSH_GATE.get(env.PUSH_GATE.idFromName(provider));

/** The gate of a server with other settings than that of the tests, in the place of the one that has this name. */
const gateWith = <T>(provider: string, settings: PushBindings, work: (gate: PushGateRpc) => Promise<T>): Promise<T> =>
  runInDurableObject(stubOf(provider), (_instance, state) => {
    const gate = new PushGateObject(state, { ...env, ...settings });
    // Reached as others reach it: by itty-durable's requests.
    const namespace: FetchedObjects & Record<"get", unknown> = {
      idFromName: (name) => name,
      get: () => ({ fetch: (request: Request) => gate.fetch(request) }),
    };
    return work(gateObjects(namespace).getByName(provider));
  });

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
    await evictDurableObject(stubOf("fcm"));
    const { permits, waitMs } = await gates.getByName("fcm").admit(1);
    expect(permits).toBe(0);
    expect(waitMs).toBeGreaterThan(LIMITS.pushRetryMs / 2);
  });

  it("has one token for all, also in its next life, until the service does not like it", async () => {
    const provider = "webpush:fcm.googleapis.com";
    const services = { PUSH_GATEWAY: "services" };
    const first = await gateWith(provider, services, async (gate) => {
      const all = await Promise.all([gate.admit(1), gate.admit(2), gate.admit(3)]);
      expect(new Set(all.map(({ token }) => token)).size).toBe(1);
      return all[0];
    });
    expect(first.token?.split(".")).toHaveLength(3);
    await evictDurableObject(stubOf(provider));
    const second = await gateWith(provider, services, (gate) => gate.admit(1));
    expect(second).toMatchObject({ token: first.token, madeAt: first.madeAt });
    const third = await gateWith(provider, services, async (gate) => {
      await gate.tell({ well: true, badToken: first.madeAt ?? 0 });
      return gate.admit(1);
    });
    expect(third.madeAt).toBeGreaterThan(first.madeAt ?? 0);
    expect(third.token).not.toBe(first.token);
  });

  it("takes its rate from the settings, and the usual one for what is none", async () => {
    const few = await gateWith("webpush:few.example.com", { PUSH_BURST: "3", PUSH_RATE: "0.5" }, (gate) =>
      gate.admit(5),
    );
    expect(few).toMatchObject({ permits: 3, waitMs: 0, spreadMs: 4000 });
    for (const [name, bad] of ["many", "0", "-1", ""].entries()) {
      const settings = { PUSH_BURST: bad, PUSH_RATE: bad };
      const { permits } = await gateWith(`webpush:bad-${name}.example.com`, settings, (gate) => gate.admit(10));
      expect(permits).toBe(10);
    }
  });
});
