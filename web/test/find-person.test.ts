import type { ParleyClient } from "@parley/client";
import { expect, test } from "vitest";
import { findPerson } from "../src/state/find-person.ts";

const client = {
  findUser: async (username: string) =>
    username === "grace" ? { user_id: "u-17", username, display_name: "Grace" } : undefined,
} as unknown as ParleyClient;

test("a name with @ is a username, a name without is an id, and neither stands in for the other", async () => {
  expect(await findPerson(client, "@grace", true)).toEqual({ ok: true, id: "u-17" });
  expect(await findPerson(client, " @Grace ", true)).toEqual({ ok: true, id: "u-17" });
  expect(await findPerson(client, "grace", true)).toEqual({ ok: true, id: "grace" });
  expect(await findPerson(client, "@linus", true)).toEqual({ ok: false, reason: "nobody" });
  expect(await findPerson(client, " ", true)).toEqual({ ok: false, reason: "empty" });
});
