import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Conversation, SyncAnswer } from "../../src/shared/protocol/conversation.ts";
import { call, Device, direct, env, tokenFor } from "./people.ts";

/** A mark on an object's memory: gone when the object slept. */
const mark = (stub: DurableObjectStub): Promise<void> =>
  runInDurableObject(stub, (instance) => {
    Object.assign(instance, { marked: true });
  });
const isMarked = (stub: DurableObjectStub): Promise<boolean> =>
  runInDurableObject(stub, (instance) => Reflect.has(instance, "marked"));

describe("objects that lose their memory", () => {
  it("[COST-1] an idle user's object leaves memory while its socket stays, and a message still arrives", async () => {
    const [ann, bob] = [await tokenFor("hib-ann"), await tokenFor("hib-bob")];
    const { conversation_id } = await direct(ann, "hib-bob");
    const device = await Device.connect(bob);
    await device.next("welcome");
    const stub = env.USER.getByName("hib-bob");
    await mark(stub);
    // The platform lets an idle object go after 10 s. Nothing of ours may keep it: timers, calls, promises.
    await new Promise((resolve) => setTimeout(resolve, 13_000));
    expect(await isMarked(stub)).toBe(false);
    expect(device.closed).toBeUndefined();
    await call(ann, "POST", "/messages/send", {
      conversation_id,
      client_message_id: crypto.randomUUID(),
      content: "awake",
    });
    await device.hears("awake");
  });

  it("[WS-1] an evicted user's object finds its sockets again, with device and what is open", async () => {
    const [ann, bob] = [await tokenFor("ev-ann"), await tokenFor("ev-bob")];
    const { conversation_id } = await direct(ann, "ev-bob");
    const device = await Device.connect(bob);
    await device.next("welcome");
    device.send({ type: "open", conversation_id });
    await device.say(conversation_id, "first");
    await evictDurableObject(env.USER.getByName("ev-bob"));
    await call(ann, "POST", "/messages/send", {
      conversation_id,
      client_message_id: crypto.randomUUID(),
      content: "after",
    });
    await device.hears("after");
    const typist = await Device.connect(ann);
    typist.send({ type: "typing", conversation_id, state: "start" });
    expect((await device.next("typing")).user_id).toBe("ev-ann");
    device.send({ type: "read", conversation_id, up_to: 3 });
    expect((await typist.next("receipt", ({ read_up_to }) => read_up_to === 3)).user_id).toBe("ev-bob");
  });

  it("[SEQ-1] an evicted conversation goes on where it was, and knows every id again", async () => {
    const ann = await tokenFor("seq-ann");
    const { conversation_id } = await direct(ann, "seq-bob");
    const device = await Device.connect(ann);
    const ids = [crypto.randomUUID(), crypto.randomUUID()] as const;
    const first = await device.say(conversation_id, "one", ids[0]);
    await evictDurableObject(env.CONVERSATION.getByName(conversation_id));
    const second = await device.say(conversation_id, "two", ids[1]);
    expect(second.seq).toBe(first.seq + 1);
    await evictDurableObject(env.CONVERSATION.getByName(conversation_id));
    const again = await call<{ seq: number; duplicate?: boolean; message_id: string }>(ann, "POST", "/messages/send", {
      conversation_id,
      client_message_id: ids[0],
      content: "one",
    });
    expect(again).toMatchObject({ seq: first.seq, message_id: first.message_id, duplicate: true });
  });

  it("[DLV-1] what a member's object lost before writing it is delivered again by the alarm", async () => {
    const ann = await tokenFor("lost-ann");
    const bob = await tokenFor("lost-bob");
    const { conversation_id } = await direct(ann, "lost-bob");
    const device = await Device.connect(ann);
    const stub = env.USER.getByName("lost-bob");
    // Twice in a row, so that the second is not a quiet moment: it is pushed, and written a moment later.
    await device.say(conversation_id, "written at once");
    await device.say(conversation_id, "in memory only");
    await evictDurableObject(stub);
    await new Promise((resolve) => setTimeout(resolve, LIMITS.outboxCalmMs + 200));
    expect(await runDurableObjectAlarm(env.CONVERSATION.getByName(conversation_id))).toBe(true);
    const { conversations } = await call<SyncAnswer>(bob, "GET", "/sync?since=0");
    expect(conversations).toHaveLength(1);
    expect(conversations[0]).toMatchObject({ head_seq: 3, unread_count: 2 });
    expect(conversations[0]?.last_message?.content).toBe("in memory only");
  });

  it("[COST-2] a conversation whose members have everything sets no further alarm", async () => {
    const [ann, bob] = [await tokenFor("calm-ann"), await tokenFor("calm-bob")];
    const { conversation_id } = await direct(ann, "calm-bob");
    const [from, to] = [await Device.connect(ann), await Device.connect(bob)];
    await from.say(conversation_id, "hello");
    await to.acknowledges("hello");
    await from.next("receipt", ({ delivered_up_to }) => (delivered_up_to ?? 0) >= 2);
    const stub = env.CONVERSATION.getByName(conversation_id);
    await new Promise((resolve) => setTimeout(resolve, LIMITS.outboxCalmMs + 200));
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await runInDurableObject(stub, (_instance, state) => state.storage.getAlarm())).toBeNull();
  });

  it("[ERR-1] asking for a conversation that nobody founded leaves nothing behind", async () => {
    const ann = await tokenFor("nobody-ann");
    const id = `g_local_${"x".repeat(22)}`;
    await expect(call(ann, "GET", `/conversations/${id}/messages`)).rejects.toThrow(/404/);
    await expect(
      call(ann, "POST", "/messages/send", {
        conversation_id: id,
        client_message_id: crypto.randomUUID(),
        content: "x",
      }),
    ).rejects.toThrow(/404/);
    const tables = await runInDurableObject(env.CONVERSATION.getByName(id), (_instance, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("[AUTH-7] the alarm closes a connection whose token has expired with 4401", async () => {
    const { token } = await call<{ token: string }>("", "POST", "/dev/token", {
      user_id: "exp-ann",
      device_id: "d",
      expires_in: 2,
    });
    const device = await Device.connect(token);
    await device.next("welcome");
    await device.until(() => device.closed !== undefined, "the close", 6000);
    expect(device.closed?.code).toBe(4401);
  });

  it("[RCPT-1] a read over HTTP is durable before it is answered", async () => {
    const [ann, bob] = [await tokenFor("rd-ann"), await tokenFor("rd-bob")];
    const { conversation_id } = await direct(ann, "rd-bob");
    const device = await Device.connect(ann);
    await device.say(conversation_id, "one");
    await call(bob, "POST", `/conversations/${conversation_id}/read`, { up_to: 2 });
    await evictDurableObject(env.CONVERSATION.getByName(conversation_id));
    await evictDurableObject(env.USER.getByName("rd-bob"));
    const row = await call<Conversation>(bob, "GET", `/conversations/${conversation_id}`);
    expect(row).toMatchObject({ read_up_to: 2, unread_count: 0 });
  });
});
