import { describe, expect, it } from "vitest";
import { MemoryArchive } from "../support/memory-archive.ts";
import { Talk } from "./conversation-fixtures.ts";

const DAY = 86_400_000;
const GATHERED = 8;

/** An archive that moves what is old, as the test plays it. */
class MovingArchive extends MemoryArchive {
  readonly calls: [conversation: string, at: number][] = [];
  moves: () => Promise<boolean> = async () => false;

  compact(conversation: string, now: number): Promise<boolean> {
    this.calls.push([conversation, now]);
    return this.moves();
  }
}

const sceneOf = () => {
  const archive = new MovingArchive();
  const failures: unknown[] = [];
  const talk = new Talk();
  talk.archiving = {
    archive,
    horizon: { entries: GATHERED, ms: 30 * DAY },
    archiveFailed: (_failures, reason) => void failures.push(String(reason)),
  };
  talk.crash();
  /** As many as are archived at once, and the time in which they are. */
  const write = async (): Promise<void> => {
    for (let count = 0; count < GATHERED; count++) talk.send("ann");
    await talk.pass(60_000);
  };
  return { archive, failures, talk, write };
};

describe("what is old in the archive", () => {
  it("is looked at when something is archived, and once a day", async () => {
    const { archive, talk, write } = sceneOf();
    await talk.pass(DAY);
    expect(archive.calls).toEqual([]);
    await write();
    await write();
    expect(archive.calls).toHaveLength(1);
    expect(archive.calls[0]?.[0]).toBe("c1");
    await talk.pass(DAY);
    expect(archive.calls).toHaveLength(1);
    await write();
    expect(archive.calls).toHaveLength(2);
    expect(archive.log("c1").length).toBeGreaterThanOrEqual(3 * GATHERED);
  });

  it("is gone on with the next time, where there is more", async () => {
    const { archive, write } = sceneOf();
    archive.moves = async () => archive.calls.length < 2;
    for (let count = 0; count < 4; count++) await write();
    expect(archive.calls).toHaveLength(2);
  });

  it("holds up nothing when it fails, or never ends", async () => {
    const { archive, failures, talk, write } = sceneOf();
    archive.moves = () => Promise.reject(new Error("the files are out of reach"));
    await write();
    expect(failures).toEqual(["Error: the files are out of reach"]);
    archive.moves = () => new Promise(() => undefined);
    await talk.pass(DAY);
    await write();
    await write();
    await write();
    expect(archive.calls).toHaveLength(2);
    expect(archive.log("c1").length).toBeGreaterThanOrEqual(4 * GATHERED);
  });
});
