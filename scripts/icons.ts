import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

/**
 * Draws the icons of the installed app out of `web/public/icon.svg`: `node scripts/icons.ts`, once whenever that
 * changes. The results are committed, so that a build needs no browser.
 */
const PUBLIC = path.resolve(import.meta.dirname, "../web/public");
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

interface IconFile {
  readonly name: string;
  readonly px: number;
  /** Systems cut these to a shape of their own: the ground reaches the edges, and the mark keeps clear of them. */
  readonly full: boolean;
  /** Of one colour: systems take the shape out of it, for the line at the top of the screen. */
  readonly shape?: true;
}

const FILES: readonly IconFile[] = [
  { name: "icon-192", px: 192, full: false },
  { name: "icon-512", px: 512, full: false },
  { name: "maskable-192", px: 192, full: true },
  { name: "maskable-512", px: 512, full: true },
  { name: "apple-touch-icon", px: 180, full: true },
  { name: "badge-96", px: 96, full: false, shape: true },
];

const svg = readFileSync(path.join(PUBLIC, "icon.svg"), "utf8");
const ground = /<rect [^>]*fill="(#[0-9a-f]{6})"/.exec(svg)?.[1];
if (ground === undefined) throw new Error("unable to draw; icon.svg has no ground");
/** The mark alone, in white. */
const shapeOnly = svg
  .replace(/<rect [^>]*>/, "")
  .replace(/stroke="#[0-9a-f]{6}"/, 'stroke="#fff"')
  .replace('viewBox="0 0 64 64"', 'viewBox="10 10 46 46"');
if (!existsSync(CHROMIUM)) throw new Error(`unable to draw; no browser at ${CHROMIUM}`);

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  for (const { name, px, full, shape } of FILES) {
    const scale = full ? "80%" : "100%";
    await page.setViewportSize({ width: px, height: px });
    await page.setContent(
      `<style>html,body{margin:0;height:100%}body{display:grid;place-items:center;background:${full ? ground : "none"}}
      svg{display:block;width:${scale};height:${scale}}</style>${shape === true ? shapeOnly : svg}`,
    );
    await page.screenshot({ path: path.join(PUBLIC, "icons", `${name}.png`), omitBackground: true });
  }
} finally {
  await browser.close();
}
