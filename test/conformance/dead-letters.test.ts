import { describe, expect, test } from "vitest";
import type { RouteName } from "../../src/shared/protocol/http.ts";
import type { CallInput } from "../support/rest.ts";
import { describeOwn, useServer } from "../support/target.ts";

const target = useServer();

const calls: [RouteName, CallInput][] = [
  ["adminDeadLetters", {}],
  ["adminReplayDeadLetters", { body: {} }],
  ["adminDropDeadLetters", {}],
];

describe("[ADM-1] notifications that were given up are for operators", () => {
  test.each(calls)("%s is refused without the scope, and without a token", async (name, input) => {
    const ann = await target.person("ann", { scope: "chat" });
    const given = { ...input, params: { kind: "webpush" } };
    expect(await ann.rest.refused(name, given)).toMatchObject({ status: 403, code: "forbidden" });
    expect(await target.anonymous.refused(name, given)).toMatchObject({ status: 401, code: "unauthenticated" });
  });

  test.each(calls)("%s knows the kinds of the contract only", async (name, input) => {
    const admin = await target.person("admin", { scope: "admin" });
    const refused = await admin.rest.refused(name, { ...input, params: { kind: "pager" } });
    expect(["bad_request", "not_found"]).toContain(refused.code);
  });

  test("a cursor of another list, and more names than one call does, are refused", async () => {
    const admin = await target.person("admin", { scope: "admin" });
    const params = { kind: "fcm" };
    const cursor = await admin.rest.refused("adminDeadLetters", { params, query: { cursor: "m1." } });
    expect(cursor.code).toBe("bad_request");
    const ids = Array.from({ length: 201 }, (_, index) => `letter-${index}`);
    const many = await admin.rest.refused("adminReplayDeadLetters", { params, body: { ids } });
    expect(many.code).toBe("bad_request");
  });
});

describeOwn("[ADM-1] a list on which there is nothing", () => {
  test("is empty for an operator, and so is what he replays and drops of it", async () => {
    const admin = await target.person("admin", { scope: "chat admin" });
    for (const kind of ["webpush", "apns", "fcm"]) {
      const params = { kind };
      expect(await admin.rest.ok("adminDeadLetters", { params })).toEqual({ dead_letters: [] });
      const nothing = { replayed: 0, remaining: 0 };
      expect(await admin.rest.ok("adminReplayDeadLetters", { params, body: {} })).toEqual(nothing);
      expect(await admin.rest.ok("adminReplayDeadLetters", { params, body: { ids: ["nobody's"] } })).toEqual(nothing);
      expect(await admin.rest.call("adminDropDeadLetters", { params })).toMatchObject({ status: 204 });
    }
  });
});
