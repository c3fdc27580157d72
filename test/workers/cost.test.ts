import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import { billOf, meter } from "./meter.ts";
import type { Bill } from "./meter.ts";
import { call, Device, direct, env, tokenFor } from "./people.ts";

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Longer than everything that is written behind. */
const SETTLED_MS = LIMITS.inboxFlushMs + 200;
/** Longer than the pause after which an alarm takes a conversation for calm. */
const CALM_MS = LIMITS.outboxCalmMs + 200;

const round = (value: number): number => Math.round(value * 100) / 100;
const print = (what: string, bill: Bill, per = 1): void => {
  const { requests, framesIn, rows, alarmsSet, alarmsRun, queued } = bill;
  const rowsWithAlarms = round((rows + alarmsSet) / per);
  console.log(
    `cost ${what}: ${rowsWithAlarms} rows written (${round(alarmsSet / per)} of them alarms set), ` +
      `${round(requests / per)} object requests, ${round(alarmsRun / per)} alarms, ${round(queued / per)} queue operations, ${round(framesIn / per)} frames in`,
  );
};

/** Two people with the conversation on their screens, in a quiet moment. */
const pair = async (name: string) => {
  const [ann, bob] = [await tokenFor(`${name}-ann`), await tokenFor(`${name}-bob`)];
  const { conversation_id } = await direct(ann, `${name}-bob`);
  const [from, to] = [await Device.connect(ann), await Device.connect(bob)];
  for (const device of [from, to]) {
    await device.next("welcome");
    device.send({ type: "open", conversation_id });
  }
  await from.say(conversation_id, "warm");
  await to.acknowledges("warm");
  const conversation = env.CONVERSATION.getByName(conversation_id);
  await rest(CALM_MS);
  await runDurableObjectAlarm(conversation);
  for (const stub of [conversation, env.USER.getByName(`${name}-ann`), env.USER.getByName(`${name}-bob`)])
    await meter(stub);
  return { ann, bob, conversation_id, conversation, from, to };
};

/** Sends, is acknowledged as delivered, and the sender has his tick. */
const exchange = async (from: Device, to: Device, conversation_id: string, text: string): Promise<void> => {
  const { seq } = await from.say(conversation_id, text);
  await to.acknowledges(text);
  await from.next("receipt", ({ delivered_up_to }) => (delivered_up_to ?? 0) >= seq);
};

describe("what things cost", () => {
  it("[COST-8] an idle connection with its heartbeats costs nothing", async () => {
    const device = await Device.connect(await tokenFor("idle-ann"));
    await device.next("welcome");
    await meter(env.USER.getByName("idle-ann"));
    const idle = await billOf(async () => {
      for (let i = 0; i < 5; i++) {
        device.ping();
        await rest(50);
      }
    });
    print("five heartbeats", idle);
    expect(device.pongs).toBe(5);
    expect(idle).toEqual({ requests: 0, framesIn: 0, rows: 0, alarmsSet: 0, alarmsRun: 0, queued: 0 });
  });

  it("[COST-3] a direct message between two online devices, ticks included: at most 4 rows, 3 requests, no queue", async () => {
    const { conversation_id, conversation, from, to } = await pair("run");
    const count = 6;
    const running = await billOf(async () => {
      for (let i = 0; i < count; i++) {
        await exchange(from, to, conversation_id, `message ${i}`);
        await rest(SETTLED_MS);
      }
      // The alarm that ends it is part of what they cost.
      await rest(CALM_MS);
      await runDurableObjectAlarm(conversation);
    });
    print("direct message in a conversation that is going on, per message, all its alarms included", running, count);
    expect((running.rows + running.alarmsSet) / count).toBeLessThanOrEqual(4);
    expect(running.requests / count).toBeLessThanOrEqual(3);
    expect(running.queued).toBe(0);
  });

  it("[COST-4] a single direct message after a long silence", async () => {
    const { conversation_id, conversation, from, to } = await pair("one");
    const message = await billOf(async () => {
      await exchange(from, to, conversation_id, "alone");
      await rest(SETTLED_MS);
    });
    print("direct message after a silence, until everybody has it", message);
    expect(message.rows + message.alarmsSet).toBeLessThanOrEqual(4);
    expect(message.requests).toBeLessThanOrEqual(3);
    const alarm = await billOf(async () => {
      await rest(CALM_MS);
      await runDurableObjectAlarm(conversation);
    });
    print("the alarm that follows five seconds later", alarm);
    expect(alarm).toMatchObject({ rows: 1, requests: 0, alarmsRun: 1, alarmsSet: 0 });
  });

  it("[COST-5] a read", async () => {
    const { conversation_id, from, to } = await pair("read");
    await exchange(from, to, conversation_id, "to be read");
    await rest(SETTLED_MS);
    const read = await billOf(async () => {
      to.send({ type: "read", conversation_id, up_to: 3 });
      await from.next("receipt", ({ read_up_to }) => read_up_to === 3);
      await rest(SETTLED_MS);
    });
    print("read", read);
    expect(read.rows + read.alarmsSet).toBeLessThanOrEqual(4);
    expect(read.requests).toBeLessThanOrEqual(2);
  });

  it("[COST-6] a message to a group of 100, half of them online", async () => {
    const names = Array.from({ length: 99 }, (_, index) => `many-${index}`);
    const ann = await tokenFor("many-ann");
    const group = { type: "group", name: "Many", member_ids: names, client_message_id: crypto.randomUUID() };
    const { conversation_id } = await call<Conversation>(ann, "POST", "/conversations", group);
    const online: Device[] = [];
    for (const name of names.slice(0, 50)) online.push(await Device.connect(await tokenFor(name)));
    const from = await Device.connect(ann);
    await from.say(conversation_id, "warm");
    await Promise.all(online.map((device) => device.acknowledges("warm")));
    await rest(CALM_MS);
    await runDurableObjectAlarm(env.CONVERSATION.getByName(conversation_id));
    await meter(env.CONVERSATION.getByName(conversation_id));
    for (const name of ["many-ann", ...names]) await meter(env.USER.getByName(name));
    const message = await billOf(async () => {
      await from.say(conversation_id, "to all");
      await Promise.all(online.map((device) => device.acknowledges("to all")));
      await rest(LIMITS.groupReceiptMs + SETTLED_MS);
    });
    print("message to a group of 100, 50 online", message);
    // The log, an alarm and a row in each list; a call to each member, and receipts to the author once a second.
    expect(message.rows + message.alarmsSet).toBeLessThanOrEqual(1 + 1 + 100 + 2);
    expect(message.requests).toBeLessThanOrEqual(1 + 99 + 3);
  });

  it("[COST-11] a direct message of somebody who is blocked: its row, and nobody is called", async () => {
    const { bob, conversation_id, conversation, from } = await pair("block");
    const blocked = await billOf(() => call(bob, "PUT", "/blocks/block-ann"));
    print("block", blocked);
    expect(blocked.rows + blocked.alarmsSet).toBeLessThanOrEqual(5);
    // The check of the device that every call over HTTP has, the user's object, the conversation.
    expect(blocked.requests).toBe(3);
    await rest(LIMITS.blockRetryMs + 200);
    const count = 4;
    const messages = await billOf(async () => {
      for (let i = 0; i < count; i++) {
        await from.say(conversation_id, `message ${i}`);
        await rest(SETTLED_MS);
      }
      await rest(CALM_MS);
      await runDurableObjectAlarm(conversation);
    });
    print("direct message of somebody who is blocked, per message, all alarms included", messages, count);
    // The log, his own list, and a share of an alarm and of what is settled with it.
    expect((messages.rows + messages.alarmsSet) / count).toBeLessThanOrEqual(3);
    // His own object to the conversation, and once the alarm that settles his own list: a call to the other would be one each.
    expect(messages.requests).toBeLessThanOrEqual(count + 1);
  });

  it("[COST-7] a reconnect with nothing missed", async () => {
    const { ann, from } = await pair("back");
    const { rev } = await call<{ rev: number }>(ann, "GET", "/sync?since=0");
    from.close();
    await rest(100);
    const reconnect = await billOf(async () => {
      const device = await Device.connect(ann, `?since=${rev}`);
      expect((await device.next("sync")).conversations).toEqual([]);
    });
    print("reconnect with nothing missed", reconnect);
    expect(reconnect.rows + reconnect.alarmsSet).toBeLessThanOrEqual(1);
    expect(reconnect.requests).toBe(1);
  });

  it("[COST-10] presence: nothing without watchers, a request each with them", async () => {
    const [ann, bob] = [await tokenFor("pres-ann"), await tokenFor("pres-bob")];
    const a = await Device.connect(ann);
    await a.next("welcome");
    const first = await Device.connect(bob);
    await first.next("welcome");
    for (const name of ["pres-ann", "pres-bob"]) await meter(env.USER.getByName(name));
    const unwatched = await billOf(async () => {
      first.send({ type: "state", active: false });
      first.send({ type: "state", active: true });
      await rest(200);
    });
    print("a device laid aside and taken up, nobody watching", unwatched);
    expect(unwatched).toMatchObject({ requests: 0, rows: 0, alarmsSet: 0 });
    const watch = await billOf(async () => {
      a.send({ type: "presence_subscribe", user_ids: ["pres-bob"] });
      await a.next("presence", ({ status }) => status === "online");
      await rest(200);
    });
    print("watching somebody who is online", watch);
    // The call, the watcher's row, that he was told, and the alarm that looks when the lease ends.
    expect(watch.requests).toBe(1);
    expect(watch.rows + watch.alarmsSet).toBeLessThanOrEqual(3);
    const gone = await billOf(async () => {
      first.close();
      await a.next("presence", ({ status }) => status === "offline", LIMITS.presenceGraceMs + 5000);
      await rest(200);
    });
    print("going offline, with one watcher", gone);
    expect(gone.requests).toBe(1);
    expect(gone.rows + gone.alarmsSet).toBeLessThanOrEqual(3);
  });

  it("[COST-12] push costs nothing while devices are in use and acknowledge", async () => {
    const { ann, bob, conversation_id, conversation, from, to } = await pair("push");
    /** A message and its ticks, and all that may follow within the grace. */
    const quiet = (text: string): Promise<Bill> =>
      billOf(async () => {
        await exchange(from, to, conversation_id, text);
        await rest(LIMITS.pushGraceMs + 500);
        await runDurableObjectAlarm(conversation);
      });
    const without = await quiet("nobody is pushed to");
    const register = (token: string, device: string): Promise<void> =>
      call(token, "PUT", `/devices/${device}/push`, { kind: "fcm", token: `token-of-${device}` });
    const registered = await billOf(() => register(bob, "push-bob-1"));
    print("registering a push address, without the row of its own object", registered);
    // The check of the device that every call over HTTP has, the user's object, the address's.
    expect(registered).toMatchObject({ requests: 3, rows: 1, alarmsSet: 0, queued: 0 });
    await register(ann, "push-ann-1");
    const along = await quiet("both are pushed to");
    print("direct message between two whose devices are pushed to, in use, all alarms included", along);
    expect(along).toEqual(without);
    expect(along.queued).toBe(0);
  });

  // The last: its conversations have alarms and reports before them that would be counted with what comes after.
  it("[COST-9] coming back to many conversations: the own object alone is asked, and each large one once", async () => {
    const [count, each] = [40, 12];
    const bob = await tokenFor("far-bob");
    const phone = await Device.connect(bob, "?since=0");
    const friends = await Promise.all(
      Array.from({ length: count }, async (_x, index) => {
        const token = await tokenFor(`far-${index}`);
        return { device: await Device.connect(token), ...(await direct(token, "far-bob")) };
      }),
    );
    const ann = await tokenFor("far-ann");
    const channel = { type: "channel", name: "News", member_ids: ["far-bob"], client_message_id: crypto.randomUUID() };
    const { conversation_id: news } = await call<Conversation>(ann, "POST", "/conversations", channel);
    const editor = await Device.connect(ann);
    const write = async (texts: readonly string[]): Promise<void> => {
      await Promise.all([
        ...friends.map(async ({ device, conversation_id }) => {
          for (const text of texts) await device.say(conversation_id, text);
        }),
        ...texts.map(async (text) => editor.say(news, text)),
      ]);
    };
    await write(["known"]);
    for (const friend of friends)
      await phone.next("entries", (event) => event.conversation_id === friend.conversation_id && event.head_seq >= 2);
    const { rev } = await call<{ rev: number }>(bob, "GET", "/sync?since=0");
    for (const conversation_id of [news, ...friends.map((friend) => friend.conversation_id)])
      phone.send({ type: "delivered", conversation_id, up_to: 2 });
    await rest(SETTLED_MS);
    phone.close();
    await rest(100);
    await write(Array.from({ length: each }, (_x, index) => `missed ${index}`));
    await rest(SETTLED_MS);
    await evictDurableObject(env.USER.getByName("far-bob"));
    let answer: EventOf<"sync"> | undefined;
    const back = await billOf(async () => {
      const device = await Device.connect(bob, `?since=${rev}`);
      answer = await device.next("sync");
    });
    print(`sync of ${count} conversations with ${each} missed entries each, and a channel`, back);
    expect(answer?.conversations).toHaveLength(count + 1);
    for (const { conversation_id } of friends) expect(answer?.entries[conversation_id]).toHaveLength(each);
    expect(answer?.entries[news]).toHaveLength(each);
    expect(answer).toMatchObject({ truncated: [], more: false });
    // The upgrade, and how the channel stands.
    expect(back.requests).toBe(2);
  });
});
