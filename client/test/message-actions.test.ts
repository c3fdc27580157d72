import { expect, test } from "vitest";
import { settle } from "./support/fake-clock.ts";
import type { FakeServer } from "./support/fake-server.ts";
import { connectedWorld } from "./support/world.ts";
import { person, texts } from "./support/person.ts";

const world = async () => {
  const { clock, server, log, store, ann } = await connectedWorld("group", ["ben", "ann", "cem"]);
  const message = await ann.send("c1", "frist").sent;
  await settle();
  return { clock, server, log, store, ann, id: message.message_id ?? "" };
};
const kinds = (server: FakeServer): string[] =>
  server.commands.flatMap(({ type }) => (["send", "edit", "delete", "react"].includes(type) ? type : []));

test("[CMD-2] an edit and a deletion show at once, and are done when the server has them", async () => {
  const { ann, log, id } = await world();
  const edit = ann.edit("c1", id, "first");
  expect(ann.messages("c1")).toMatchObject([{ content: "first", edited_at: expect.any(String) as string }]);
  await edit.done;
  expect(log.message("ben", id)).toMatchObject({ content: "first" });
  const gone = ann.deleteMessage("c1", id);
  expect(ann.messages("c1")).toMatchObject([{ content: "", deleted_at: expect.any(String) as string }]);
  await gone.done;
  await settle();
  expect(log.message("ben", id)?.deleted_at).toBeDefined();
  expect(ann.conversation("c1")?.last_message?.content).toBe("");
});

test("[ERR-3] what is refused is undone, with an error for whoever listens and for whoever waits", async () => {
  const { clock, server, ann, log, id } = await world();
  const theirs = server.say(log, "ben", "theirs");
  await settle();
  const errors: string[] = [];
  ann.on("error", ({ code }) => errors.push(code));
  const edit = ann.edit("c1", theirs.message_id, "mine");
  expect(texts(ann, "c1")).toEqual(["frist", "mine"]);
  await expect(edit.done).rejects.toMatchObject({ code: "forbidden" });
  expect(texts(ann, "c1")).toEqual(["frist", "theirs"]);
  expect(errors).toEqual(["forbidden"]);
  let refusals = 2;
  server.faults.refuse = (command) =>
    command.type === "edit" && refusals-- > 0 ? { code: "overloaded", retry_after_ms: 1500 } : undefined;
  const [started, again] = [clock.now, ann.edit("c1", id, "first")];
  await clock.until(() => log.message("ben", id)?.content === "first");
  await again.done;
  expect(clock.now - started).toBeGreaterThanOrEqual(3000);
  expect(errors).toEqual(["forbidden"]);
});

test("[IDEM-1] changes survive the end of the process, in line with the messages around them", async () => {
  const { clock, server, store, ann, log, id } = await world();
  server.cutAll();
  await settle();
  ann.edit("c1", id, "first");
  ann.send("c1", "second");
  ann.react("c1", id, "👍", true);
  await settle();
  await ann.close();
  const later = person(clock, server, "ann", { store });
  await later.start();
  expect(later.messages("c1")).toMatchObject([
    { content: "first", reactions: [{ emoji: "👍", count: 1, me: true }] },
    { content: "second", status: "pending" },
  ]);
  server.commands.length = 0;
  await later.connect();
  await clock.until(() => log.message("ben", id)?.reactions !== undefined);
  await settle();
  expect(kinds(server)).toEqual(["edit", "send", "react"]);
  expect(texts(later, "c1")).toEqual(["first", "second"]);
  expect((await store.load()).outbox).toEqual([]);
});

test("[REACT-1] a reaction that is toggled back while it waits cancels out; one that is there is not sent again", async () => {
  const { clock, server, ann, id } = await world();
  await ann.react("c1", id, "❤️", true).done;
  await settle();
  server.cutAll();
  await settle();
  server.commands.length = 0;
  const [on, off] = [ann.react("c1", id, "👍", true), ann.react("c1", id, "👍", false)];
  ann.react("c1", id, "❤️", true);
  ann.react("c1", id, "❤️", false);
  ann.react("c1", id, "❤️", true);
  expect(ann.messages("c1")[0]?.reactions).toEqual([{ emoji: "❤️", count: 1, me: true }]);
  await Promise.all([on.done, off.done]);
  await clock.until(() => ann.state.name === "online");
  await clock.advance(5000);
  expect(kinds(server)).toEqual([]);
});

test("[IDEM-1] editing or deleting what still waits changes or withdraws it", async () => {
  const { clock, server, ann, log } = await world();
  server.cutAll();
  await settle();
  const [one, two] = ["one", "two"].map((text) => ann.send("c1", text));
  await ann.edit("c1", one?.message.client_message_id ?? "", "uno").done;
  ann.react("c1", two?.message.client_message_id ?? "", "👍", true);
  await ann.deleteMessage("c1", two?.message.client_message_id ?? "").done;
  await expect(two?.sent).rejects.toMatchObject({ code: "conflict" });
  expect(ann.messages("c1").slice(1)).toMatchObject([{ content: "uno", status: "pending" }]);
  server.commands.length = 0;
  await clock.until(() => ann.messages("c1").at(-1)?.status === "sent");
  await clock.advance(3000);
  expect(kinds(server)).toEqual(["send"]);
  expect(log.messages("ben").map((message) => message.content)).toEqual(["frist", "uno"]);
});

test("[IDEM-1] editing or deleting what has left and was not answered yet follows it", async () => {
  const { clock, server, ann, log } = await world();
  server.faults.down = (event) => (event.type === "ack" || event.type === "entries" ? "hide" : "pass");
  const [one, two] = ["one", "two"].map((text) => ann.send("c1", text).message.client_message_id ?? "");
  await clock.until(() => log.messages("ben").length === 2);
  ann.edit("c1", one ?? "", "uno");
  ann.deleteMessage("c1", two ?? "");
  expect(texts(ann, "c1")).toEqual(["frist", "uno"]);
  delete server.faults.down;
  await clock.until(() => log.messages("ben").at(-1)?.content === "uno");
  await settle();
  expect(texts(ann, "c1")).toEqual(["frist", "uno"]);
  expect(server.breaches).toEqual([]);
});

test("[IDEM-1] a change to a message that is refused itself is done to what stays of it", async () => {
  const { clock, server, ann } = await world();
  const errors: string[] = [];
  ann.on("error", ({ code }) => errors.push(code));
  let refusing = false;
  server.faults.refuse = (command) => {
    if (command.type !== "send") return undefined;
    return refusing ? { code: "forbidden" } : { code: "overloaded", retry_after_ms: 1000 };
  };
  const [one, two] = ["one", "two"].map((text) => ann.send("c1", text).message.client_message_id ?? "");
  await settle();
  ann.edit("c1", one ?? "", "uno");
  ann.deleteMessage("c1", two ?? "");
  refusing = true;
  await clock.until(() => ann.messages("c1").at(-1)?.status === "failed");
  expect(ann.messages("c1").slice(1)).toMatchObject([{ content: "uno", status: "failed" }]);
  expect(errors).toEqual([]);
  delete server.faults.refuse;
  ann.retry("c1", one ?? "");
  await clock.until(() => ann.messages("c1").at(-1)?.status === "sent");
  expect(texts(ann, "c1")).toEqual(["frist", "uno"]);
});

test("[DEL-1] a deletion that somebody else was faster with is done", async () => {
  const { clock, server, ann, log, id } = await world();
  server.cutAll();
  await settle();
  const errors: string[] = [];
  ann.on("error", ({ code }) => errors.push(code));
  const gone = ann.deleteMessage("c1", id);
  server.append(log, { kind: "delete", sender_id: "ben", target: id });
  await clock.until(() => ann.state.name === "online");
  await gone.done;
  expect([ann.messages("c1")[0]?.content, errors]).toEqual(["", []]);
});

test("[LIM-2] refuses what can never be sent", async () => {
  const { ann, id } = await world();
  expect(() => ann.edit("c1", id, "é".repeat(8193))).toThrow(/too long/);
  expect(texts(ann, "c1")).toEqual(["frist"]);
});

test("[PIN-1] pins are asked for again when they changed", async () => {
  const { server, ann, log, id } = await world();
  const asked = (): number => server.requests.filter(({ path }) => path.endsWith("/pins")).length;
  expect(await ann.pins("c1")).toEqual([]);
  await ann.pin("c1", id);
  expect(await ann.pins("c1")).toMatchObject([{ message_id: id }]);
  await ann.pins("c1");
  expect(asked()).toBe(2);
  server.append(log, { kind: "edit", sender_id: "ann", target: id, content: "first" });
  await settle();
  expect(await ann.pins("c1")).toMatchObject([{ content: "first" }]);
  await ann.unpin("c1", id);
  expect(await ann.pins("c1")).toEqual([]);
  server.faults.rest = () => ({ code: "forbidden" });
  await expect(ann.pin("c1", id)).rejects.toMatchObject({ code: "forbidden" });
});

test("[PIN-1] without a network the pins are those of the last time, as they stand now", async () => {
  const { server, log, ann, clock, store, id } = await world();
  const second = server.say(log, "ben", "second").message_id;
  await settle();
  for (const pin of [id, second]) server.append(log, { kind: "settings", sender_id: "ben", changes: { pin } });
  await settle();
  expect(await ann.pins("c1")).toMatchObject([{ content: "second" }, { content: "frist" }]);
  server.append(log, { kind: "delete", sender_id: "ben", target: second });
  await settle();
  await ann.close();
  const again = person(clock, server, "ann", { store });
  server.faults.upgrade = () => false;
  await again.start();
  expect(await again.pins("c1")).toMatchObject([{ content: "frist" }]);
});
