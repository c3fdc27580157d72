import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import { startServer } from "../../scripts/server.ts";
import { Chatter } from "../support/chatter.ts";
import { assertExact } from "../support/exact.ts";
import { Person } from "../support/person.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { isRemote } from "../support/target.ts";
import { tokenFor } from "../support/tokens.ts";
import { delay, until } from "../support/wait.ts";

const USERS = 20;
const GROUPS = 4;
const GROUP_SIZE = 8;
/** PARLEY_CRASH_ROUNDS=100 makes a long run of it. */
const ROUNDS = Math.max(5, Number(process.env["PARLEY_CRASH_ROUNDS"] ?? 6));
const WINDOW = 4;
const PAUSE_MS = 25;

type Server = Awaited<ReturnType<typeof startServer>>;

interface Room {
  readonly id: string;
  readonly members: readonly Person[];
}

const pick = <T>(random: () => number, from: readonly T[]): T => {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new Error("nothing to choose from");
  return found;
};

describe.skipIf(isRemote)("a server that is killed again and again", () => {
  const seed = chooseSeed();
  const random = seeded(seed);
  const env = { SEND_RATE: "1000", SEND_BURST: "1000" };
  let dataDir: string;
  let server: Server;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "parley-crash-"));
    server = await startServer({ dataDir, env, log: "quiet" });
  });
  afterAll(async () => {
    await server.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  const gather = async (): Promise<Person[]> =>
    await Promise.all(
      Array.from({ length: USERS }, async (_x, i) => {
        const who = { userId: `user${i}`, deviceId: `device${i}` };
        return new Person(server.url, { ...who, token: await tokenFor(server.url, who) });
      }),
    );

  /** Everybody talks with the next three directly, and some in groups. */
  const makeRooms = async (people: readonly Person[]): Promise<Room[]> => {
    const rooms: Room[] = [];
    for (const [i, person] of people.entries()) {
      for (const step of [1, 2, 3]) {
        const other = people[(i + step) % USERS];
        if (other) rooms.push({ id: (await person.direct(other)).conversation_id, members: [person, other] });
      }
    }
    for (let g = 0; g < GROUPS; g++) {
      const members = Array.from({ length: GROUP_SIZE }, (_x, k) => people[(g * 5 + k * 2) % USERS]).filter(
        (person) => person !== undefined,
      );
      const [owner, ...others] = members;
      if (owner) rooms.push({ id: (await owner.group(others, `group ${g}`)).conversation_id, members });
    }
    return rooms;
  };

  const talk = async (chatter: Chatter, rooms: readonly Room[], goesOn: () => boolean): Promise<void> => {
    const mine = rooms.filter((room) => room.members.includes(chatter.person));
    for (let i = 0; goesOn(); i++) {
      if (chatter.pending < WINDOW) chatter.say(pick(random, mine).id, `${chatter.person.userId}/${i}`);
      await delay(PAUSE_MS);
    }
  };

  const killAndRestart = async (): Promise<void> => {
    await delay(500 + random() * 1000);
    await server.kill("SIGKILL");
    server = await startServer({ dataDir, env, port: server.port, log: "quiet" });
  };

  /** Every member's log is the same, every acknowledged message in it once; gives the logs back. */
  const checkLogs = async (rooms: readonly Room[], chatters: readonly Chatter[]): Promise<Map<string, Entry[]>> => {
    const logs = new Map<string, Entry[]>();
    for (const room of rooms) {
      const all = await Promise.all(room.members.map((member) => member.log(room.id)));
      const [log = []] = all;
      for (const other of all) expect(other).toEqual(log);
      expect(log.map((entry) => entry.seq)).toEqual(log.map((_entry, i) => i + 1));
      logs.set(room.id, log);
    }
    for (const chatter of chatters) {
      expect(chatter.contradictions).toEqual([]);
      const mine = [...logs.values()].flat().filter((entry) => entry.sender_id === chatter.person.userId);
      const said = mine.filter((entry) => entry.kind === "message");
      expect(new Set(said.map((entry) => entry.client_message_id)).size).toBe(said.length);
      expect(said.length).toBe(chatter.acked.size);
      for (const [id, promised] of chatter.acked) {
        const entry = logs.get(promised.conversation_id)?.[promised.seq - 1];
        expect(entry).toMatchObject({
          client_message_id: id,
          content: promised.content,
          message_id: promised.message_id,
        });
      }
    }
    return logs;
  };

  const checkRows = async (
    rooms: readonly Room[],
    people: readonly Person[],
    logs: Map<string, Entry[]>,
  ): Promise<void> => {
    for (const person of people) {
      const mine = rooms.filter((room) => room.members.includes(person));
      const rows = await until(
        `the list of ${person.userId} to catch up`,
        async () => {
          const list = new Map((await person.list()).map((row) => [row.conversation_id, row]));
          return mine.every((room) => list.get(room.id)?.head_seq === logs.get(room.id)?.length) ? list : undefined;
        },
        20_000,
        200,
      );
      expect(rows.size).toBe(mine.length);
      for (const [id, row] of rows) assertExact(person.userId, row, logs.get(id) ?? []);
    }
  };

  const checkDevices = async (rooms: readonly Room[], chatters: readonly Chatter[], logs: Map<string, Entry[]>) => {
    for (const room of rooms) {
      const log = logs.get(room.id) ?? [];
      for (const chatter of chatters.filter(({ person }) => room.members.includes(person))) {
        await until("a device", () => chatter.holds(room.id, log.length), 20_000, 100).catch(async () => {
          const sync = await chatter.person.rest.ok("sync", { query: { since: 0 } });
          const row = JSON.stringify(sync.conversations.find((one) => one.conversation_id === room.id));
          throw new Error(`${chatter.standing(room.id)} does not hold all ${log.length} entries; its row: ${row}`);
        });
        const held = [...(chatter.logs.get(room.id)?.values() ?? [])].sort((x, y) => x.seq - y.seq);
        expect(held).toEqual(log);
      }
    }
  };

  test(
    "[DLV-1] nothing acknowledged is lost or doubled, and all members agree",
    { timeout: 60_000 + ROUNDS * 8000 },
    async () => {
      console.log(`seed ${seed} (PARLEY_SEED), ${ROUNDS} rounds (PARLEY_CRASH_ROUNDS)`);
      const people = await gather();
      const rooms = await makeRooms(people);
      const chatters = people.map((person) => new Chatter(server.url, person));
      let isTalking = true;
      const talks = chatters.map((chatter) => {
        chatter.start();
        return talk(chatter, rooms, () => isTalking);
      });
      try {
        for (let round = 0; round < ROUNDS; round++) await killAndRestart();
        isTalking = false;
        await Promise.all(talks);
        await until("everything said to be acknowledged", () => chatters.every((one) => one.pending === 0), 20_000, 50);
        const total = chatters.reduce((sum, chatter) => sum + chatter.acked.size, 0);
        const reconnects = chatters.reduce((sum, chatter) => sum + chatter.connections, 0);
        console.log(`${total} messages acknowledged over ${reconnects} connections`);
        expect(total).toBeGreaterThan(USERS * ROUNDS);
        expect(reconnects).toBeGreaterThan(USERS * ROUNDS * 0.5);

        const logs = await checkLogs(rooms, chatters);
        await checkDevices(rooms, chatters, logs);
        await checkRows(rooms, people, logs);
      } finally {
        isTalking = false;
        await Promise.all(chatters.map((chatter) => chatter.stop()));
      }
    },
  );
});
