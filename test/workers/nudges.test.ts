import { runDurableObjectAlarm } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { PushJob } from "../../src/core/push/job.ts";
import { FanoutObject } from "../../src/objects/fanout/fanout-object.ts";
import { UserObject } from "../../src/objects/user/user-object.ts";
import type { PushQueue } from "../../src/rpc/push-rpc.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import { billOf, meter } from "./meter.ts";
import { call, Device, env, tokenFor, uuidV7 } from "./people.ts";

/** Seconds in which messages come, ten every six seconds: 60, with PARLEY_NUDGE_SECONDS, is the bar. */
declare const NUDGE_SECONDS: number;
declare const NUDGE_AWAY: number;
const OTHERS = Math.floor(NUDGE_AWAY / 4);
const EVERY_MS = 600;
const COUNT = Math.floor((NUDGE_SECONDS * 1000) / EVERY_MS);
/** The first at once, then one for each time that the pause is over. */
const MOST = 1 + Math.ceil((NUDGE_SECONDS * 1000) / LIMITS.nudgeEveryMs);
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const each = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>, atOnce = 25): Promise<void> => {
  for (let from = 0; from < items.length; from += atOnce) await Promise.all(items.slice(from, from + atOnce).map(work));
};

/** Notifications end here, and are taken. */
const alerts = new Map<string, PushJob[]>();
const queue = Object.getPrototypeOf((bindings as { PUSH_QUEUE: PushQueue }).PUSH_QUEUE) as PushQueue;
queue.sendBatch = async (messages) => {
  for (const { body } of messages) {
    const { user, device, conversation, note, registeredAt } = body;
    alerts.set(user, [...(alerts.get(user) ?? []), body]);
    const report = { device, conversation, type: note.type, upTo: note.seq ?? 0, registeredAt, fate: { is: "taken" } };
    setTimeout(() => void env.USER.getByName(user).pushed([report as never]), 10);
  }
};

/** How many times each member's object was brought something, and how many calls there were to slices. */
const calls = new Map<string, number>();
let relays = 0;
const counting = (prototype: object, name: string, count: (object: string) => void): void => {
  const original = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
  const value = function counted(this: object, ...args: unknown[]): unknown {
    count((Reflect.get(this, "ctx") as DurableObjectState).id.name ?? "");
    return original.apply(this, args);
  };
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
};
counting(UserObject.prototype, "deliver", (user) => void calls.set(user, (calls.get(user) ?? 0) + 1));
counting(FanoutObject.prototype, "relay", () => void relays++);

const until = async (found: () => Promise<boolean> | boolean, what: string, timeoutMs = 120_000): Promise<void> => {
  const end = Date.now() + timeoutMs;
  while (!(await found())) {
    if (Date.now() > end) throw new Error(`unable to see ${what}`);
    await rest(100);
  }
};

const settle = async (conversation_id: string): Promise<void> => {
  await rest(LIMITS.outboxCalmMs + 200);
  await runDurableObjectAlarm(env.CONVERSATION.getByName(conversation_id));
};

interface DeliveryState {
  readonly present: number;
  readonly behind: number;
}

/** A group, one of whose members is there; `wanting` have a phone that is pushed to, the others want nothing. */
const groupOf = async (name: string, wanting: readonly string[], others: readonly string[]) => {
  await each(wanting, async (user) => {
    const address = { kind: "fcm", token: `token-of-${user}-phone` };
    await call(await tokenFor(user), "PUT", `/devices/${user}-1/push`, address);
  });
  const owner = await tokenFor(`${name}-owner`);
  const group = { type: "group", name, member_ids: [...wanting, ...others], client_message_id: uuidV7() };
  const { conversation_id } = await call<Conversation>(owner, "POST", "/conversations", group);
  const from = await Device.connect(owner, "?since=0");
  const { token } = await call<{ token: string }>("", "POST", "/dev/token", { user_id: "operator", scope: "admin" });
  const state = (): Promise<DeliveryState> =>
    call<DeliveryState>(token, "GET", `/admin/conversations/${conversation_id}/delivery`);
  await until(async () => (await state()).present === 1, "that everybody who is not there is known not to be");
  await settle(conversation_id);
  return { conversation_id, from, state };
};

describe("a large group, most of whom are away", () => {
  it(`[COST-13] [PUSH-7] [PUSH-11] ${COUNT} messages in ${NUDGE_SECONDS} s to ${NUDGE_AWAY} who are away and want them: at most ${MOST} calls and ${MOST} alerts each, and the badge exact`, async () => {
    const wanting = names("nudge-w", NUDGE_AWAY);
    const others = names("nudge-o", OTHERS);
    const { conversation_id, from, state } = await groupOf("nudge", wanting, others);
    calls.clear();
    const startedAt = Date.now();
    const bill = await billOf(async () => {
      for (let index = 0; index < COUNT; index++) {
        await rest(Math.max(0, startedAt + index * EVERY_MS - Date.now()));
        await from.say(conversation_id, `message ${index}`);
      }
      const last = ({ note }: PushJob): boolean => note.badge === COUNT;
      await until(() => wanting.every((user) => alerts.get(user)?.some(last)), "that everybody was alerted of all");
    });
    await settle(conversation_id);
    expect((await state()).behind).toBe(0);
    const most = Math.max(...wanting.map((user) => calls.get(user) ?? 0));
    const all = wanting.reduce((sum, user) => sum + (calls.get(user) ?? 0), 0);
    const alerted = wanting.map((user) => alerts.get(user)?.length ?? 0);
    console.log(
      `cost ${COUNT} messages in ${NUDGE_SECONDS} s to ${NUDGE_AWAY} who are away and want them: ${most} calls at most, ` +
        `${all / NUDGE_AWAY} on the average, ${Math.max(...alerted)} alerts at most; ${bill.requests} object requests in all`,
    );
    expect(most).toBeLessThanOrEqual(MOST);
    expect(Math.max(...alerted)).toBeLessThanOrEqual(MOST);
    for (const user of others) expect(calls.get(user) ?? 0).toBe(0);
    const wrong = wanting.filter((user) => {
      const { note } = alerts.get(user)?.at(-1) ?? {};
      return note?.badge !== COUNT || note.count !== COUNT || note.seq !== COUNT + 1;
    });
    expect(wrong).toEqual([]);
  }, 900_000);

  it("[COST-13] what a message costs with none and with all of them wanting it", async () => {
    for (const wanting of [0, NUDGE_AWAY]) {
      const people = names(`nudge-${wanting}-`, NUDGE_AWAY);
      const { conversation_id, from } = await groupOf(
        `nudge-${wanting}`,
        people.slice(0, wanting),
        people.slice(wanting),
      );
      await meter(env.CONVERSATION.getByName(conversation_id));
      calls.clear();
      relays = 0;
      const { rows, alarmsSet } = await billOf(async () => {
        await from.say(conversation_id, "hello");
        await until(() => people.slice(0, wanting).every((user) => calls.has(user)), "that everybody was told");
        await settle(conversation_id);
      });
      console.log(
        `cost message to ${NUDGE_AWAY} who are away, ${wanting} want it: ${[...calls.values()].reduce((a, b) => a + b, 0)} calls ` +
          `to members, ${relays} to slices, ${rows + alarmsSet} rows of the conversation (${alarmsSet} of them alarms set)`,
      );
      for (const user of people.slice(0, wanting)) expect(calls.get(user)).toBe(1);
      // The sender's slice, and once more to settle; and theirs.
      expect(relays).toBeLessThanOrEqual(2 + Math.ceil(wanting / LIMITS.sliceMembers));
      expect(rows + alarmsSet).toBeLessThanOrEqual(4 + (wanting > 0 ? LIMITS.positionParts : 0));
      for (const user of people.slice(wanting)) expect(calls.has(user)).toBe(false);
    }
  }, 300_000);
});
