import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect, test } from "vitest";
import { texts, useServer } from "./support/real-server.ts";
import { eventually, temporaryData } from "./support/server.ts";
import { rmSync } from "node:fs";

const { url, newName, join } = useServer();
const BOT = path.resolve(import.meta.dirname, "support/echo-bot.ts");

test("[IDEM-1] a bot that is killed again and again answers each message, once", { timeout: 90_000 }, async () => {
  const directory = temporaryData();
  const [annName, botName] = [newName("ann"), newName("bot")];
  const run = (): ChildProcess =>
    spawn(process.execPath, [BOT, url(), botName, path.join(directory, "bot.db")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  let bot = run();
  try {
    const ann = join(annName);
    await ann.connect();
    const { conversation_id: id } = await ann.createDirect(botName);
    const echoes = (): string[] => texts(ann, id).filter((text) => text.startsWith("echo "));
    const COUNT = 60;
    const expected = Array.from({ length: COUNT }, (_, index) => `echo ${index}`);
    let kills = 0;
    for (let index = 0; index < COUNT; index++) {
      const before = echoes().length;
      await ann.send(id, String(index)).sent;
      if (index % 6 !== 5) continue;
      // It is at work: somewhere between reading, answering and remembering.
      await eventually(() => echoes().length > before, 30_000);
      bot.kill("SIGKILL");
      await once(bot, "exit");
      kills++;
      bot = run();
    }
    await eventually(() => echoes().length >= COUNT, 30_000);
    expect(echoes()).toEqual(expected);
    expect(kills).toBe(10);
    const { messages } = { messages: ann.messages(id) };
    expect(messages).toHaveLength(2 * COUNT);
  } finally {
    bot.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
});
