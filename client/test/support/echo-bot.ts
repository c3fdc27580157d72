import { createBot } from "../../src/node/index.ts";
import { devToken } from "./server.ts";

/** A process of its own, to be killed: answers each message with the same, behind a moment of thought. */
const [url = "", user = "", file = ""] = process.argv.slice(2);
const bot = createBot({
  url,
  file,
  getToken: devToken(url, user, `${user}-1`),
  onMessage: async ({ content }, { reply }) => {
    const answered = reply(`echo ${content}`);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    await answered;
  },
});
await bot.start();
process.stdout.write("online\n");
