import { describe, expect, it } from "vitest";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import type { Write } from "../../src/core/conversation/write.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import { MemoryArchive } from "../support/memory-archive.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { Talk, valueOf } from "../unit/conversation-fixtures.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PEOPLE = ["ann", "bob", "cem", "dan"] as const;
/** Small, so that an hour is many generations. */
const HORIZON = { entries: 100, ms: 0 };

type Gate = MemoryArchive["gate"];

/** Ways of being down. */
const OUTAGES: Record<string, Gate> = {
  "refuses everything": async () => {
    throw new Error("connection refused");
  },
  "never answers": () => new Promise(() => undefined),
  "does it and loses the answer": async (_what, when) => {
    if (when === "after") throw new Error("connection reset");
  },
};

const draw = <T>(random: () => number, items: readonly T[]): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to draw from");
  return item;
};

interface Sent {
  readonly message_id: string;
  readonly user: string;
  readonly seq: number;
}

/** People who write, edit, delete, react, page back and name old messages, all the time. */
class Load {
  readonly talk = new Talk(PEOPLE);
  readonly archive = new MemoryArchive();
  readonly random: () => number;
  readonly messages: Sent[] = [];
  sends = 0;
  failedSends = 0;
  /** Acts on what is archived, and pages of it: asked for, and refused because of it. */
  deep = 0;
  refused = 0;
  archiveFailures = 0;

  constructor(seed: number) {
    this.random = seeded(seed);
    this.talk.archiving = {
      archive: this.archive,
      horizon: HORIZON,
      archiveFailed: () => {
        this.archiveFailures++;
      },
    };
    this.talk.crash();
  }

  get state() {
    return this.talk.conversation.archiving.state;
  }

  /** Two seconds of all of it. */
  async go(): Promise<void> {
    const user = draw(this.random, PEOPLE);
    await this.#write(user, this.talk.draft("hello"));
    const recent = this.messages.filter(({ seq }) => seq > this.state.pruned_up_to).slice(-50);
    if (this.random() < 0.2 && recent.length > 0) {
      const { message_id, user: author } = draw(this.random, recent);
      const change =
        this.random() < 0.5
          ? this.talk.change({ op: "edit", message_id, content: `edited at ${this.talk.time.now()}` })
          : this.talk.change({ op: "delete", message_id });
      await this.talk.conversation.append({
        user: author,
        writes: [change],
        inbox: NO_INBOX,
        at: this.talk.time.now(),
      });
    }
    const old = this.messages.filter(({ seq }) => seq <= this.state.pruned_up_to);
    if (this.random() < 0.1 && old.length > 0) void this.#reachBack(draw(this.random, old));
    await this.talk.pass(2000);
  }

  async #write(user: string, write: Write): Promise<void> {
    this.sends++;
    const answer = this.talk.conversation.append({ user, writes: [write], inbox: NO_INBOX, at: this.talk.time.now() });
    // A send that waits for anything is a failed one.
    if (answer instanceof Promise) throw new Error("a send waits for the archive");
    const [result] = answer.results;
    if (result?.ok === true) this.messages.push({ message_id: result.value.message_id, user, seq: result.value.seq });
    else this.failedSends++;
  }

  async #reachBack({ message_id, user, seq }: Sent): Promise<void> {
    this.deep++;
    const { conversation } = this.talk;
    const writes = [this.talk.change({ op: "edit", message_id, content: "found again" })];
    const { results } = await conversation.append({ user, writes, inbox: NO_INBOX, at: this.talk.time.now() });
    const page = await conversation.history.messages(user, { before: seq, limit: 5 });
    const answers = [...results, page];
    if (answers.some((result) => !result.ok && result.refusal.code === "overloaded")) this.refused++;
  }

  async for(ms: number): Promise<void> {
    for (const end = this.talk.time.now() + ms; this.talk.time.now() < end;) await this.go();
  }
}

describe("[ARCH-3] an archive that is down for an hour, under load", () => {
  for (const [how, gate] of Object.entries(OUTAGES))
    it(
      `${how}: no send fails, memory is bounded, nothing is pruned, and afterwards everything is archived`,
      { timeout: 300_000 },
      async () => {
        const seed = chooseSeed();
        console.log(`archive outage (${how}): PARLEY_SEED=${seed}`);
        const load = new Load(seed);
        await load.for(10 * MINUTE);
        const before = load.state;
        expect(before.pruned_up_to).toBeGreaterThan(0);
        const earlier = load.archive.puts;
        load.archive.peak = { rows: 0, bytes: 0 };
        load.archive.gate = gate;
        await load.for(HOUR);
        const during = load.state;
        // What was archived before may go still; what was not does not.
        expect(during.archived_up_to).toBe(before.archived_up_to);
        expect(during.pruned_up_to).toBeLessThanOrEqual(before.archived_up_to);
        expect(load.failedSends).toBe(0);
        const { peak } = load.archive;
        const tries = load.archive.puts - earlier;
        // A put that never answers holds its batch until the driver gives it up: this one does not.
        const puts = how === "never answers" ? tries : 1;
        expect(peak.rows).toBeLessThanOrEqual(puts * LIMITS.archiveBatch);
        expect(tries).toBeLessThan(25);
        expect(load.refused).toBeGreaterThan(0);
        const backlog = load.talk.conversation.head - during.archived_up_to;
        load.archive.gate = async () => undefined;
        const from = load.talk.time.now();
        while (load.talk.conversation.head - load.state.archived_up_to >= LIMITS.archiveBatch) await load.go();
        const drained = load.talk.time.now() - from;
        await load.for(5 * MINUTE);
        expect(load.state.archive_failures).toBe(0);
        expect(load.state.pruned_up_to).toBeGreaterThan(during.archived_up_to);
        // Nobody writes any more, and what waits is old: all of it is there, once, as it stands.
        await load.talk.pass(LIMITS.archiveWaitMs);
        valueOf(load.talk.send("ann", "the last one"));
        await load.talk.pass(MINUTE);
        expect(load.state.archived_up_to).toBe(load.talk.conversation.head);
        const archived = load.archive.log("c1");
        expect(archived.map(({ seq }) => seq)).toEqual(
          Array.from({ length: load.talk.conversation.head }, (_, i) => i + 1),
        );
        for (const row of load.talk.sql.all<LogRow>("SELECT * FROM log"))
          expect(archived[row.seq - 1]).toEqual({ ...row });
        console.log(
          `archive outage (${how}): ${load.sends} sends, ${load.failedSends} failed; ${load.refused} of ${load.deep} reaches into the archive refused; ` +
            `${tries} tries, at most ${peak.rows} rows and ${peak.bytes} bytes held by one; backlog of ${backlog} entries archived ${Math.round(drained / 1000)} s after it was back`,
        );
      },
    );
});
