import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { billOf, meter } from "./meter.ts";
import type { Bill } from "./meter.ts";
import { call, Device, direct, env, tokenFor } from "./people.ts";

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** The grace, the queue's patience, and what is written behind. */
const ALERTED_MS = LIMITS.pushGraceMs + 1000 + LIMITS.inboxFlushMs + 1000;

/** What a message costs to somebody who is away, with a push address or without one, until everything is at rest. */
const messageTo = async (name: string, isPushed: boolean): Promise<Bill> => {
  const [ann, bob] = [await tokenFor(`${name}-ann`), await tokenFor(`${name}-bob`)];
  const { conversation_id } = await direct(ann, `${name}-bob`);
  const address = { kind: "fcm", token: `token-of-${name}-bob-0123456789` };
  if (isPushed) await call(bob, "PUT", `/devices/${name}-bob-1/push`, address);
  const from = await Device.connect(ann);
  await from.next("welcome");
  await from.say(conversation_id, "warm");
  // The next alert is due at once when its grace is over, and is not told with this one.
  await rest(Math.max(ALERTED_MS, LIMITS.pushEveryMs));
  const conversation = env.CONVERSATION.getByName(conversation_id);
  await runDurableObjectAlarm(conversation);
  for (const user of [`${name}-ann`, `${name}-bob`]) await meter(env.USER.getByName(user));
  await meter(conversation);
  return billOf(async () => {
    await from.say(conversation_id, "hello");
    await rest(ALERTED_MS);
    await runDurableObjectAlarm(conversation);
  });
};

const print = (what: string, { requests, rows, alarmsSet, alarmsRun, queued }: Bill): void =>
  console.log(
    `cost ${what}: ${rows + alarmsSet} rows written (${alarmsSet} of them alarms set), ${requests} object requests, ` +
      `${alarmsRun} alarms, ${queued} messages queued`,
  );

describe("what a notification costs", () => {
  it("nothing where whoever is away has no push address", async () => {
    const bill = await messageTo("unpushed", false);
    print("direct message to somebody who is away and has no push address", bill);
    expect(bill.rows + bill.alarmsSet).toBeLessThanOrEqual(5);
    expect(bill).toMatchObject({ requests: 3, queued: 0 });
  });

  it("an alert: two rows, two alarms set, a message of the queue, the gate and the report", async () => {
    const bill = await messageTo("pushed", true);
    print("direct message to somebody who is away and is alerted on one device", bill);
    expect(bill.rows + bill.alarmsSet).toBeLessThanOrEqual(9);
    expect(bill).toMatchObject({ requests: 5, queued: 1 });
  });
});
