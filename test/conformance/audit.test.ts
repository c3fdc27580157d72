import { expect, test } from "vitest";
import { ChainCheck } from "../../src/shared/audit-chain.ts";
import type { AuditEntry } from "../../src/shared/protocol/http-admin.ts";
import { sha256 } from "../../src/shared/sha256.ts";
import type { Person } from "../support/person.ts";
import { useServer } from "../support/target.ts";

const target = useServer();

/** What was entered since, by this operator. */
const entered = async (admin: Person, after: number): Promise<AuditEntry[]> => {
  const { entries } = await admin.rest.ok("adminAudit", { query: { after, limit: 200 } });
  return entries.filter(({ actor }) => actor === admin.userId);
};

test("[AUDIT-2] what an operator changes is entered before, and what became of it afterwards", async () => {
  const admin = await target.person("admin", { scope: "admin" });
  const { index } = await admin.rest.ok("adminAuditHead");
  await admin.rest.ok("adminDropDeadLetters", { params: { kind: "fcm" } });
  await admin.rest.ok("adminReplayDeadLetters", { params: { kind: "fcm" }, body: {} });
  const [drop, dropped, replay, replayed, ...more] = await entered(admin, index);
  expect(drop).toMatchObject({ action: "dead_letters.drop", target: "push:fcm" });
  expect(drop?.outcome).toBeUndefined();
  expect(dropped).toMatchObject({ action: "dead_letters.drop", outcome: "done", details: { of: drop?.index } });
  expect(replay).toMatchObject({ action: "dead_letters.replay", target: "push:fcm" });
  expect(replayed).toMatchObject({ outcome: "done", details: { of: replay?.index } });
  expect(more).toEqual([]);
});

test("[AUDIT-2] what an operator reads of others is entered; reading the log is not", async () => {
  const admin = await target.person("admin", { scope: "admin" });
  const { ann, id } = await target.pair();
  const { index } = await admin.rest.ok("adminAuditHead");
  await admin.rest.ok("adminDelivery", { params: { id } });
  await admin.rest.ok("adminAudit", { query: { after: index } });
  const [read, ...more] = await entered(admin, index);
  expect(read).toMatchObject({ action: "delivery.read", target: `conversation:${id}`, outcome: "read" });
  expect(more).toEqual([]);
  // Without the scope nothing is done, and so nothing is entered.
  expect(await ann.rest.refused("adminAudit")).toMatchObject({ code: "forbidden" });
  expect(await ann.rest.refused("adminDelivery", { params: { id } })).toMatchObject({ code: "forbidden" });
  const { entries } = await admin.rest.ok("adminAudit", { query: { after: index } });
  expect(entries.filter(({ actor }) => actor === ann.userId)).toEqual([]);
});

test("[AUDIT-1] what is read, page by page, is one chain up to the head", async () => {
  const admin = await target.person("admin", { scope: "admin" });
  for (let i = 0; i < 3; i++) await admin.rest.ok("adminDropDeadLetters", { params: { kind: "apns" } });
  const head = await admin.rest.ok("adminAuditHead");
  const check = new ChainCheck(sha256, undefined, [head]);
  while (check.head.index < head.index) {
    const { entries } = await admin.rest.ok("adminAudit", { query: { after: check.head.index, limit: 4 } });
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect(await check.add(entry)).toBeUndefined();
  }
  expect(check.end()).toBeUndefined();
});
