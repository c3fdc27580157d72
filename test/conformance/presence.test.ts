import { describe, expect, test } from "vitest";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { Person } from "../support/person.ts";
import type { Session } from "../support/session.ts";
import { useServer } from "../support/target.ts";
import { delay, until } from "../support/wait.ts";

const target = useServer({ keep: "file" });

type Presence = EventOf<"presence">;

/** Watches people, and answers with what is told at once. */
const watch = async (session: Session, ...people: readonly { readonly userId: string }[]): Promise<Presence[]> => {
  const from = session.mark;
  session.tell({ type: "presence_subscribe", user_ids: people.map(({ userId }) => userId) });
  return Promise.all(
    people.map(({ userId }) =>
      session.waitFor("presence", (event) => event.user_id === userId, { from, timeoutMs: 20_000 }),
    ),
  );
};

const next = (session: Session, who: Person, status: Presence["status"], from: number, timeoutMs = 20_000) =>
  session.waitFor("presence", (event) => event.user_id === who.userId && event.status === status, { from, timeoutMs });

describe.concurrent("presence", { timeout: 60_000 }, () => {
  test("[PRES-1] [CMD-8] [EVT-6] each of those who are watched is told of, and again when it changes", async () => {
    const [ann, bob, carl] = await target.people("ann", "bob", "carl");
    const [a, b] = [await ann.connect(), await bob.connect()];
    expect(await watch(a, bob, carl)).toMatchObject([{ status: "online" }, { status: "offline" }]);
    const from = a.mark;
    const c = await carl.connect();
    await next(a, carl, "online", from);
    await c.close();
    const left = Date.now();
    const gone = await next(a, carl, "offline", from);
    expect(Math.abs(Date.parse(gone.last_seen ?? "") - left)).toBeLessThan(5000);
    expect(a.all("presence", from).map(({ user_id, status }) => `${user_id} ${status}`)).toEqual([
      `${carl.userId} online`,
      `${carl.userId} offline`,
    ]);
    await b.settle();
  });

  test("[PRES-1] nobody is told who did not ask, and no more after unsubscribing", async () => {
    const [ann, bob, carl] = await target.people("ann", "bob", "carl");
    const [a, b] = [await ann.connect(), await bob.connect()];
    await watch(a, carl);
    a.tell({ type: "presence_unsubscribe", user_ids: [carl.userId] });
    await a.settle();
    const from = a.mark;
    const c = await carl.connect();
    // Another watcher of the same is told: by then these would have been.
    await watch(b, carl);
    await c.settle();
    await delay(500);
    expect([a.all("presence", from), b.all("presence").length]).toEqual([[], 1]);
  });

  test("[PRES-4] who comes back within ten seconds was never gone; after that he is", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const a = await ann.connect();
    let b = await bob.connect();
    await watch(a, bob);
    const from = a.mark;
    for (let i = 0; i < 3; i++) {
      await b.close();
      await delay(1000);
      b = await bob.connect();
    }
    await a.settle();
    expect(a.all("presence", from)).toEqual([]);
    const closedAt = Date.now();
    await b.close();
    await next(a, bob, "offline", from);
    expect(Date.now() - closedAt).toBeGreaterThan(8000);
  });

  test("[PRES-2] a device in the background is nobody, another one in use is somebody", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const phone = await target.person("bob", { userId: bob.userId });
    const [a, desktop] = [await ann.connect(), await bob.connect()];
    await watch(a, bob);
    const from = a.mark;
    desktop.tell({ type: "state", active: false });
    await next(a, bob, "offline", from);
    const p = await phone.connect();
    await next(a, bob, "online", from);
    await p.close();
    desktop.tell({ type: "state", active: true });
    await delay(11_000);
    expect(a.all("presence", from).at(-1)?.status).toBe("online");
  });

  test("[PRES-5] who keeps it to himself is offline to others, sees nobody, and is seen again when he shows himself", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const [a, b] = [await ann.connect(), await bob.connect()];
    await Promise.all([watch(a, bob), watch(b, ann)]);
    const [fromA, fromB] = [a.mark, b.mark];
    await bob.rest.ok("putMe", { body: { privacy: { last_seen: "nobody" } } });
    expect((await next(a, bob, "offline", fromA)).last_seen).toBeUndefined();
    expect((await next(b, ann, "offline", fromB)).last_seen).toBeUndefined();
    expect(await watch(a, bob)).toMatchObject([{ status: "offline" }]);
    expect((await ann.rest.ok("getUser", { params: { id: bob.userId } })).last_seen).toBeUndefined();
    expect((await bob.rest.ok("getUser", { params: { id: ann.userId } })).last_seen).toBeUndefined();
    const [againA, againB] = [a.mark, b.mark];
    await bob.rest.ok("putMe", { body: { privacy: { last_seen: "everyone" } } });
    await next(a, bob, "online", againA);
    await next(b, ann, "online", againB);
    expect(Date.parse((await ann.rest.ok("getUser", { params: { id: bob.userId } })).last_seen ?? "")).toBeGreaterThan(
      0,
    );
  });

  test("[PRES-5] [BLOCK-1] neither of two sees the other while one blocks him, and both do when it is over", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const [a, b] = [await ann.connect(), await bob.connect()];
    await Promise.all([watch(a, bob), watch(b, ann)]);
    const [fromA, fromB] = [a.mark, b.mark];
    await ann.rest.ok("block", { params: { user_id: bob.userId } });
    expect((await next(a, bob, "offline", fromA)).last_seen).toBeUndefined();
    expect((await next(b, ann, "offline", fromB)).last_seen).toBeUndefined();
    expect(await watch(b, ann)).toMatchObject([{ status: "offline" }]);
    expect((await bob.rest.ok("getUser", { params: { id: ann.userId } })).last_seen).toBeUndefined();
    const [againA, againB] = [a.mark, b.mark];
    await ann.rest.ok("unblock", { params: { user_id: bob.userId } });
    await next(a, bob, "online", againA);
    await next(b, ann, "online", againB);
  });

  test("[PRES-6] at most 200 people for one connection: more is limit_exceeded, and nothing of it is done", async () => {
    const ann = await target.person("ann");
    const a = await ann.connect();
    const ids = Array.from({ length: 200 }, (_, index) => `${ann.userId}-${index}`);
    await watch(a, ...ids.map((userId) => ({ userId })));
    const from = a.mark;
    expect(await a.request({ type: "presence_subscribe", user_ids: ["one.more", "two.more"] })).toMatchObject({
      type: "error",
      code: "limit_exceeded",
    });
    expect(a.all("presence", from)).toEqual([]);
    a.tell({ type: "presence_unsubscribe", user_ids: ids.slice(0, 1) });
    await watch(a, { userId: "one.more" });
    expect(await watch(a, { userId: ids[5] ?? "" })).toMatchObject([{ status: "offline" }]);
    const refused = await a.request({ type: "presence_subscribe", user_ids: [...ids, "x"] });
    expect(refused).toMatchObject({ type: "error", code: "bad_request" });
  });

  test("[PRES-1] one's own presence can be watched too", async () => {
    const ann = await target.person("ann");
    const a = await ann.connect();
    expect(await watch(a, ann)).toMatchObject([{ status: "online" }]);
  });

  test("[PRES-1] every connection that asked is told, those of other devices too", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const tablet = await target.person("ann", { userId: ann.userId });
    const [a, t] = [await ann.connect(), await tablet.connect()];
    await watch(a, bob);
    await watch(t, bob);
    const b = await bob.connect();
    await Promise.all([a, t].map((session) => next(session, bob, "online", 0)));
    await b.settle();
  });

  test("[CMD-5] typing that is not said again is over after six seconds", async () => {
    const { ann, bob, id } = await target.pair();
    const [a, b] = [await ann.connect(), await bob.connect()];
    b.tell({ type: "open", conversation_id: id });
    await b.settle();
    a.tell({ type: "typing", conversation_id: id, state: "start" });
    await b.waitFor("typing", ({ state }) => state === "start");
    const started = Date.now();
    await b.waitFor("typing", ({ state }) => state === "stop", { timeoutMs: 9000 });
    expect(Date.now() - started).toBeGreaterThan(4500);
  });

  test("[CMD-5] typing is over when the last device of whoever types is gone", async () => {
    const { ann, bob, id } = await target.pair();
    const [a, b] = [await ann.connect(), await bob.connect()];
    b.tell({ type: "open", conversation_id: id });
    await b.settle();
    a.tell({ type: "typing", conversation_id: id, state: "start" });
    await b.waitFor("typing", ({ state }) => state === "start");
    await a.close();
    await b.waitFor("typing", ({ state }) => state === "stop", { timeoutMs: 3000 });
  });

  test("[DEV-2] an idle desktop does not swallow the notification of the phone", async () => {
    const { ann, bob, id } = await target.pair();
    const phone = await target.person("bob", { userId: bob.userId });
    const [desktop, p] = [await bob.connect(), await phone.connect()];
    for (const session of [desktop, p]) await session.settle();
    desktop.tell({ type: "state", active: false });
    await p.close();
    const { seq } = await ann.send(id, "are you there?");
    // The desktop has it and says so; nobody sits in front of it.
    await desktop.entry(id, seq);
    desktop.tell({ type: "delivered", conversation_id: id, up_to: seq });
    await desktop.settle();
    const status = async (): Promise<Record<string, string | undefined>> =>
      Object.fromEntries((await bob.rest.ok("listDevices")).devices.map((one) => [one.device_id, one.status]));
    await until("the phone is offline", async () => (await status())[phone.deviceId] === "offline");
    expect(await status()).toEqual({ [bob.deviceId]: "idle", [phone.deviceId]: "offline" });
    // Neither of them is `active`: both are to be notified.
    desktop.tell({ type: "state", active: true });
    await desktop.settle();
    expect((await status())[bob.deviceId]).toBe("active");
  });
});
