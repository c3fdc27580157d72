import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../scripts/server.ts";
import type { RunningServer } from "../../scripts/server.ts";
import { awakeObjects } from "../../scripts/awake-objects.ts";
import { Person } from "../support/person.ts";
import { unique, uuid7 } from "../support/random.ts";
import type { Session } from "../support/session.ts";
import { tokenFor } from "../support/tokens.ts";
import { until, within } from "../support/wait.ts";

const USERS = 1000;
/** Who writes to them: an address of REST, and no socket. */
const WRITERS = 10;
const AT_ONCE = 20;
const ASLEEP_MS = 15_000;
const ARRIVED_MS = 20_000;

let dataDir: string;
let server: RunningServer;

interface Idler {
  readonly session: Session;
  readonly writer: Person;
  readonly conversationId: string;
}

const person = async (): Promise<Person> => {
  const who = { userId: unique("user"), deviceId: "phone" };
  return new Person(server.url, { ...who, token: await tokenFor(server.url, who) });
};

/** In order, some at a time. */
const each = async <T, U>(all: readonly T[], work: (one: T) => Promise<U>): Promise<U[]> => {
  const results: U[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++) results[index] = await work(all[index] as T);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
};

const numbers = (count: number): number[] => Array.from({ length: count }, (_x, index) => index);

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "parley-idle-"));
  const env = { SEND_RATE: "5000", SEND_BURST: "5000", CONNECT_RATE: "0" };
  server = await startServer({ dataDir, env });
});
afterAll(async () => {
  await server.kill();
  await rm(dataDir, { recursive: true, force: true });
});

describe("hibernation", () => {
  it("[WS-4] 1,000 idle connections whose hearts beat keep no object in memory, and a message arrives at each", async () => {
    const writers = await each(numbers(WRITERS), person);
    const idlers = await each(numbers(USERS), async (index): Promise<Idler> => {
      const [one, writer] = [await person(), writers[index % WRITERS] as Person];
      const { conversation_id: conversationId } = await writer.direct(one);
      return { session: await one.connect(), writer, conversationId };
    });
    // Open files tell the truth: everybody who came just now is awake.
    expect(awakeObjects(server.pid, "UserObject").size).toBeGreaterThan(AT_ONCE);
    const beat = setInterval(() => void each(idlers, ({ session }) => session.ping(ASLEEP_MS)), ASLEEP_MS / 4);
    try {
      await until("all objects to be gone", () => awakeObjects(server.pid, "UserObject").size === 0, ASLEEP_MS, 250);
    } finally {
      clearInterval(beat);
    }
    await each(idlers, ({ session }) => session.ping());
    expect(awakeObjects(server.pid, "UserObject").size).toBe(0);
    const sent = each(idlers, async ({ session, writer, conversationId }) => {
      const { seq } = await writer.send(conversationId, "still there?", uuid7());
      return await session.entry(conversationId, seq);
    });
    const entries = await within(sent, ARRIVED_MS, "a message for each");
    expect(entries).toEqual(idlers.map(() => expect.objectContaining({ kind: "message", content: "still there?" })));
    expect(idlers.flatMap(({ session }) => [session.closedBy, ...session.violations])).toEqual(
      idlers.map(() => undefined),
    );
    await Promise.all(idlers.map(({ session }) => session.close()));
  });
});
