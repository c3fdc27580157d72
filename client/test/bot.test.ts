import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Bot, BotOptions } from "../src/node/bot.ts";
import { botIn } from "../src/node/bot.ts";
import { fileStore } from "../src/node/file-store.ts";
import { environmentOf, FakeClock, settle } from "./support/fake-clock.ts";
import { restOf } from "./support/fake-rest.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person, tokenOf } from "./support/person.ts";

const directory = mkdtempSync(path.join(tmpdir(), "parley-bots-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;
const newFile = (): string => path.join(directory, `${++files}.db`);

const world = (file = newFile()) => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const log = server.conversation("c1", "direct", ["bot", "ben"]);
  const start = async (onMessage: BotOptions["onMessage"], more: Partial<BotOptions> = {}): Promise<Bot> => {
    const environment = environmentOf(clock, { WebSocket: server.WebSocket, fetch: restOf(server, "bot") });
    const getToken = () => tokenOf("bot", clock.now + 86_400_000);
    const bot = botIn({ url: "http://double.test", getToken, file, onMessage, ...more }, environment);
    await bot.start();
    return bot;
  };
  const contents = () => log.entries.flatMap((entry) => (entry.kind === "message" ? entry.content : []));
  return { clock, server, log, file, start, contents };
};

test("a bot handles what came before and what comes, one after the other, and says that it has read it", async () => {
  const { clock, server, log, start, contents } = world();
  server.say(log, "ben", "one");
  server.say(log, "ben", "two");
  const bot = await start((message, { reply }) => void reply(`${message.content}!`));
  server.say(log, "ben", "three");
  await clock.until(() => contents().length === 6);
  expect(contents().filter((text) => text.endsWith("!"))).toEqual(["one!", "two!", "three!"]);
  await clock.advance(2000);
  expect(log.read.get("bot")).toBe(log.entries.findLast((entry) => entry.sender_id === "ben")?.seq);
  await bot.stop();
});

test("[IDEM-1] a bot that ends in the middle handles the message again, and answers once", async () => {
  const { clock, server, log, start, contents } = world();
  const bot = await start(async (_message, { reply }) => {
    await reply("first answer");
    await new Promise(() => undefined);
  });
  server.say(log, "ben", "hello");
  await clock.until(() => contents().includes("first answer"));
  // It never ends what it began: as a process that is killed.
  await bot.client.close();
  let handled = 0;
  const again = await start(async (_message, { reply }) => {
    handled++;
    await reply("first answer");
    await reply("second answer");
  });
  await clock.until(() => contents().includes("second answer"));
  await clock.advance(1000);
  expect(contents()).toEqual(["hello", "first answer", "second answer"]);
  expect(handled).toBe(1);
  await again.stop();
  const third = await start(() => {
    handled++;
  });
  await clock.advance(1000);
  expect(handled).toBe(1);
  await third.stop();
});

test("a handler that fails is called again, later and later, and may give up; other conversations go on", async () => {
  const { clock, server, log, start } = world();
  const other = server.conversation("c2", "group", ["cem", "bot"]);
  const seen: string[] = [];
  const bot = await start(
    ({ content }) => {
      seen.push(content);
      if (content === "bad") throw new Error("cannot");
    },
    { onFailure: (_error, _message, attempt) => (attempt === 3 ? "skip" : undefined) },
  );
  server.say(log, "ben", "bad");
  server.say(log, "ben", "good");
  server.say(other, "cem", "elsewhere");
  await settle();
  expect(seen).toEqual(["bad", "elsewhere"]);
  await clock.until(() => seen.includes("good"));
  expect(seen.filter((content) => content === "bad")).toHaveLength(3);
  await bot.stop();
});

test("what was read before a bot came to a conversation is not handled; what is far back is", async () => {
  const { clock, server, log, start } = world();
  for (let count = 0; count < 10; count++) server.say(log, "ben", `old ${count}`);
  log.read.set("bot", log.head);
  server.tell(log, "bot");
  for (let count = 0; count < 130; count++) server.say(log, "ben", `new ${count}`);
  server.newest = 5;
  const seen: string[] = [];
  const bot = await start(({ content }) => void seen.push(content));
  await clock.until(() => seen.length >= 130);
  expect(seen).toEqual(Array.from({ length: 130 }, (_, index) => `new ${index}`));
  await bot.stop();
});

test("a file that a newer version made is left alone; one that another process opened is its own", async () => {
  const file = newFile();
  const newer = new DatabaseSync(file);
  newer.exec("PRAGMA user_version = 1000");
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const ann = person(clock, server, "ann", { store: fileStore(file) });
  await expect(ann.start()).rejects.toMatchObject({ reason: "outdated" });
  expect(ann.state).toEqual({ name: "stopped", reason: "outdated" });
  newer.close();
  const shared = newFile();
  const [first, second] = [fileStore(shared), fileStore(shared)];
  await first.load();
  await second.load();
  await expect(first.apply({ meta: { rev: 1 } })).rejects.toMatchObject({ reason: "replaced" });
  await second.apply({ meta: { rev: 2 } });
  await expect(first.load()).resolves.toMatchObject({ meta: { rev: 2 } });
});
