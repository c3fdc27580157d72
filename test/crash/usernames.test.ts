import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../../scripts/server.ts";
import { Person } from "../support/person.ts";
import { chooseSeed, nameFor, seeded, unique } from "../support/random.ts";
import { isRemote } from "../support/target.ts";
import { tokenFor } from "../support/tokens.ts";
import { until } from "../support/wait.ts";

const ROUNDS = Number(process.env["PARLEY_NAME_ROUNDS"] ?? 8);
const PEOPLE = 12;
/** Fewer than people, so that they are fought for. */
const NAMES = 5;
/** Answers in one round after which it is killed, at most: what people may change at once, and a little less. */
const ANSWERS = 60;

type Server = Awaited<ReturnType<typeof startServer>>;

describe.skipIf(isRemote)("a server that is killed while people fight for names", () => {
  const seed = chooseSeed();
  const random = seeded(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const names = Array.from({ length: NAMES }, (_x, index) => nameFor(`name${index}`));
  let dataDir: string;
  let server: Server;
  let people: Person[] = [];

  const somebody = async (label: string): Promise<Person> => {
    const who = { userId: unique(label), deviceId: unique("device") };
    return new Person(server.url, { ...who, token: await tokenFor(server.url, who) });
  };

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "parley-names-"));
    server = await startServer({ dataDir, log: "quiet" });
    people = await Promise.all(Array.from({ length: PEOPLE }, (_x, index) => somebody(`person${index}`)));
  });
  afterAll(async () => {
    await server.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  /**
   * Takes names and gives them up until the server is gone. Answers what the profile may show then: the last name that was
   * acknowledged, or the one that was asked for when it went.
   */
  const fight = async (who: Person, before: string | null, answered: () => void): Promise<(string | null)[]> => {
    let stands = before;
    for (;;) {
      const wanted = random() < 0.2 ? null : (names[below(NAMES)] ?? null);
      const body = { username: wanted, display_name: wanted };
      try {
        const { problem } = await who.rest.call("putMe", { body });
        answered();
        if (problem === undefined) stands = wanted;
        // Nothing more is let through in this life of the server.
        if (problem?.code === "rate_limited") return [stands];
      } catch {
        return [stands, wanted];
      }
    }
  };

  /** Every name is shown by one person at most, found with that one, and to be had by nobody else. */
  const verify = async (possible: readonly (string | null)[][]): Promise<string> => {
    const profiles = await Promise.all(people.map((who) => who.rest.ok("getMe")));
    const shown = profiles.map(({ username }) => username ?? null);
    for (const [index, username] of shown.entries()) expect(possible[index]).toContain(username);
    for (const { username, display_name } of profiles) expect(display_name).toBe(username);
    const states: string[] = [];
    for (const username of names) {
      const having = people.filter((_who, index) => shown[index] === username).map(({ userId }) => userId);
      expect(having.length).toBeLessThanOrEqual(1);
      const newcomer = await somebody("newcomer");
      const { users } = await newcomer.rest.ok("findUsers", { query: { username } });
      expect(users.map(({ user_id }) => user_id)).toEqual(having);
      const { problem } = await newcomer.rest.call("putMe", { body: { username } });
      expect(problem?.code).toBe(having.length === 0 ? undefined : "conflict");
      if (having.length === 0) await newcomer.rest.ok("putMe", { body: { username: null } });
      states.push(having.length === 0 ? "free" : "taken");
    }
    return states.join(" ");
  };

  test(`[USER-5] [USER-6] [USER-7] ${ROUNDS} kills: each name is one person's or free for anybody (PARLEY_SEED=${seed})`, async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      let answers = 0;
      const before = await Promise.all(people.map(async (who) => (await who.rest.ok("getMe")).username ?? null));
      const fights = people.map((who, index) => fight(who, before[index] ?? null, () => answers++));
      const enough = 1 + below(ANSWERS);
      await until(`${enough} answers`, () => answers >= enough, 20_000, 1);
      await server.kill("SIGKILL");
      const possible = await Promise.all(fights);
      server = await startServer({ dataDir, port: server.port, log: "quiet" });
      const open = possible.filter((some) => some.length === 2).length;
      console.log(`round ${round}: killed after ${answers} answers, ${open} without one: ${await verify(possible)}`);
    }
  });
});
