import { expect, test } from "vitest";
import { settle } from "./support/fake-clock.ts";
import { connectedWorld } from "./support/world.ts";
import { person, texts } from "./support/person.ts";

const world = async () => {
  const { clock, server, log, store, ann } = await connectedWorld("direct", ["ann", "ben"]);
  const until = (seconds: number) => ({ expires_at: new Date(clock.now + seconds * 1000).toISOString() });
  return { clock, server, log, store, ann, until };
};

test("[EXP-1] a message disappears at its time, with and without a network", async () => {
  const { clock, server, log, ann, store, until } = await world();
  server.say(log, "ben", "soon", false, until(10));
  server.say(log, "ben", "later", false, until(100));
  server.say(log, "ben", "never");
  await ann.send("c1", "mine", { expires_in: 20 }).sent;
  await settle();
  expect(texts(ann, "c1")).toEqual(["soon", "later", "never", "mine"]);
  await clock.advance(11_000);
  expect(texts(ann, "c1")).toEqual(["later", "never", "mine"]);
  server.cutAll();
  server.faults.upgrade = () => false;
  await clock.advance(20_000);
  expect(texts(ann, "c1")).toEqual(["later", "never"]);
  expect(ann.conversation("c1")?.last_message).toMatchObject({ content: "", deleted_at: expect.any(String) as string });
  const { messages } = await store.page("c1", 99, 99);
  expect(messages.map((message) => message.content)).toEqual(["", "later", "never", ""]);
  expect(ann.timeline("c1").filter((item) => item.kind === "message")).toHaveLength(2);
});

test("[EXP-1] what expired while nothing ran is gone when it is loaded", async () => {
  const { clock, server, log, ann, store, until } = await world();
  for (let count = 0; count < 80; count++) server.say(log, "ben", `m${count}`, false, until(60));
  server.say(log, "ben", "stays");
  await settle();
  await ann.close();
  await clock.advance(3_600_000);
  const again = person(clock, server, "ann", { store });
  const shown = new Set<string>();
  again.on("messages", () => {
    for (const text of texts(again, "c1")) shown.add(text);
  });
  await again.start();
  while ((await again.loadOlder("c1")).more);
  expect(texts(again, "c1")).toEqual(["stays"]);
  expect([...shown]).toEqual(["stays"]);
});

test("[EXP-1] [CONV-6] it mentions nobody any more, whether its content was known or not", async () => {
  const { clock, server, log, ann, until } = await world();
  const mention = (seconds: number) =>
    server.say(log, "ben", "soon", false, { mentions: ["ann"], ...until(seconds) }).message_id;
  const gone = mention(10);
  await clock.advance(11_000);
  expect(ann.conversation("c1")?.mention_count).toBe(1);
  server.append(log, { kind: "delete", sender_id: "ben", target: gone });
  await settle();
  expect(ann.conversation("c1")?.mention_count).toBe(0);
  // The other is deleted before it comes, and the row that comes with it counts it still.
  const { seq, message_id, timestamp } = server.say(log, "ben", "later", true, { mentions: ["ann"] });
  const bare = { kind: "message", type: "text", sender_id: "ben", content: "" } as const;
  server.push(log, [{ ...bare, seq, message_id, timestamp }], "ann");
  server.tell(log, "ann");
  await settle();
  expect(ann.conversation("c1")?.mention_count).toBe(1);
  server.append(log, { kind: "delete", sender_id: "ben", target: message_id });
  await clock.until(() => ann.conversation("c1")?.mention_count === 0, 5000);
});

test("[EXP-1] [CONV-5] it is counted as gone when the log says so, and once", async () => {
  const { clock, server, log, ann, until } = await world();
  const [soon] = [server.say(log, "ben", "soon", false, until(10)), server.say(log, "ben", "stays")];
  await clock.advance(11_000);
  expect(ann.conversation("c1")?.unread_count).toBe(2);
  server.append(log, { kind: "delete", sender_id: "ben", target: soon?.message_id ?? "" });
  server.append(log, { kind: "reaction", sender_id: "ben", target: soon?.message_id ?? "", emoji: "👍", op: "add" });
  await settle();
  expect(ann.conversation("c1")?.unread_count).toBe(1);
  expect(texts(ann, "c1")).toEqual(["stays"]);
  await expect(ann.message("c1", soon?.message_id ?? "")).resolves.toBeUndefined();
});

test("[DEL-1] what somebody deleted before its time stays as a place", async () => {
  const { server, log, ann, until } = await world();
  const soon = server.say(log, "ben", "soon", false, until(10));
  server.append(log, { kind: "delete", sender_id: "ben", client_message_id: "x", target: soon.message_id });
  await settle();
  expect(ann.messages("c1")).toMatchObject([{ content: "", deleted_at: expect.any(String) as string }]);
});

test("[EXP-1] the server's clock decides", async () => {
  const { clock, server, log, store, ann, until } = await world();
  await ann.close();
  server.say(log, "ben", "soon", false, until(10));
  server.faults.down = (event) => {
    if (event.type === "welcome") event.server_time = new Date(clock.now + 60_000).toISOString();
    return "pass";
  };
  const fast = person(clock, server, "ann", { store, deviceId: "fast" });
  await fast.connect();
  expect(texts(fast, "c1")).toEqual([]);
});
