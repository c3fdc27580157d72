import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import { billOf } from "./meter.ts";
import type { Bill } from "./meter.ts";
import { call, Device, env, tokenFor, uuidV7 } from "./people.ts";

/** 500, or as many as PARLEY_LARGE_GROUP says: the bar is about 5,000. */
declare const LARGE_GROUP: number;
const ONLINE = 200;
/** Hundreds of devices on a busy machine take longer than one. */
const MANY_MS = 30_000;
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs some at a time: thousands at once would only wait for each other. */
const each = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>, atOnce = 50): Promise<void> => {
  for (let from = 0; from < items.length; from += atOnce) await Promise.all(items.slice(from, from + atOnce).map(work));
};

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** Until nothing is under way any more: the alarm settles what is open. */
const settle = async (conversation_id: string): Promise<void> => {
  await rest(LIMITS.outboxCalmMs + 200);
  await runDurableObjectAlarm(env.CONVERSATION.getByName(conversation_id));
};

interface DeliveryState {
  readonly present: number;
  readonly behind: number;
  readonly slices: number;
}

/** What an operator sees of a conversation's deliveries. */
const watch = async (conversation_id: string): Promise<() => Promise<DeliveryState>> => {
  const { token } = await call<{ token: string }>("", "POST", "/dev/token", { user_id: "operator", scope: "admin" });
  return () => call<DeliveryState>(token, "GET", `/admin/conversations/${conversation_id}/delivery`);
};

const until = async (found: () => Promise<boolean>, what: string, timeoutMs = 600_000): Promise<void> => {
  const end = Date.now() + timeoutMs;
  while (!(await found())) {
    if (Date.now() > end) throw new Error(`unable to see ${what}`);
    await rest(200);
  }
};

const print = (what: string, { requests, rows, alarmsSet, framesIn }: Bill): void =>
  console.log(
    `cost ${what}: ${requests} object requests, ${rows} rows in metered objects, ${alarmsSet} alarms, ${framesIn} frames in`,
  );

describe("a large conversation", () => {
  it(`[FAN-1] a message to ${LARGE_GROUP} members, ${ONLINE} of them online, costs as many calls as are online, and all lists are right after sync`, async () => {
    const members = names("f", LARGE_GROUP - 1);
    const owner = await tokenFor("f-owner");
    const group = { type: "group", name: "Town", member_ids: members, client_message_id: uuidV7() };
    const { conversation_id, member_count } = await call<Conversation>(owner, "POST", "/conversations", group);
    expect(member_count).toBe(LARGE_GROUP);
    const online: Device[] = [];
    await each(
      members.slice(0, ONLINE - 1),
      async (name) => online.push(await Device.connect(await tokenFor(name), "?since=0")),
      20,
    );
    const from = await Device.connect(owner, "?since=0");
    const state = async (): Promise<DeliveryState> =>
      call<DeliveryState>(operator, "GET", `/admin/conversations/${conversation_id}/delivery`);
    const operator = (await call<{ token: string }>("", "POST", "/dev/token", { user_id: "operator", scope: "admin" }))
      .token;
    await until(async () => (await state()).present === ONLINE, "that everybody who is not there is known not to be");
    await from.say(conversation_id, "warm");
    await Promise.all(online.map((device) => device.acknowledges("warm", MANY_MS)));
    await settle(conversation_id);
    const { slices } = await state();
    const bill = await billOf(async () => {
      await from.say(conversation_id, "to the town");
      await Promise.all(online.map((device) => device.acknowledges("to the town", MANY_MS)));
      await settle(conversation_id);
    });
    print(
      `message to a group of ${LARGE_GROUP}, ${ONLINE} online, ${slices} slice(s), receipts and settling included`,
      bill,
    );
    // The sender's own call, the receipts that he is told of, and nothing per member who is not there.
    expect(bill.requests).toBeLessThanOrEqual(ONLINE + slices + 5);
    const wrong: string[] = [];
    await each(["f-owner", ...members], async (name) => {
      const sync = await call<{ conversations: Conversation[] }>(await tokenFor(name), "GET", "/sync?since=0");
      const row = sync.conversations.find((one) => one.conversation_id === conversation_id);
      const unread = name === "f-owner" ? 0 : 2;
      if (row?.unread_count !== unread || row.head_seq !== 3) wrong.push(`${name}: ${JSON.stringify(row)}`);
    });
    expect(wrong).toEqual([]);
  }, 900_000);

  it("[CHAN-2] a message in a channel of 20,000 subscribers costs what those cost who have it open", async () => {
    const owner = await tokenFor("c-owner");
    const channel = { type: "channel", name: "News", member_ids: [], client_message_id: uuidV7() };
    const { conversation_id } = await call<Conversation>(owner, "POST", "/conversations", channel);
    const state = await watch(conversation_id);
    // Twenty are added as anybody is. The others are put where they would be after that and a day without a visit:
    // bringing thousands of objects to life says nothing of what a send costs.
    const subscribers = names("c", 20);
    await call(owner, "POST", `/conversations/${conversation_id}/members`, { user_ids: subscribers });
    const conversation = env.CONVERSATION.getByName(conversation_id);
    await until(async () => (await state()).present === 0, "that nobody has it open");
    await runInDurableObject(conversation, (_instance, { storage }) => {
      const rows = Array.from({ length: 19_980 }, (_, index) => `c-away-${index}`);
      storage.sql.exec(
        `INSERT INTO members (user_id, role, joined_at, joined_seq, away)
         SELECT value, 'subscriber', 0, 2, 1 FROM json_each(?)`,
        JSON.stringify(rows),
      );
    });
    await evictDurableObject(conversation);
    const from = await Device.connect(owner);
    const bills: [readers: number, bill: Bill][] = [];
    const open: Device[] = [];
    for (const readers of [0, 5, 20]) {
      while (open.length < readers) {
        const device = await Device.connect(await tokenFor(`c${open.length}`), "?since=0");
        await device.next("sync");
        device.send({ type: "open", conversation_id });
        open.push(device);
      }
      await until(async () => (await state()).present === readers, `that ${readers} have it open`);
      const text = `to ${readers} readers`;
      bills.push([
        readers,
        await billOf(async () => {
          await from.say(conversation_id, text);
          await Promise.all(open.map((device) => device.hears(text, MANY_MS)));
          await settle(conversation_id);
        }),
      ]);
    }
    for (const [readers, bill] of bills) {
      print(`message in a channel of 20,000, ${readers} have it open`, bill);
      expect(bill.requests).toBeLessThanOrEqual(1 + readers + Math.ceil(readers / LIMITS.sliceMembers) + 2);
    }
    // Who had it open and left, and who never came: both are right after a sync.
    for (const device of open) device.close();
    await from.say(conversation_id, "to nobody");
    const sync = await call<{ conversations: Conversation[] }>(await tokenFor("c7", "c7-2"), "GET", "/sync?since=0");
    expect(sync.conversations[0]).toMatchObject({
      conversation_id,
      unread_count: 4,
      member_count: 20_001,
      role: "subscriber",
    });
  }, 300_000);
});
