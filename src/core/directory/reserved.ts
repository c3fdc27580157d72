import type { Username } from "../../shared/ids.ts";

/** Names by which somebody could pass for the service or its staff, and words that mean somebody in it. */
const RESERVED: ReadonlySet<string> = new Set([
  "abuse",
  "admin",
  "administrator",
  "all",
  "anonymous",
  "anyone",
  "bot",
  "channel",
  "deleted",
  "everybody",
  "everyone",
  "help",
  "here",
  "info",
  "mod",
  "moderator",
  "nobody",
  "null",
  "official",
  "owner",
  "parley",
  "root",
  "security",
  "service",
  "staff",
  "support",
  "system",
  "team",
  "undefined",
  "unknown",
]);

/** Dots and underscores do not make another name of it: `ad.min` reads as what it is meant to be read as. */
export const isReserved = (name: Username): boolean => {
  const letters = name.replaceAll(/[._]/g, "");
  return letters === "" || RESERVED.has(letters);
};
