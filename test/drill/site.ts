import { bundle } from "../../scripts/build.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { goodClaims, signed } from "../support/jwt.ts";
import { Person } from "../support/person.ts";
import { startProbe } from "../support/probe.ts";
import type { Probe } from "../support/probe.ts";
import { unique } from "../support/random.ts";
import { delay, until } from "../support/wait.ts";
import { Lane } from "./lane.ts";
import type { Sent } from "./lane.ts";

/** How much there is of everything. */
export interface Load {
  readonly lanesPerRegion: number;
  /** Messages of each lane a second. */
  readonly perSecond: number;
  readonly phaseMs: number;
}

/** What a region's people sent in one phase. */
export interface RegionSent extends Sent {
  readonly region: string;
}

/** How a region's backlog went into its archive. */
export interface Drain {
  readonly entries: number;
  readonly ms: number;
}

/** Of a region: acknowledged messages, entries of the logs, and how many of those are archived. */
export interface Account {
  readonly region: string;
  readonly acked: number;
  readonly entries: number;
  readonly archived: number;
}

const SECRET = "a-secret-of-the-drill-that-is-long-enough-for-hs256";
const SETTINGS = {
  AUTH_MODE: "jwt",
  AUTH_SECRET: SECRET,
  SEND_RATE: "1000000",
  SEND_BURST: "1000000",
  CONNECT_RATE: "0",
};
/** A batch that failed is tried again after a wait that doubles; the next alarm finds the archive there. */
const DRAIN_AT_MOST_MS = 180_000;

const newcomer = async (base: string): Promise<Person> => {
  const who = { userId: unique("p"), deviceId: unique("d") };
  const claims = { sub: who.userId, device_id: who.deviceId, exp: Math.floor(Date.now() / 1000) + 7200 };
  const token = await signed(goodClaims(claims), new TextEncoder().encode(SECRET));
  return new Person(base, { ...who, token });
};

/** A server with several regions, and people who talk in each. */
export class Site {
  readonly #probe: Probe;
  readonly #load: Load;
  readonly #lanes: Lane[] = [];

  private constructor(probe: Probe, load: Load) {
    this.#probe = probe;
    this.#load = load;
  }

  static async start(regions: readonly string[], load: Load, env: Readonly<Record<string, string>>): Promise<Site> {
    const files = await bundle({ drill: "test/drill/worker.ts" }, "/nowhere");
    const script = files.find(({ path }) => path.endsWith(".js"));
    const probe = await startProbe(script?.contents ?? "", { ...SETTINGS, REGIONS: regions.join(","), ...env });
    const site = new Site(probe, load);
    try {
      for (const region of regions)
        for (let count = 0; count < load.lanesPerRegion; count++)
          site.#lanes.push(await Lane.open(region, await newcomer(probe.base), await newcomer(probe.base)));
      return site;
    } catch (error) {
      await site.stop();
      throw error;
    }
  }

  get base(): string {
    return this.#probe.base;
  }

  /** Calls to conversations of a region are held up for so long. */
  async slow(region: string, ms: number): Promise<void> {
    await fetch(`${this.base}/drill/slow?region=${region}&ms=${ms}`, { method: "POST" });
  }

  /** Everybody writes for one phase. */
  async write(): Promise<RegionSent[]> {
    const { perSecond, phaseMs } = this.#load;
    const sent = await Promise.all(
      this.#lanes.map(async (lane, index) => {
        // Not all in the same moment.
        await delay((index * 1000) / perSecond / this.#lanes.length);
        return { region: lane.region, ...(await lane.write(perSecond, phaseMs)) };
      }),
    );
    return this.#regions.map((region) => {
      const own = sent.filter((one) => one.region === region);
      const sum = (of: "sends" | "refusals"): number => own.reduce((all, one) => all + one[of], 0);
      return { region, sends: sum("sends"), refusals: sum("refusals"), acks: own.flatMap(({ acks }) => acks) };
    });
  }

  /** While everybody goes on. What is less than a batch may wait. */
  async drain(region: string): Promise<Drain> {
    const from = performance.now();
    const lanes = this.#lanes.filter((lane) => lane.region === region);
    const heads = lanes.map(({ head }) => head);
    const archived = await Promise.all(lanes.map(({ id }) => this.#archived(`conversation=${id}&last`)));
    const entries = heads.reduce((all, head, index) => all + head - (archived[index]?.[0]?.seq ?? 0), 0);
    await Promise.all(lanes.map((lane, index) => this.#untilArchived(lane, heads[index] ?? 0)));
    return { entries, ms: performance.now() - from };
  }

  /** What there is in the end, and what is wrong with it. */
  async account(): Promise<{ accounts: Account[]; faults: string[] }> {
    const faults: string[] = [];
    const accounts: Account[] = [];
    for (const region of this.#regions) {
      let [acked, entries, archived] = [0, 0, 0];
      for (const lane of this.#lanes.filter((one) => one.region === region)) {
        await this.#untilArchived(lane, lane.head);
        const log = await lane.log();
        const rows = await this.#archiveOf(lane);
        faults.push(...lane.faults, ...compared(lane.id, log, rows));
        acked += lane.acked;
        entries += log.length;
        archived += rows.length;
      }
      accounts.push({ region, acked, entries, archived });
    }
    return { accounts, faults };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()));
    await this.#probe.stop();
  }

  get #regions(): string[] {
    return [...new Set(this.#lanes.map(({ region }) => region))];
  }

  async #untilArchived(lane: Lane, head: number): Promise<void> {
    const place = head - LIMITS.archiveBatch + 1;
    const reached = async (): Promise<boolean> =>
      place <= 0 || ((await this.#archived(`conversation=${lane.id}&last`))[0]?.seq ?? 0) >= place;
    await until(`${lane.id} to be archived up to ${place}`, reached, DRAIN_AT_MOST_MS, 250);
  }

  async #archiveOf(lane: Lane): Promise<LogRow[]> {
    const rows: LogRow[] = [];
    for (;;) {
      const page = await this.#archived(`conversation=${lane.id}&after=${rows.at(-1)?.seq ?? 0}`);
      if (page.length === 0) return rows;
      rows.push(...page);
    }
  }

  async #archived(query: string): Promise<LogRow[]> {
    // It may be on its way back only.
    return await until("the archive", async () => {
      const answer = await fetch(`${this.base}/drill/archived?${query}`);
      return answer.ok ? ((await answer.json()) as LogRow[]) : undefined;
    });
  }
}

/** An archive is the beginning of its log, without a hole, entry by entry. */
const compared = (id: string, log: readonly Entry[], rows: readonly LogRow[]): string[] => {
  const faults: string[] = [];
  if (rows.length < log.length - LIMITS.archiveBatch) faults.push(`${rows.length} of ${log.length} are archived`);
  for (const [index, row] of rows.entries()) {
    const entry = log[index];
    const isSame =
      entry !== undefined &&
      row.seq === entry.seq &&
      row.kind === entry.kind &&
      row.sender_id === entry.sender_id &&
      row.client_id === (entry.client_message_id ?? null) &&
      row.at === Date.parse(entry.timestamp) &&
      (entry.kind !== "message" || (JSON.parse(row.body) as { content?: string }).content === entry.content);
    if (!isSame) faults.push(`place ${index + 1} is otherwise in the archive`);
  }
  return faults.map((fault) => `${id}: ${fault}`);
};
