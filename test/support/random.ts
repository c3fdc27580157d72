import { randomBytes, randomUUID } from "node:crypto";

/** A name that no other test, run or deployment has used. */
export const unique = (label: string): string => `${label}-${randomBytes(6).toString("hex")}`;

/** The same, as a username. */
export const nameFor = (label: string): string => `${label}_${randomBytes(6).toString("hex")}`;

export const uuid4 = (): string => randomUUID();

/** A version 7 UUID whose time is `timeMs`, so that ids of long ago can be made. */
export const uuid7 = (timeMs: number = Date.now()): string => {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(timeMs, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

/** Chosen by PARLEY_SEED, so that a failure can be played again. */
export const chooseSeed = (): number => {
  const given = process.env["PARLEY_SEED"];
  return given === undefined ? randomBytes(4).readUInt32BE() : Number(given);
};

/** Numbers in [0, 1) that depend on nothing but the seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
