import { expect, test } from "vitest";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person } from "./support/person.ts";

const world = async () => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const log = server.conversation("c1", "group", ["ann", "ben"]);
  const ann = person(clock, server, "ann");
  await ann.connect();
  return { clock, server, log, ann };
};

test("[SCHED-1] messages for later are listed and taken back", async () => {
  const { ann, clock } = await world();
  const at = new Date(clock.now + 60_000);
  const { client_message_id } = await ann.schedule("c1", "later", at, { reply_to: "m1" });
  await expect(ann.scheduled("c1")).resolves.toMatchObject([
    { content: "later", send_at: at.toISOString(), status: "scheduled", type: "text", reply_to: "m1" },
  ]);
  await ann.cancelScheduled("c1", client_message_id);
  await expect(ann.scheduled("c1")).resolves.toEqual([]);
});

test("[RCPT-3] [MSG-5] who has read a message, and who reacted to it", async () => {
  const { ann, server, log } = await world();
  const { message_id: id } = server.say(log, "ann", "hello");
  server.append(log, { kind: "reaction", sender_id: "ben", target: id, emoji: "👍", op: "add" });
  await expect(ann.receipts("c1", id)).resolves.toEqual({ receipts: [{ user_id: "ben" }] });
  await expect(ann.reactions("c1", id)).resolves.toMatchObject({ reactions: [{ user_id: "ben", emoji: "👍" }] });
  await expect(ann.receipts("c1", "nowhere")).rejects.toMatchObject({ code: "not_found" });
});

test("[PREV-1] a server that offers no previews is asked once", async () => {
  const { ann, server } = await world();
  await expect(ann.linkPreview("https://example.org")).resolves.toBeUndefined();
  await expect(ann.linkPreview("https://example.org/2")).resolves.toBeUndefined();
  expect(server.requests.filter(({ path }) => path === "/link-preview")).toHaveLength(1);
});

test("[PREV-1] a preview that fails does not end them all", async () => {
  const { ann, server } = await world();
  server.faults.rest = () => ({ code: "not_found" });
  await expect(ann.linkPreview("https://example.org")).rejects.toMatchObject({ code: "not_found" });
  await expect(ann.linkPreview("https://example.org")).rejects.toMatchObject({ code: "not_found" });
  expect(server.requests.filter(({ path }) => path === "/link-preview")).toHaveLength(2);
});

test("[ERR-3] calls wait out `overloaded` as told", async () => {
  const { ann, server, clock } = await world();
  let refusals = 2;
  server.faults.rest = (method) =>
    method === "POST" && refusals-- > 0 ? { code: "overloaded", retry_after_ms: 2000 } : undefined;
  const started = clock.now;
  const adding = ann.addMembers("c1", ["cem"]);
  await clock.until(() => ann.conversation("c1")?.member_count === 3);
  await adding;
  expect(clock.now - started).toBeGreaterThanOrEqual(4000);
});
