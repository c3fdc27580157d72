import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import type { ParleyClient } from "../src/index.ts";
import { createClient, indexedDbStore, memoryStore } from "../src/index.ts";
import { texts, useServer } from "./support/real-server.ts";
import { devToken, eventually } from "./support/server.ts";

const { url, newName, join, keep, restart } = useServer();

test("two people chat: list, order, unread, ticks", async () => {
  const [annName, benName] = [newName("ann"), newName("ben")];
  const [ann, ben] = [join(annName), join(benName)];
  const incoming: string[] = [];
  ben.on("incoming", ({ message }) => incoming.push(message.content));
  await Promise.all([ann.connect(), ben.connect()]);
  const { conversation_id: id } = await ann.createDirect(benName);
  for (const text of ["one", "two", "three"]) ann.send(id, text);
  await eventually(() => texts(ben, id).length === 3);
  expect(texts(ben, id)).toEqual(["one", "two", "three"]);
  expect(incoming).toEqual(["one", "two", "three"]);
  expect(ben.conversation(id)).toMatchObject({ unread_count: 3, last_message: { content: "three" } });
  await eventually(() => ann.messages(id).every((message) => message.status === "delivered"));
  ben.markRead(id);
  expect(ben.conversation(id)?.unread_count).toBe(0);
  await eventually(() => ann.messages(id).every((message) => message.status === "read"));
  await ben.send(id, "four").sent;
  await eventually(() => texts(ann, id).length === 4);
  expect(ann.messages(id).map((message) => message.seq)).toEqual(ben.messages(id).map((message) => message.seq));
});

test("a group, typing, and a second device that comes later", async () => {
  const people = ["ann", "ben", "cem"].map(newName);
  const [ann, ben, cem] = people.map((name) => join(name)) as [ParleyClient, ParleyClient, ParleyClient];
  await Promise.all([ann, ben, cem].map((client) => client.connect()));
  const { conversation_id: id } = await ann.createGroup("Boat", people.slice(1));
  await ann.send(id, "ahoy").sent;
  await eventually(() => [ben, cem].every((client) => texts(client, id).length === 1));
  await Promise.all([ann.open(id), ben.open(id)]);
  const typed = new Promise<readonly string[]>((resolve) => {
    ann.on("typing", ({ userIds }) => resolve(userIds));
  });
  ben.typing(id);
  await expect(typed).resolves.toEqual([people[1]]);
  for (const client of [ben, cem]) client.markRead(id);
  await eventually(() => ann.messages(id)[0]?.status === "read");
  const second = join(people[0] ?? "", memoryStore(), "second");
  await second.connect();
  expect(texts(second, id)).toEqual(["ahoy"]);
  expect(second.conversation(id)).toMatchObject({ name: "Boat", member_count: 3 });
});

test("older pages, back to the beginning", { timeout: 60_000 }, async () => {
  const [annName, benName] = [newName("ann"), newName("ben")];
  const ann = join(annName);
  await ann.connect();
  const { conversation_id: id } = await ann.createDirect(benName);
  const wanted = Array.from({ length: 130 }, (_, index) => `message ${index}`);
  const sendings = wanted.map((text) => ann.send(id, text).sent);
  await Promise.all(sendings);
  const ben = join(benName);
  await ben.connect();
  await ben.open(id);
  expect(texts(ben, id).length).toBeLessThan(130);
  while ((await ben.loadOlder(id)).more);
  expect(texts(ben, id)).toEqual(wanted);
  expect(ben.conversation(id)?.unread_count).toBe(130);
});

test("a message typed while the server is dead arrives once, after a reload too", { timeout: 60_000 }, async () => {
  const [annName, benName] = [newName("ann"), newName("ben")];
  const name = `store-${annName}`;
  const [ann, ben] = [join(annName, indexedDbStore(name)), join(benName)];
  await Promise.all([ann.connect(), ben.connect()]);
  const { conversation_id: id } = await ann.createDirect(benName);
  await ann.send(id, "before").sent;
  await eventually(() => texts(ben, id).length === 1);
  const dead = restart();
  await eventually(() => ann.state.name === "offline");
  for (const text of ["first", "second"]) ann.send(id, text);
  await ann.close();
  await dead;
  const reloaded = join(annName, indexedDbStore(name));
  await reloaded.start();
  expect(texts(reloaded, id)).toEqual(["before", "first", "second"]);
  await reloaded.connect();
  await eventually(
    () => texts(ben, id).length === 3 && reloaded.messages(id).every((one) => one.seq !== undefined),
    40_000,
  );
  expect(texts(ben, id)).toEqual(["before", "first", "second"]);
  expect(texts(reloaded, id)).toEqual(["before", "first", "second"]);
});

test("a server that is killed again and again gets each message once and in order", { timeout: 90_000 }, async () => {
  const [annName, benName] = [newName("ann"), newName("ben")];
  const [ann, ben] = [join(annName), join(benName)];
  await Promise.all([ann.connect(), ben.connect()]);
  const { conversation_id: id } = await ann.createDirect(benName);
  const wanted: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 10; count++) {
      wanted.push(`${round}.${count}`);
      ann.send(id, `${round}.${count}`);
    }
    await eventually(() => ann.messages(id).filter((one) => one.seq !== undefined).length > round * 10 + 3, 40_000);
    await restart();
  }
  await eventually(() => texts(ben, id).length === wanted.length, 40_000);
  await eventually(() => ann.messages(id).every((one) => one.seq !== undefined), 40_000);
  expect(texts(ben, id)).toEqual(wanted);
  expect(texts(ann, id)).toEqual(wanted);
});

test("too fast is slowed down, not lost; a stranger's conversation fails for good", { timeout: 60_000 }, async () => {
  const [annName, benName, eveName] = [newName("ann"), newName("ben"), newName("eve")];
  const [ann, eve] = [join(annName), join(eveName)];
  await Promise.all([ann.connect(), eve.connect()]);
  const { conversation_id: id } = await ann.createDirect(benName);
  const wanted = Array.from({ length: 120 }, (_, index) => String(index));
  await Promise.all(wanted.map((text) => ann.send(id, text).sent));
  await eventually(() => texts(ann, id).length === 120);
  expect(texts(ann, id)).toEqual(wanted);
  await expect(eve.send(id, "let me in").sent).rejects.toMatchObject({ code: "not_found" });
  expect(eve.messages(id)).toMatchObject([{ status: "failed", error: { code: "not_found" } }]);
  await expect(eve.loadOlder(id)).rejects.toMatchObject({ code: "not_found" });
});

test("a short-lived token is renewed without losing the connection", { timeout: 60_000 }, async () => {
  const user = newName("ann");
  let asked = 0;
  const fetchToken = devToken(url(), user, "device", 12);
  const client = keep(
    createClient({
      url: url(),
      getToken: () => {
        asked++;
        return fetchToken();
      },
    }),
  );
  const states: string[] = [];
  client.on("state", (state) => states.push(state.name));
  await client.connect();
  await eventually(() => asked >= 4, 40_000);
  expect(states.filter((name) => name === "online")).toHaveLength(1);
  expect(client.state.name).toBe("online");
});

test("a token that the server does not take ends in `stopped`, not in a loop", { timeout: 60_000 }, async () => {
  const client = keep(createClient({ url: url(), getToken: () => "e30.e30.bad" }));
  await expect(client.connect()).rejects.toMatchObject({ code: "unauthenticated" });
  expect(client.state).toEqual({ name: "stopped", reason: "unauthenticated" });
});
