import { migrateArchive } from "../../scripts/archive-migrations.ts";
import { MariaDb } from "../support/mariadb.ts";
import { PlanetScale } from "../support/planetscale/planetscale.ts";
import { Cut } from "./cut.ts";
import type { LineState } from "./cut.ts";

/** Archives of regions, each of which can be cut off. */
export interface Archives {
  /** Settings of the server, and of one that has the same without a line that can be cut. */
  readonly env: Readonly<Record<string, string>>;
  readonly uncut: Readonly<Record<string, string>>;
  /** `base`: where the server is. */
  turn(base: string, region: string, state: LineState): Promise<void>;
  stop(): Promise<void>;
}

/** Those that are objects of the server: its own worker cuts them off. */
export const objectArchives = (): Archives => ({
  env: {},
  uncut: {},
  turn: async (base, region, state) => {
    await fetch(`${base}/drill/archive?region=${region}&state=${state}`, { method: "POST" });
  },
  stop: async () => undefined,
});

interface Database {
  readonly db: MariaDb;
  readonly service: PlanetScale;
  readonly cut: Cut;
}

/** A MariaDB for each region, behind PlanetScale's protocol and a line of its own. */
export const databaseArchives = async (regions: readonly string[]): Promise<Archives> => {
  const databases = new Map<string, Database>();
  const env: Record<string, string> = {};
  const uncut: Record<string, string> = {};
  const stop = async (): Promise<void> => {
    for (const { db, service, cut } of databases.values()) {
      await cut.stop();
      await service.stop();
      await db.stop();
    }
  };
  try {
    for (const region of regions) {
      const db = await MariaDb.start();
      const service = await PlanetScale.start({ socket: db.socket });
      await migrateArchive(service.url);
      const name = `ARCHIVE_URL_${region.toUpperCase()}`;
      const url = new URL(service.url);
      uncut[name] = url.href;
      const cut = await Cut.before(Number(url.port));
      databases.set(region, { db, service, cut });
      url.port = String(cut.port);
      env[name] = url.href;
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { env, uncut, turn: async (_base, region, state) => databases.get(region)?.cut.turn(state), stop };
};
