import type { Random } from "../../src/core/ports.ts";

const digits = (random: Random, count: number): string => {
  let text = "";
  for (let i = 0; i < count; i++) text += Math.floor(random() * 16).toString(16);
  return text;
};

/** A UUIDv7 made at `atMs`. Numbered or random: `random` decides. */
export const uuid7At = (atMs: number, random: Random): string => {
  const time = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digits(random, 3)}-8${digits(random, 3)}-${digits(random, 12)}`;
};

export const uuid4From = (random: Random): string =>
  `${digits(random, 8)}-${digits(random, 4)}-4${digits(random, 3)}-8${digits(random, 3)}-${digits(random, 12)}`;
