import { existsSync } from "node:fs";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Where this machine has a Chromium, if it has one. CHROMIUM_PATH names another place. */
export const browserPath = (): string | undefined =>
  [process.env["CHROMIUM_PATH"] ?? "", ...PLACES].find((place) => place !== "" && existsSync(place));
