import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../../scripts/server.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import { Chatter } from "../support/chatter.ts";
import { assertExact } from "../support/exact.ts";
import { Person } from "../support/person.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { isRemote } from "../support/target.ts";
import { tokenFor } from "../support/tokens.ts";
import { delay, until } from "../support/wait.ts";

/** More than a plain group has, so that it goes through slices. PARLEY_FANOUT_MEMBERS=500 takes two slices, and minutes. */
const MEMBERS = Number(process.env["PARLEY_FANOUT_MEMBERS"] ?? 150);
const ROUNDS = Number(process.env["PARLEY_FANOUT_ROUNDS"] ?? 5);
const SENDERS = 3;
const WINDOW = 3;
/** Some are never there; as many are there first, and away when it happens. */
const AWAY = 12;
const PAUSE_MS = 20;
const PATIENCE_MS = 20_000 + MEMBERS * 100;

type Server = Awaited<ReturnType<typeof startServer>>;

describe.skipIf(isRemote)("a server that is killed while a large group is being told", () => {
  const seed = chooseSeed();
  const random = seeded(seed);
  const env = { SEND_RATE: "1000", SEND_BURST: "1000" };
  let dataDir: string;
  let server: Server;
  let chatters: Chatter[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "parley-fanout-"));
    server = await startServer({ dataDir, env, log: "quiet" });
  });
  afterAll(async () => {
    await Promise.all(chatters.map((chatter) => chatter.stop()));
    await server.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  const gather = (): Promise<Person[]> =>
    Promise.all(
      Array.from({ length: MEMBERS }, async (_x, i) => {
        const who = { userId: `member${i}`, deviceId: `device${i}` };
        return new Person(server.url, { ...who, token: await tokenFor(server.url, who) });
      }),
    );

  const talk = async (chatter: Chatter, id: string, goesOn: () => boolean): Promise<void> => {
    for (let i = 0; goesOn(); i++) {
      if (chatter.pending < WINDOW) chatter.say(id, `${chatter.person.userId}/${i}`);
      await delay(PAUSE_MS);
    }
  };

  const killAndRestart = async (): Promise<void> => {
    await server.kill("SIGKILL");
    server = await startServer({ dataDir, env, port: server.port, log: "quiet" });
  };

  /**
   * At a moment that chance picks: when one of the next entries has reached so and so many, and the newest one not all.
   * Answers how many lacked that.
   */
  const killMidway = async (id: string, present: readonly Chatter[]): Promise<number> => {
    const heads = (): number[] => present.map((chatter) => chatter.heads.get(id) ?? 0);
    const target = Math.max(...heads()) + 1 + Math.floor(random() * 10);
    const enough = 1 + Math.floor(random() * present.length);
    const lacking = await until(
      `entry ${target} to have reached ${enough} of ${present.length}`,
      () => {
        const now = heads();
        const newest = Math.max(...now);
        const hasReached = now.filter((head) => head >= target).length >= enough;
        return hasReached && newest > Math.min(...now) && now.filter((head) => head < newest).length;
      },
      PATIENCE_MS,
      2,
    );
    await killAndRestart();
    return lacking;
  };

  const caughtUp = async (id: string, some: readonly Chatter[], head: number): Promise<void> => {
    await until(
      `${some.length} devices to have ${head} entries`,
      () => some.every((chatter) => chatter.holds(id, head)),
      PATIENCE_MS,
      50,
    ).catch((error: unknown) => {
      const behind = some.filter((chatter) => !chatter.holds(id, head));
      throw new Error(`${String(error)}; ${behind.length} lack some, ${behind[0]?.standing(id)}`);
    });
  };

  /** The log holds exactly what was acknowledged, each once, where it was promised. */
  const checkLog = (log: readonly Entry[], senders: readonly Chatter[]): void => {
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_entry, i) => i + 1));
    const said = log.filter((entry) => entry.kind === "message");
    const acked = new Map(senders.flatMap((sender) => [...sender.acked]));
    expect(new Set(said.map((entry) => entry.client_message_id)).size).toBe(said.length);
    expect(said.length).toBe(acked.size);
    for (const { client_message_id = "", seq, message_id, content } of said)
      expect(acked.get(client_message_id)).toMatchObject({ seq, message_id, content });
  };

  /** In the list of somebody who was there. */
  const checkRow = async (person: Person, id: string, log: readonly Entry[]): Promise<void> => {
    const isCaughtUp = async (): Promise<Conversation | undefined> =>
      (await person.list()).find((row) => row.conversation_id === id && row.head_seq === log.length);
    const row = await until(`the list of ${person.userId} to show ${log.length}`, isCaughtUp, PATIENCE_MS, 200);
    assertExact(person.userId, row, log);
  };

  /** By sync, as a device that comes back asks: with the `rev` that it knows, or with none. */
  const checkAway = async (person: Person, since: number, id: string, log: readonly Entry[]): Promise<void> => {
    const { conversations, entries } = await person.rest.ok("sync", { query: { since } });
    const row = conversations.find(({ conversation_id }) => conversation_id === id);
    if (row === undefined) throw new Error(`${person.userId} is not told of the group after ${since}`);
    expect(row.head_seq).toBe(log.length);
    assertExact(person.userId, row, log);
    const newest = entries[id] ?? [];
    expect(newest.length).toBeGreaterThan(0);
    expect(newest).toEqual(log.slice(-newest.length));
  };

  test(
    "[DLV-1] [DLV-2] everybody has everything once, and who was away counts exactly",
    { timeout: 60_000 + MEMBERS * 600 },
    async () => {
      expect(MEMBERS).toBeGreaterThan(LIMITS.plainGroupMembers + 2 * AWAY);
      console.log(`seed ${seed} (PARLEY_SEED), ${MEMBERS} members (PARLEY_FANOUT_MEMBERS), ${ROUNDS} rounds`);
      const people = await gather();
      const [owner, ...others] = people;
      if (owner === undefined) throw new Error("nobody is there");
      const { conversation_id: id } = await owner.group(others, "everybody");
      const never = people.slice(-AWAY);
      chatters = people.slice(0, -AWAY).map((person) => new Chatter(server.url, person));
      const leaving = chatters.slice(-AWAY);
      const present = chatters.slice(0, -AWAY);
      const senders = present.slice(0, SENDERS);
      for (const chatter of chatters) chatter.start();
      await caughtUp(id, chatters, 1);
      await Promise.all(leaving.map((chatter) => chatter.stop()));

      let isTalking = true;
      const talks = senders.map((sender) => talk(sender, id, () => isTalking));
      const lacked: number[] = [];
      try {
        for (let round = 0; round < ROUNDS; round++) lacked.push(await killMidway(id, present));
      } finally {
        isTalking = false;
        await Promise.all(talks);
      }
      console.log(`killed when of ${present.length} the newest entry was not with ${lacked.join(", ")}`);

      await until("all to be acknowledged", () => senders.every(({ pending }) => pending === 0), PATIENCE_MS, 50);
      // Once more, with nothing to come behind that would show what is lacking.
      await killAndRestart();
      const log = await owner.log(id);
      checkLog(log, senders);
      await caughtUp(id, present, log.length);
      for (const { person, logs, contradictions } of present) {
        expect(contradictions).toEqual([]);
        const held = [...(logs.get(id)?.values() ?? [])].sort((a, b) => a.seq - b.seq);
        expect(held, person.userId).toEqual(log);
        await checkRow(person, id, log);
      }
      for (const person of never) await checkAway(person, 0, id, log);
      for (const { person, rev } of leaving) await checkAway(person, rev, id, log);
    },
  );
});
