import { expect, test } from "vitest";
import { Backlog } from "../../src/core/inbox/backlog.ts";
import { LIMITS } from "../../src/shared/limits.ts";

const NOW = 1_000_000;
const silentFor = (ms: number) => ({ buffered: undefined, lastHeardAt: () => NOW - ms });
const FRAME = 64 * 1024;
const FRAMES = LIMITS.socketBufferedBytes / FRAME;

test("what the platform says is waiting decides", () => {
  const backlog = new Backlog();
  const waiting = (buffered: number) => ({ buffered, lastHeardAt: () => NOW });
  expect(backlog.admits(10, waiting(LIMITS.socketBufferedBytes), NOW)).toBe(true);
  expect(backlog.admits(10, waiting(LIMITS.socketBufferedBytes + 1), NOW)).toBe(false);
});

test("elsewhere a silent device may be sent a mebibyte, and no more", () => {
  const backlog = new Backlog();
  const stuck = silentFor(LIMITS.socketStuckMs + 1);
  for (let i = 0; i < FRAMES; i++) expect(backlog.admits(FRAME, stuck, NOW)).toBe(true);
  expect(backlog.admits(FRAME, stuck, NOW)).toBe(false);
});

test("a device that is heard may be sent any amount", () => {
  const backlog = new Backlog();
  for (let i = 0; i < 5 * FRAMES; i++) expect(backlog.admits(FRAME, silentFor(LIMITS.socketStuckMs), NOW)).toBe(true);
});

test("when it was last heard is not asked for each frame", () => {
  const backlog = new Backlog();
  let asked = 0;
  const socket = { buffered: undefined, lastHeardAt: () => (asked++, NOW) };
  for (let i = 0; i < 2 * FRAMES + 2; i++) backlog.admits(FRAME, socket, NOW);
  expect(asked).toBe(2);
});
