export { createBot } from "./bot.ts";
export { fileStore } from "./file-store.ts";
export type { Bot, BotOptions, Talk } from "./bot.ts";
