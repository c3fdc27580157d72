import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import webPush from "web-push";

/** What was made once and kept in the data directory; for development only. */
const keptIn = (file: string, make: () => string): string => {
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600, flag: "wx" });
  return readFileSync(file, "utf8").trim();
};

/** Tokens outlive a restart. */
export const developmentSecret = (dataDir: string): string =>
  keptIn(path.join(dataDir, "dev-secret"), () => randomBytes(32).toString("base64url"));

/** A fresh pair by which push services of browsers know a server, as settings. */
export const vapidKeys = (): Record<"VAPID_PUBLIC_KEY" | "VAPID_PRIVATE_KEY", string> => {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys();
  return { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey };
};

/** Browsers that subscribed stay subscribed over a restart. */
export const developmentVapid = (dataDir: string): Record<string, string> => {
  const kept = keptIn(path.join(dataDir, "dev-vapid.json"), () => JSON.stringify(vapidKeys()));
  return { ...(JSON.parse(kept) as Record<string, string>), VAPID_SUBJECT: "mailto:development@example.com" };
};
