import { expect, test } from "vitest";
import { settle } from "./support/fake-clock.ts";
import { connectedWorld } from "./support/world.ts";
import { person } from "./support/person.ts";

const world = async () => {
  const { clock, server, log, store, ann } = await connectedWorld("direct", ["ann", "ben"]);
  const drafts = () => server.commands.flatMap((command) => (command.type === "draft" ? command.content : []));
  return { clock, server, log, store, ann, drafts };
};

test("[CMD-14] a draft goes out when typing pauses, and stands in the row of the other devices", async () => {
  const { clock, server, ann, drafts } = await world();
  const phone = person(clock, server, "ann", { deviceId: "phone" });
  await phone.connect();
  for (const text of ["h", "he", "hel", "hell", "hello"]) {
    ann.setDraft("c1", text, "m1");
    await clock.advance(300);
  }
  expect(drafts()).toEqual([]);
  await clock.advance(1000);
  expect(drafts()).toEqual(["hello"]);
  expect(phone.conversation("c1")?.draft).toMatchObject({ content: "hello", reply_to: "m1" });
  expect(ann.conversation("c1")?.draft).toMatchObject({ content: "hello" });
  ann.setDraft("c1", "hello", "m1");
  await clock.advance(5000);
  expect(drafts()).toHaveLength(1);
  ann.setDraft("c1", "");
  await clock.advance(1500);
  expect(phone.conversation("c1")?.draft).toBeUndefined();
  expect(ann.conversation("c1")?.draft).toBeUndefined();
});

test("[CMD-14] a draft that the server has gives way to what another device writes after it", async () => {
  const { clock, server, ann } = await world();
  const phone = person(clock, server, "ann", { deviceId: "phone" });
  await phone.connect();
  ann.setDraft("c1", "from the desk");
  await clock.advance(2000);
  expect(phone.conversation("c1")?.draft).toMatchObject({ content: "from the desk" });
  phone.setDraft("c1", "from the phone");
  await clock.advance(2000);
  expect(ann.conversation("c1")?.draft).toMatchObject({ content: "from the phone" });
});

test("[CMD-14] somebody who never pauses is told of every few seconds", async () => {
  const { clock, ann, drafts } = await world();
  for (let count = 0; count < 100; count++) {
    ann.setDraft("c1", `text ${count}`);
    await clock.advance(200);
  }
  expect(drafts().length).toBeGreaterThanOrEqual(3);
  expect(drafts().length).toBeLessThanOrEqual(5);
});

test("[CMD-14] a draft written offline outlives the process, and an older row", async () => {
  const { clock, server, log, store, ann, drafts } = await world();
  server.cutAll();
  server.faults.upgrade = () => false;
  ann.setDraft("c1", "offline");
  await clock.advance(2000);
  await ann.close();
  delete server.faults.upgrade;
  const again = person(clock, server, "ann", { store });
  await again.start();
  expect(again.conversation("c1")?.draft).toMatchObject({ content: "offline" });
  server.say(log, "ben", "news");
  await again.connect();
  expect(again.conversation("c1")).toMatchObject({ unread_count: 1, draft: { content: "offline" } });
  await settle();
  expect(drafts()).toEqual(["offline"]);
  await clock.advance(90_000);
  expect((await store.load()).logs[0]?.draftDue).toBeUndefined();
});

test("[CMD-14] closing sends what waits for a pause; a refusal worth a retry is waited out", async () => {
  const { clock, server, ann, drafts, log } = await world();
  ann.setDraft("c1", "unfinished");
  const closed = ann.close();
  await settle();
  await closed;
  expect(ann.conversation("c1")?.draft).toMatchObject({ content: "unfinished" });
  await ann.connect();
  await settle();
  expect(log.drafts.get("ann")?.content).toBe("unfinished");
  let refusals = 2;
  server.faults.refuse = (command) =>
    command.type === "draft" && refusals-- > 0 ? { code: "rate_limited", retry_after_ms: 3000 } : undefined;
  const started = clock.now;
  ann.setDraft("c1", "again");
  await clock.until(() => log.drafts.get("ann")?.content === "again");
  expect(clock.now - started).toBeGreaterThanOrEqual(7000);
  expect(drafts().filter((text) => text === "again")).toHaveLength(3);
});

test("[LIM-2] a draft too long for a message stays here", async () => {
  const { clock, server, ann, drafts } = await world();
  ann.setDraft("c1", "é".repeat(8193));
  await clock.advance(5000);
  expect(drafts()).toEqual([]);
  expect(ann.conversation("c1")?.draft?.content).toHaveLength(8193);
  expect(server.breaches).toEqual([]);
});
