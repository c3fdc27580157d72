import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { ChatWindow } from "./chat-window.ts";

const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds, in words; nothing is what it should find. */
export const complaints = async (window: ChatWindow): Promise<string[]> => {
  // What fades in is looked at when it is there: half-transparent words have less contrast.
  await window.page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  await window.page.evaluate(source);
  const results = await window.page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`,
  );
};
