import { generateKeyPair } from "jose";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startServer } from "../../scripts/server.ts";
import { ACCEPTED, goodClaims, REFUSED, signed, verdict } from "../support/jwt.ts";
import { describeOwn, isRemote, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";

const SECRET = "a-secret-of-the-tests-that-is-long-enough-for-hs256";
const key = new TextEncoder().encode(SECRET);
const now = (): number => Math.floor(Date.now() / 1000);

describeOwn("a server with a secret, an issuer and an audience", () => {
  const target = useServer({
    env: { AUTH_MODE: "jwt", AUTH_SECRET: SECRET, AUTH_ISSUER: "https://id.example.org", AUTH_AUDIENCE: "parley" },
  });
  const claims = (changes: Parameters<typeof goodClaims>[0] = {}): ReturnType<typeof goodClaims> =>
    goodClaims({ iss: "https://id.example.org", aud: "parley", ...changes });
  const judge = async (changes: Parameters<typeof goodClaims>[0]): Promise<{ rest: number; upgrade: number }> =>
    await verdict(target.base, await signed(claims(changes), key));

  test("[AUTH-2] a token with everything in order is accepted", async () => {
    expect(await judge({})).toEqual(ACCEPTED);
    expect(await judge({ aud: ["other", "parley"] })).toEqual(ACCEPTED);
    expect(await judge({ nbf: now() - 60 })).toEqual(ACCEPTED);
  });

  test.each([
    ["of another issuer", { iss: "https://evil.example.org" }],
    ["without an issuer", { iss: undefined }],
    ["for another audience", { aud: "somebody-else" }],
    ["for no audience", { aud: undefined }],
    ["without an expiry", { exp: undefined }],
    ["without a subject", { sub: undefined }],
    ["with a subject that is no user id", { sub: "a b" }],
    ["with an empty subject", { sub: "" }],
    ["with a device that is no device id", { device_id: "a b" }],
    ["expired", { exp: now() - 120 }],
    ["not yet valid", { nbf: now() + 600 }],
  ])("[AUTH-3] a token %s is 401", async (_what, changes) => {
    expect(await judge(changes)).toEqual(REFUSED);
  });

  test("[AUTH-3] a token by another key is 401", async () => {
    const other = new TextEncoder().encode(`${SECRET}!`);
    expect(await verdict(target.base, await signed(claims(), other))).toEqual(REFUSED);
  });

  test("[AUTH-3] a token by an algorithm that was not set up is 401", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    expect(await verdict(target.base, await signed(claims(), privateKey, "ES256"))).toEqual(REFUSED);
  });

  test("[AUTH-7] there is no development sign-in", async () => {
    const { status } = await target.anonymous.call("devToken", { body: { user_id: "ann", device_id: "d" } });
    expect([403, 404, 501]).toContain(status);
  });

  test("[AUTH-6] a connection is closed with 4401 when its token expires", async () => {
    const session = await target.open({ token: await signed(claims({ exp: now() + 2 }), key) });
    await session.waitFor("welcome");
    const closed = await until("the close", () => session.closedBy, 8000);
    expect(closed.code).toBe(4401);
  });
});

describe.skipIf(isRemote)("production", () => {
  test.each([
    ["in development mode", { AUTH_MODE: "dev" }],
    ["without any authentication set up", {}],
    ["with a short secret", { AUTH_MODE: "jwt", AUTH_SECRET: "short" }],
  ])("[AUTH-7] a production server does not start %s", async (_what, env) => {
    const dataDir = await mkdtemp(join(tmpdir(), "parley-production-"));
    try {
      const outcome = await startServer({ dataDir, log: "quiet", env: { ENVIRONMENT: "production", ...env } }).then(
        async (server) => {
          await server.kill();
          return "started";
        },
        () => "refused",
      );
      expect(outcome).toBe("refused");
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
