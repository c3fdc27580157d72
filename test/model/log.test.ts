import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../support/random.ts";
import { Log } from "../unit/log-fixtures.ts";
import { uuid4From, uuid7At } from "../unit/uuids.ts";
import { budget, PATIENCE_MS } from "./runs.ts";
import { broken } from "./truth.ts";

const SENDERS = ["ann", "bob", "cem"] as const;
const MINUTE = 60_000;

const sender = fc.constantFrom(...SENDERS);
/** An id of the history: the nth that was ever made, or a new one of some age. */
const id = fc.oneof(
  fc.record({ again: fc.nat(200) }),
  fc.record({
    age: fc.constantFrom(
      0,
      -1000,
      -4.9 * MINUTE,
      -5 * MINUTE,
      -5 * MINUTE - 1,
      -6 * MINUTE,
      -43_200 * MINUTE,
      30_000,
      MINUTE,
      MINUTE + 1,
      60 * MINUTE,
    ),
  }),
  fc.constant({ v4: true as const }),
);
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("append" as const),
      sender,
      ids: fc.array(id, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(1, 1000, MINUTE, 5 * MINUTE, 6 * MINUTE, 60 * MINUTE, 43_200 * MINUTE),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("setBack" as const),
      ms: fc.constantFrom(1, 1000, 2 * MINUTE, 10 * MINUTE, 60 * MINUTE),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reload" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("prune" as const), entries: fc.constantFrom(1, 3, 10), step: fc.nat(4) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let pruned = 0;

/** The log, and beside it a map that forgets nothing. */
const play = ({ seed, steps }: { seed: number; steps: readonly Step[] }): void => {
  const random = seeded(seed);
  const log = new Log();
  const made: string[] = [];
  const places = new Map<string, { seq: number; at: number; message_id: string }>();
  const idOf = (wanted: Extract<Step, { do: "append" }>["ids"][number]): string => {
    if ("again" in wanted && made.length > 0) return made[wanted.again % made.length] ?? "";
    const age = "age" in wanted ? wanted.age : 0;
    const fresh = "v4" in wanted ? uuid4From(random) : uuid7At(log.time.now() + age, random);
    made.push(fresh);
    return fresh;
  };
  for (const one of steps) {
    if (one.do === "reload") log.reload();
    else if (one.do === "prune") log.prune({ entries: one.entries, ms: 0, step: one.step + 1 });
    else if (one.do === "pass") log.time.jumpTo(log.time.now() + one.ms);
    else if (one.do === "setBack") log.time.jumpTo(log.time.now() - one.ms);
    else {
      const ids = one.ids.map(idOf);
      for (const [index, result] of log.append(one.sender, ...ids).entries()) {
        const name = `${one.sender} ${ids[index]}`;
        const known = places.get(name);
        if (!result.ok) throw broken("IDEM-1", "refused", result);
        const { seq, at, message_id, duplicate } = result.value;
        if (duplicate !== (known !== undefined))
          throw broken("IDEM-2", `${name} is wrongly a duplicate or none`, { known, result });
        if (!known && seq !== places.size + 2) throw broken("SEQ-1", `${name} is not in the next place`, result);
        if (known && (known.seq !== seq || known.at !== at || known.message_id !== message_id))
          throw broken("IDEM-1", `two answers for ${name}`, { known, result });
        places.set(name, { seq, at, message_id });
      }
    }
  }
  const rows = log.rows();
  if (rows.length !== places.size + 1)
    throw broken("IDEM-1", "there are more entries than ids", { rows: rows.length, ids: places.size });
  for (const [index, row] of rows.entries()) {
    if (row.seq !== index + 1 || row.at < (rows[index - 1]?.at ?? 0))
      throw broken("SEQ-1", "a gap, or a stamp that fell", row);
  }
  pruned += log.tables.log.pruned;
  log.sql.close();
};

describe("the log against a map that forgets nothing", () => {
  it("[IDEM-1] [IDEM-3] [SEQ-1] one entry per id and user, for ever", { timeout: PATIENCE_MS }, () => {
    const histories = fc.record({
      seed: fc.integer(),
      steps: fc.array(step, { minLength: 1, maxLength: 80, size: "max" }),
    });
    const runs = budget("log", 400);
    fc.assert(fc.property(histories, play), runs);
    console.log(`model log: ${pruned} entries pruned`);
    expect(pruned).toBeGreaterThan(runs.numRuns);
  });
});
