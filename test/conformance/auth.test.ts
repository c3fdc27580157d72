import { describe, expect, test } from "vitest";
import { ROUTES } from "../../src/shared/protocol/http.ts";
import type { RouteName } from "../../src/shared/protocol/http.ts";
import { REFUSED, unsigned, goodClaims, tampered, verdict } from "../support/jwt.ts";
import { unique } from "../support/random.ts";
import { Rest } from "../support/rest.ts";
import { UpgradeRefused } from "../support/session.ts";
import { useServer } from "../support/target.ts";
import { tokenFor } from "../support/tokens.ts";
import { delay, until, within } from "../support/wait.ts";

const target = useServer();

const refusedUpgrade = async (options: Parameters<typeof target.open>[0]): Promise<UpgradeRefused> => {
  const outcome: unknown = await target.open(options).catch((error: unknown) => error);
  if (!(outcome instanceof UpgradeRefused)) throw new Error("the upgrade was accepted");
  return outcome;
};

describe("tokens", () => {
  test("[AUTH-11] without a token every call is 401 and the upgrade is answered 401", async () => {
    expect(await target.anonymous.refused("listConversations")).toMatchObject({ code: "unauthenticated" });
    expect(await target.anonymous.refused("sync")).toMatchObject({ code: "unauthenticated" });
    expect((await refusedUpgrade({ deviceId: "d" })).status).toBe(401);
  });

  const guarded = (Object.keys(ROUTES) as RouteName[]).filter((name) => !("open" in ROUTES[name]));
  test.each(guarded)("[AUTH-11] %s without a token is 401, whatever else is wrong with it", async (name) => {
    const params = {
      id: "c",
      uid: "u",
      message_id: "0".repeat(26),
      emoji: "x",
      token: "t",
      user_id: "u",
      media_id: "m",
    };
    const input = { params: { ...params, client_message_id: "x" } };
    expect(await target.anonymous.refused(name, input)).toMatchObject({ status: 401, code: "unauthenticated" });
  });

  test.each(["x", "a.b.c", "..", "Bearer", "ey.ey.ey"])("[AUTH-3] a token that is none (%j) is 401", async (token) => {
    expect(await verdict(target.base, token)).toEqual(REFUSED);
  });

  test("[AUTH-3] alg none, with and without a signature, is 401", async () => {
    expect(await verdict(target.base, unsigned(goodClaims()))).toEqual(REFUSED);
    expect(await verdict(target.base, unsigned(goodClaims(), "AAAA"))).toEqual(REFUSED);
  });

  test("[AUTH-3] claims changed under a good signature are 401", async () => {
    const ann = await target.person("ann");
    expect(await verdict(target.base, tampered(ann.token, { sub: unique("mallory") }))).toEqual(REFUSED);
  });

  test("[AUTH-4] a scheme other than Bearer is 401", async () => {
    const ann = await target.person("ann");
    for (const authorization of [ann.token, `Basic ${ann.token}`, "Bearer", "Bearer "]) {
      const { problem } = await new Rest(target.base).call("listConversations", { headers: { authorization } });
      expect(problem).toMatchObject({ status: 401, code: "unauthenticated" });
    }
  });

  test("[AUTH-5] the upgrade takes the token as a header or as a subprotocol and selects chat.v1", async () => {
    const ann = await target.person("ann");
    for (const via of ["header", "subprotocol"] as const) {
      const session = await ann.connect({ via });
      expect(await session.waitFor("welcome")).toMatchObject({ user_id: ann.userId, device_id: ann.deviceId });
      await session.close();
    }
  });

  test("[AUTH-5] a token in the URL is not looked at", async () => {
    const ann = await target.person("ann");
    for (const name of ["token", "access_token", "authorization", "bearer"]) {
      const query = { [name]: ann.token };
      expect((await refusedUpgrade({ deviceId: ann.deviceId, query })).status).toBe(401);
      expect(await target.anonymous.refused("listConversations", { query })).toMatchObject({ status: 401 });
    }
  });

  test("[AUTH-3] an expired token is 401", async () => {
    const token = await tokenFor(target.base, { userId: unique("brief"), deviceId: "d", expiresIn: 1 });
    const outcome = await until(
      "the token to expire",
      async () => {
        const seen = await verdict(target.base, token);
        return seen.rest === 401 ? seen : undefined;
      },
      6000,
      200,
    );
    expect(outcome).toEqual(REFUSED);
  });
});

describe("devices", () => {
  test("[WS-1] the device is the token's", async () => {
    const ann = await target.person("ann");
    const session = await ann.connect();
    expect(await session.waitFor("welcome")).toMatchObject({ device_id: ann.deviceId });
  });

  test("[WS-1] a token without a device takes the one of the address", async () => {
    const token = await tokenFor(target.base, { userId: unique("ann") });
    const session = await target.open({ token, deviceId: "the-tablet_2" });
    expect(await session.waitFor("welcome")).toMatchObject({ device_id: "the-tablet_2" });
  });

  test("[WS-1] no device at all, or a malformed one, is refused with 400", async () => {
    const token = await tokenFor(target.base, { userId: unique("ann") });
    expect((await refusedUpgrade({ token })).status).toBe(400);
    for (const deviceId of ["", "a b", "a/b", "x".repeat(65), "é"]) {
      expect((await refusedUpgrade({ token, deviceId })).status).toBe(400);
    }
  });
});

// A deployment that is given by its secret has no such sign-in.
describe.skipIf(process.env["PARLEY_AUTH_SECRET"] !== undefined)("the development sign-in", () => {
  test.each([
    {},
    { user_id: "" },
    { user_id: "a b" },
    { user_id: "x".repeat(65) },
    { user_id: "a/b" },
    { user_id: 7 },
    { user_id: "ok", device_id: "a:b" },
    { user_id: "ok", device_id: "d", expires_in: 0 },
    { user_id: "ok", device_id: "d", expires_in: "day" },
  ])("[AUTH-7] %j is refused", async (body) => {
    expect(await target.anonymous.refused("devToken", { body })).toMatchObject({ code: "bad_request", status: 400 });
  });

  test("[ID-1] every character that a user id may have is accepted", async () => {
    const userId = `Aa0_-.:${unique("z")}`;
    const ann = await target.person("ann", { userId });
    expect(await (await ann.connect()).waitFor("welcome")).toMatchObject({ user_id: userId });
  });
});

describe("expiry of a connection", () => {
  test("[AUTH-6] a connection whose token expires is closed with 4401", async () => {
    const ann = await target.person("ann", { expiresIn: 2 });
    const opened = Date.now();
    const session = await ann.connect();
    const { code } = await within(session.closed, 8000, "the close");
    expect(code).toBe(4401);
    expect(Date.now() - opened).toBeGreaterThan(500);
  });

  test("[AUTH-6] reauth with a fresh token answers welcome and keeps the connection open", async () => {
    const ann = await target.person("ann", { expiresIn: 2 });
    const session = await ann.connect();
    const fresh = await tokenFor(target.base, { userId: ann.userId, deviceId: ann.deviceId, expiresIn: 600 });
    const welcome = await session.ask("welcome", { type: "reauth", token: fresh });
    expect(welcome).toMatchObject({ user_id: ann.userId, device_id: ann.deviceId });
    // Nothing can be awaited for something that must not happen: this is the old token's whole life, and more.
    await delay(3500);
    await session.ping();
    expect(session.closedBy).toBeUndefined();
    expect(await session.ask("sync", { type: "sync", since: 0 })).toMatchObject({ more: false });
  });

  test("[AUTH-6] reauth with a bad token is an error and leaves the connection as it was", async () => {
    const ann = await target.person("ann");
    const session = await ann.connect();
    for (const token of ["nonsense", unsigned(goodClaims({ sub: ann.userId })), tampered(ann.token, { exp: 9e9 })]) {
      expect(await session.ask("error", { type: "reauth", token })).toMatchObject({ code: "unauthenticated" });
    }
    await session.ask("sync", { type: "sync", since: 0 });
  });

  test("[AUTH-6] reauth as somebody else is refused and changes nobody", async () => {
    const { ann, bob, id } = await target.pair();
    const mallory = await target.person("mallory");
    const session = await mallory.connect();
    const answer = await session.ask("error", { type: "reauth", token: ann.token });
    expect(["unauthenticated", "forbidden"]).toContain(answer.code);
    expect(await session.ask("error", { type: "log", conversation_id: id, after: 0 })).toMatchObject({
      code: "not_found",
    });
    expect(bob.userId).not.toBe(mallory.userId);
  });
});
