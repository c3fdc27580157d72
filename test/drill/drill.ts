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
import type { Archives } from "./archives.ts";
import { Lane } from "./lane.ts";
import type { Sent } from "./lane.ts";

export const REGIONS = ["a", "b", "c"] as const;
/** The one that things happen to. */
const STRUCK = "b";
export const PHASES = ["healthy", "silent", "refused", "slowed", "healed"] as const;
export type Phase = (typeof PHASES)[number];

export interface Plan {
  readonly rounds: number;
  readonly lanesPerRegion: number;
  /** Messages of each lane a second. */
  readonly perSecond: number;
  readonly phaseMs: number;
  /** How long each call to a conversation of the struck region is held up. */
  readonly slowMs: number;
}

export interface Reading extends Sent {
  readonly round: number;
  readonly phase: Phase;
  readonly region: string;
}

export interface Drain {
  readonly entries: number;
  readonly ms: number;
}

export interface Outcome {
  readonly readings: readonly Reading[];
  /**
   * Of each round: what was in the logs of the struck region and not in its archive when that was healed, and how long it
   * took until all of it was there, ms.
   */
  readonly drains: readonly Drain[];
  /** Of each region: acknowledged messages, entries of the logs, and how many of those are archived. */
  readonly accounts: readonly { region: string; acked: number; entries: number; archived: number }[];
  /** What was lost, doubled, out of order, or is otherwise in the archive. None, when all is well. */
  readonly faults: readonly string[];
}

const SECRET = "a-secret-of-the-drill-that-is-long-enough-for-hs256";
/** A batch that failed is tried again after a wait that doubles; the next alarm finds the archive there. */
const DRAIN_AT_MOST_MS = 180_000;

/** A server with three regions, people who talk in each, and somebody who breaks things. */
class Drill {
  readonly #probe: Probe;
  readonly #archives: Archives;
  readonly #plan: Plan;
  readonly #lanes: Lane[] = [];
  readonly #readings: Reading[] = [];
  readonly #drains: Drain[] = [];

  constructor(probe: Probe, archives: Archives, plan: Plan) {
    this.#probe = probe;
    this.#archives = archives;
    this.#plan = plan;
  }

  async run(say: (line: string) => void): Promise<Outcome> {
    await this.#open();
    for (let round = 0; round < this.#plan.rounds; round++) {
      for (const phase of PHASES) {
        say(`round ${round + 1}: ${phase}`);
        const drain = await this.#begin(phase);
        const [drained] = await Promise.all([drain?.(), this.#load(round, phase)]);
        if (drained) this.#drains.push(drained);
      }
    }
    say("looking at what is there");
    return await this.#account();
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  async #open(): Promise<void> {
    const key = new TextEncoder().encode(SECRET);
    const person = async (): Promise<Person> => {
      const who = { userId: unique("p"), deviceId: unique("d") };
      const token = await signed(
        goodClaims({ sub: who.userId, device_id: who.deviceId, exp: Math.floor(Date.now() / 1000) + 7200 }),
        key,
      );
      return new Person(this.#probe.base, { ...who, token });
    };
    for (const region of REGIONS)
      for (let count = 0; count < this.#plan.lanesPerRegion; count++)
        this.#lanes.push(await Lane.open(region, await person(), await person()));
  }

  /** What happens to the struck region; when healing, what becomes of its backlog. */
  async #begin(phase: Phase): Promise<(() => Promise<Drain>) | undefined> {
    const { base } = this.#probe;
    const slow = phase === "slowed" ? this.#plan.slowMs : 0;
    await fetch(`${base}/drill/slow?region=${STRUCK}&ms=${slow}`, { method: "POST" });
    if (phase === "silent" || phase === "refused") await this.#archives.turn(base, STRUCK, phase);
    if (phase !== "healed") return undefined;
    await this.#archives.turn(base, STRUCK, "open");
    return () => this.#drain(this.#lanes.filter(({ region }) => region === STRUCK));
  }

  /** While everybody goes on. What is less than a batch may wait. */
  async #drain(lanes: readonly Lane[]): Promise<Drain> {
    const from = performance.now();
    const heads = lanes.map(({ head }) => head);
    const archived = await Promise.all(lanes.map(({ id }) => this.#archived(`conversation=${id}&last`)));
    const entries = heads.reduce((all, head, index) => all + head - (archived[index]?.[0]?.seq ?? 0), 0);
    await Promise.all(
      lanes.map((lane, index) => this.#untilArchived(lane, (heads[index] ?? 0) - LIMITS.archiveBatch + 1)),
    );
    return { entries, ms: performance.now() - from };
  }

  async #untilArchived(lane: Lane, place: number): Promise<void> {
    const reached = async (): Promise<boolean> =>
      place <= 0 || ((await this.#archived(`conversation=${lane.id}&last`))[0]?.seq ?? 0) >= place;
    await until(`${lane.id} to be archived up to ${place}`, reached, DRAIN_AT_MOST_MS, 250);
  }

  async #archived(query: string): Promise<LogRow[]> {
    const url = `${this.#probe.base}/drill/archived?${query}`;
    // It may be on its way back only.
    return await until("the archive", async () => {
      const answer = await fetch(url);
      return answer.ok ? ((await answer.json()) as LogRow[]) : undefined;
    });
  }

  async #load(round: number, phase: Phase): Promise<void> {
    const { perSecond, phaseMs } = this.#plan;
    const sent = await Promise.all(
      this.#lanes.map(async (lane, index) => {
        // Not all in the same moment.
        await delay((index * 1000) / perSecond / this.#lanes.length);
        return { region: lane.region, ...(await lane.write(perSecond, phaseMs)) };
      }),
    );
    for (const region of REGIONS) {
      const own = sent.filter((one) => one.region === region);
      const sum = (of: "sends" | "refusals"): number => own.reduce((all, one) => all + one[of], 0);
      const acks = own.flatMap((one) => one.acks);
      this.#readings.push({ round, phase, region, sends: sum("sends"), refusals: sum("refusals"), acks });
    }
  }

  async #account(): Promise<Outcome> {
    const faults: string[] = [];
    const accounts = [];
    for (const region of REGIONS) {
      const account = { region, acked: 0, entries: 0, archived: 0 };
      for (const lane of this.#lanes.filter((one) => one.region === region)) {
        // Whatever gathered is due: less than a batch may wait.
        await this.#untilArchived(lane, lane.head - LIMITS.archiveBatch + 1);
        const log = await until(`${lane.id} to be brought`, () => lane.log(), 30_000);
        const rows = await this.#archiveOf(lane);
        faults.push(...lane.faults, ...compared(lane.id, log, rows));
        account.acked += lane.acked;
        account.entries += log.length;
        account.archived += rows.length;
      }
      accounts.push(account);
    }
    return { readings: this.#readings, drains: this.#drains, accounts, faults };
  }

  async #archiveOf(lane: Lane): Promise<LogRow[]> {
    const rows: LogRow[] = [];
    for (;;) {
      const page = await this.#archived(`conversation=${lane.id}&after=${rows.at(-1)?.seq ?? 0}`);
      if (page.length === 0) return rows;
      rows.push(...page);
    }
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

/** Three regions on this machine, each with an archive of its own, while one of them is in trouble. */
export const runDrill = async (
  plan: Plan,
  archives: Archives,
  say: (line: string) => void = () => undefined,
): Promise<Outcome> => {
  const [script] = await bundle({ drill: "test/drill/worker.ts" }, "/nowhere").then((files) =>
    files.filter(({ path }) => path.endsWith(".js")),
  );
  const free = { SEND_RATE: "1000000", SEND_BURST: "1000000", CONNECT_RATE: "0" };
  const auth = { AUTH_MODE: "jwt", AUTH_SECRET: SECRET };
  const env = { ...auth, ...free, REGIONS: REGIONS.join(","), ...archives.env };
  const probe = await startProbe(script?.contents ?? "", env);
  const drill = new Drill(probe, archives, plan);
  try {
    return await drill.run(say);
  } finally {
    await drill.close();
    await probe.stop();
  }
};
