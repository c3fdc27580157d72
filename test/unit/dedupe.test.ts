import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { seeded } from "../support/random.ts";
import { Log } from "./log-fixtures.ts";
import { uuid4From, uuid7At } from "./uuids.ts";

const MINUTE = 60_000;
const MONTH = 30 * 86_400_000;
const random = seeded(11);

/** By how much the id's own time differs from the server's clock. */
const AGES = {
  "made now": 0,
  "made a minute ago": -MINUTE,
  "as old as is still looked for in the log": -LIMITS.clientIdPastMs,
  "a little older than that": -LIMITS.clientIdPastMs - 1,
  "made a month ago": -MONTH,
  "as far ahead as is still looked for": LIMITS.clientIdFutureMs,
  "a little further ahead": LIMITS.clientIdFutureMs + 1,
  "made by a clock a month ahead": MONTH,
};

describe("[IDEM-3] an id is never forgotten", () => {
  const kinds: [string, (log: Log) => string][] = [
    ...Object.entries(AGES).map(([label, ms]): [string, (log: Log) => string] => [
      label,
      (log) => uuid7At(log.time.now() + ms, random),
    ]),
    ["of version 4", () => uuid4From(random)],
    ["of 1970", () => uuid7At(0, random)],
    ["of the last day of version 7", () => uuid7At(2 ** 48 - 1, random)],
  ];
  const waits = { "at once": 0, "a minute later": MINUTE, "an hour later": 60 * MINUTE, "a month later": MONTH };

  for (const [kind, idOf] of kinds) {
    it(`${kind}: repeated at once, later, and by a server that has forgotten everything`, async () => {
      for (const wait of Object.values(waits)) {
        for (const reload of [false, true]) {
          const log = new Log();
          const id = idOf(log);
          const first = log.place("ann", id);
          await log.time.pass(wait);
          for (let i = 0; i < 5; i++) log.place("bob", uuid7At(log.time.now(), random));
          if (reload) log.reload();
          expect(log.place("ann", id)).toEqual({ ...first, duplicate: true });
          expect(log.rows()).toHaveLength(7);
        }
      }
    });
  }

  it("when the server's clock is set back after it", () => {
    for (const ms of [1000, 10 * MINUTE, MONTH]) {
      for (const reload of [false, true]) {
        const log = new Log();
        const id = uuid7At(log.time.now(), random);
        const first = log.place("ann", id);
        log.time.jumpTo(log.time.now() - ms);
        const later = uuid7At(log.time.now(), random);
        const second = log.place("ann", later);
        if (reload) log.reload();
        expect(log.place("ann", id)).toEqual({ ...first, duplicate: true });
        expect(log.place("ann", later)).toEqual({ ...second, duplicate: true });
      }
    }
  });

  it("beyond what memory holds", async () => {
    const log = new Log();
    const ids: string[] = [];
    const count = LIMITS.recentClientIds + 500;
    while (ids.length < count) {
      const batch = Array.from({ length: 500 }, () => uuid7At(log.time.now(), random));
      log.append("ann", ...batch);
      ids.push(...batch);
      await log.time.pass(10);
    }
    for (const reload of [false, true]) {
      if (reload) log.reload();
      for (const index of [0, 1, 250, 499, 500, 501, 1000, count - 501, count - 1]) {
        expect(log.place("ann", ids[index] ?? "")).toMatchObject({ seq: index + 2, duplicate: true });
      }
    }
    expect(log.rows()).toHaveLength(count + 1);
  });

  it("of many with the same stamp", () => {
    const log = new Log();
    const ids = Array.from({ length: LIMITS.recentClientIds + 50 }, () => uuid7At(log.time.now(), random));
    for (let from = 0; from < ids.length; from += 1000) log.append("ann", ...ids.slice(from, from + 1000));
    for (const reload of [false, true]) {
      if (reload) log.reload();
      for (const index of [0, 1, 49, 50, 51, ids.length - 1])
        expect(log.place("ann", ids[index] ?? "")).toMatchObject({ seq: index + 2, duplicate: true });
    }
  });
});

describe("what an id costs", () => {
  it("one that leads back to its entry by its own time needs no row; others need one", () => {
    const log = new Log();
    const now = log.time.now();
    const cheap = [0, -LIMITS.clientIdPastMs, LIMITS.clientIdFutureMs].map((ms) => uuid7At(now + ms, random));
    const dear = [
      uuid7At(now - LIMITS.clientIdPastMs - 1, random),
      uuid7At(now + LIMITS.clientIdFutureMs + 1, random),
      uuid4From(random),
    ];
    for (const id of [...cheap, ...dear]) log.place("ann", id);
    expect(new Set(log.seen())).toEqual(new Set(dear));
  });
});

describe("[IDEM-4] an id is one user's", () => {
  it("the same id from another user is another entry", () => {
    for (const idOf of [() => uuid7At(Date.UTC(2026, 10, 22), random), () => uuid4From(random)]) {
      const log = new Log();
      const id = idOf();
      expect(log.place("ann", id)).toMatchObject({ seq: 2, duplicate: false });
      expect(log.place("bob", id)).toMatchObject({ seq: 3, duplicate: false });
      log.reload();
      expect(log.place("bob", id)).toMatchObject({ seq: 3, duplicate: true });
      expect(log.place("ann", id)).toMatchObject({ seq: 2, duplicate: true });
    }
  });
});
