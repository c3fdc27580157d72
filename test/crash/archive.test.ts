import { createConnection } from "mysql2/promise";
import { describe, expect, test } from "vitest";
import { migrateArchive } from "../../scripts/archive-migrations.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { Chatter } from "../support/chatter.ts";
import { hasMariaDb, MariaDb } from "../support/mariadb.ts";
import type { Person } from "../support/person.ts";
import { PlanetScale } from "../support/planetscale/planetscale.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { isRemote } from "../support/target.ts";
import { delay, until } from "../support/wait.ts";
import { deleting, editing } from "../support/write.ts";
import { Scene } from "./scene.ts";

const isCi = /^(1|true)$/i.test(process.env["CI"] ?? "");
const WRITERS = 4;
const WINDOW = 32;
const PAUSE_MS = 8;
/** Of the database, every other one together with the server. */
const KILLS = 6;
const PATIENCE_MS = 120_000;

interface Archived {
  readonly seq: number;
  readonly body: string;
  readonly edited: string | null;
  readonly deleted_seq: number | null;
}

const rowsOf = async (db: MariaDb, id: string): Promise<Archived[]> => {
  const connection = await createConnection({ socketPath: db.socket, user: "root", database: "parley" });
  const query = "SELECT seq, body, edited, deleted_seq FROM entries WHERE conversation_id = ? ORDER BY seq";
  const [rows] = await connection.query(query, [id]);
  await connection.end();
  return rows as Archived[];
};

/** What the archive says of a message. */
const contentOf = ({ body, edited }: Archived): string =>
  (JSON.parse(edited ?? body) as { readonly content: string }).content;

describe.skipIf(isRemote || (!hasMariaDb && !isCi))("a database that is killed while a log is archived", () => {
  const seed = chooseSeed();
  const random = seeded(seed);

  const talk = async (chatter: Chatter, id: string, goesOn: () => boolean): Promise<void> => {
    for (let i = 0; goesOn(); i++) {
      if (chatter.pending < WINDOW) chatter.say(id, `${chatter.person.userId}/${i}`);
      await delay(PAUSE_MS);
    }
  };

  /** Some of what one wrote, wherever it lies by now, is changed or taken away. */
  const change = async ({ person, acked }: Chatter, id: string, goesOn: () => boolean): Promise<number> => {
    let done = 0;
    const touched = new Set<string>();
    while (goesOn()) {
      const all = [...acked.values()];
      const picked = all[Math.floor(random() * all.length)];
      await delay(20);
      if (picked === undefined || touched.has(picked.message_id)) continue;
      touched.add(picked.message_id);
      const write =
        done % 3 === 0 ? deleting(id, picked.message_id) : editing(id, picked.message_id, `changed ${done}`);
      // While the database is away what is archived cannot be changed, and while the server is nothing can.
      if ((await person.tries(write).catch(() => "away")) === "ok") done++;
    }
    return done;
  };

  /** As soon as a batch is on its way. */
  const killInTheMiddle = async (service: PlanetScale, db: MariaDb): Promise<void> => {
    const before = service.statements.length;
    await until("a batch", () => service.statements.slice(before).some((one) => /^insert/i.test(one)), PATIENCE_MS, 1);
    await db.kill();
  };

  const everythingArchived = (db: MariaDb, person: Person, id: string): Promise<Archived[]> =>
    until(
      "the archive to catch up",
      async () => {
        const { head_seq: head } = await person.row(id);
        const rows = await rowsOf(db, id);
        const messages = new Map((await person.history(id)).map((message) => [message.seq, message]));
        const isSame = rows.every((row) => agrees(row, messages.get(row.seq)));
        return head - rows.length < LIMITS.archiveBatch && isSame ? rows : undefined;
      },
      PATIENCE_MS,
      1000,
    );

  const agrees = (row: Archived, message: Message | undefined): boolean =>
    message === undefined ||
    ((row.deleted_seq !== null) === (message.deleted_at !== undefined) && contentOf(row) === message.content);

  test(`[DLV-1] has each entry once, as it stands, seed ${seed}`, { timeout: 300_000 }, async () => {
    const db = await MariaDb.start();
    const service = await PlanetScale.start({ socket: db.socket });
    try {
      await migrateArchive(service.url);
      const settings = { ARCHIVE_URL: service.url, HOT_ENTRIES: "300", HOT_DAYS: "0" };
      await Scene.play(
        async (scene) => {
          const people = await Promise.all(Array.from({ length: WRITERS }, (_x, i) => scene.person(`p${i}`)));
          const [ann, ...others] = people;
          if (!ann) throw new Error("nobody is there");
          const id = (await ann.group(others)).conversation_id;
          const chatters = people.map((person) => new Chatter(scene.url, person));
          for (const chatter of chatters) chatter.start();
          let goesOn = true;
          const talks = chatters.map((chatter) => talk(chatter, id, () => goesOn));
          const changes = chatters.map((chatter) => change(chatter, id, () => goesOn));
          try {
            for (let killed = 0; killed < KILLS; killed++) {
              await killInTheMiddle(service, db);
              if (killed % 2 === 1) await scene.restart();
              await delay(200 + random() * 800);
              await db.restart();
            }
            goesOn = false;
            await Promise.all(talks);
            await until("everything to be acknowledged", () => chatters.every(({ pending }) => pending === 0), 30_000);
            const changed = (await Promise.all(changes)).reduce((sum, count) => sum + count, 0);
            expect(chatters.flatMap(({ contradictions }) => contradictions)).toEqual([]);

            const rows = await everythingArchived(db, ann, id);
            console.log(`${rows.length} entries archived, ${changed} changes`);
            expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_row, i) => i + 1));
            const log = await ann.log(id);
            expect(log.map(({ seq }) => seq)).toEqual(log.map((_entry, i) => i + 1));
            const acked = chatters.flatMap((chatter) => [...chatter.acked.values()]);
            expect(new Set(acked.map(({ seq }) => seq)).size).toBe(acked.length);
            for (const { seq, message_id } of acked) expect(log[seq - 1]).toMatchObject({ seq, message_id });
            expect(rows.length).toBeGreaterThan(KILLS * LIMITS.archiveBatch);
            expect(changed).toBeGreaterThan(KILLS);
          } finally {
            goesOn = false;
            await Promise.all(chatters.map((chatter) => chatter.stop()));
          }
        },
        { SEND_RATE: "5000", SEND_BURST: "5000", ...settings },
      );
    } finally {
      await service.stop();
      await db.stop();
    }
  });
});
