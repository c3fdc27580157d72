import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeLeave } from "../../scripts/control.ts";
import { startServer } from "../../scripts/server.ts";
import type { RunningServer, ServerOptions } from "../../scripts/server.ts";
import { awakeObjects } from "../../scripts/awake-objects.ts";
import { Person } from "../support/person.ts";
import { unique, uuid7 } from "../support/random.ts";
import { Session } from "../support/session.ts";
import { tokenFor } from "../support/tokens.ts";
import { until } from "../support/wait.ts";

/** An object without events sleeps after ten seconds. */
const ASLEEP_MS = 20_000;

let dataDir: string;
const running: RunningServer[] = [];

const start = async (options: Partial<ServerOptions> = {}): Promise<RunningServer> => {
  const server = await startServer({ dataDir, ...options });
  running.push(server);
  return server;
};

const person = async ({ url }: RunningServer): Promise<Person> => {
  const who = { userId: unique("user"), deviceId: "phone" };
  return new Person(url, { ...who, token: await tokenFor(url, who) });
};

const people = (server: RunningServer, count: number): Promise<Person[]> =>
  Promise.all(Array.from({ length: count }, () => person(server)));

const codesOf = async (sessions: readonly Session[]): Promise<number[]> =>
  await Promise.all(sessions.map(async ({ closed }) => (await closed).code));

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "parley-leave-"));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
  await rm(dataDir, { recursive: true, force: true });
});

describe("[CLOSE-4] a server that is stopped", () => {
  it("tells every device to come back, sleeping objects too, in time, and loses nothing", async () => {
    const server = await start();
    const sleepers = await people(server, 30);
    const asleep = await Promise.all(sleepers.map((one) => one.connect()));
    await until("all to sleep", () => awakeObjects(server.pid, "UserObject").size === 0, ASLEEP_MS, 250);
    const [ann, bob] = (await people(server, 2)) as [Person, Person];
    const [a, b] = [await ann.connect(), await bob.connect()];
    const { conversation_id } = await ann.direct(bob);
    // A burst: most of its list rows are written behind.
    const sent = Array.from({ length: 25 }, (_x, i) =>
      a.ask("ack", { type: "send", conversation_id, client_message_id: uuid7(), content: `last words ${i}` }),
    );
    const seqs = (await Promise.all(sent)).map(({ seq }) => seq);
    const since = performance.now();
    await server.stop();
    expect(performance.now() - since).toBeLessThan(8000);
    expect(await codesOf([...asleep, a, b])).toEqual(Array.from({ length: 32 }, () => 1012));
    await start({ port: server.port });
    expect((await bob.log(conversation_id)).map(({ seq }) => seq)).toEqual(expect.arrayContaining(seqs));
    const back = await bob.connect({ since: 0 });
    const { conversations } = await back.waitFor("sync");
    expect(conversations).toMatchObject([{ head_seq: Math.max(...seqs), unread_count: 25 }]);
    await back.close();
  });

  it("lets nobody in any more, and tells him the same", async () => {
    const server = await start();
    const [ann, bob] = (await people(server, 2)) as [Person, Person];
    const there = await ann.connect();
    expect(await takeLeave(path.join(dataDir, "run", "control.sock"), 5000)).toBe(true);
    const late = await Promise.all([
      Session.open(server.url, { token: bob.token, via: "header" }),
      Session.open(server.url, { token: bob.token, origin: server.url }),
    ]);
    expect(await codesOf([there, ...late])).toEqual([1012, 1012, 1012]);
    expect(late.flatMap(({ frames }) => frames)).toEqual([]);
  });

  it("is not told to by anybody who comes by the public address", async () => {
    const server = await start();
    const ann = await person(server);
    const there = await ann.connect();
    for (const target of ["/leave", "/api/v1/leave", "/control/leave"]) {
      const { status } = await fetch(server.url + target, { method: "POST", headers: { host: "control" } });
      expect([target, status]).toEqual([target, 404]);
    }
    await there.ping();
    await (await ann.connect({ deviceId: "tablet" })).close();
  });

  it("does so from a directory whose path is longer than that of a socket may be", async () => {
    const deep = path.join(dataDir, "d".repeat(100), "e".repeat(100));
    await mkdir(deep, { recursive: true });
    const server = await start({ dataDir: deep });
    const there = await (await person(server)).connect();
    await server.stop();
    expect(await codesOf([there])).toEqual([1012]);
  });
});
