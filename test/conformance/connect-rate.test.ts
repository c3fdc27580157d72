import { expect, test } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Person } from "../support/person.ts";
import { UpgradeRefused } from "../support/session.ts";
import type { Session } from "../support/session.ts";
import { describeOwn, useServer } from "../support/target.ts";
import { delay } from "../support/wait.ts";

/** The wait that a client whose platform shows no status is told: as the reason of a close. */
const toldByClose = async (session: Session): Promise<number> => {
  const { code, reason } = await session.closed;
  expect(code).toBe(4429);
  expect(reason).toMatch(/^\d+$/);
  expect(session.frames).toEqual([]);
  return Number(reason);
};

/** The wait that a refused upgrade tells, in all places where it stands. */
const toldByStatus = (outcome: unknown): number => {
  if (!(outcome instanceof UpgradeRefused)) throw new Error(`it was let in, or broke: ${String(outcome)}`);
  expect(outcome).toMatchObject({ status: 429, contentType: "application/problem+json" });
  const problem = JSON.parse(outcome.text) as { code: string; retry_after_ms: number };
  expect(problem.code).toBe("rate_limited");
  expect(Number(outcome.retryAfter)).toBe(Math.ceil(problem.retry_after_ms / 1000));
  return problem.retry_after_ms;
};

describeOwn("a user who connects too fast", () => {
  const target = useServer();

  const exhaust = async (ann: Person): Promise<void> => {
    const connects = Array.from({ length: LIMITS.userConnectBurst }, () => ann.connect({ via: "header" }));
    await Promise.all(connects);
  };

  test("[CONN-1] as many as he may have devices come in at once; then he is told when, and is let in then", async () => {
    const ann = await target.person("ann");
    await exhaust(ann);
    // At the pace of the bucket some more come in meanwhile: until one is refused.
    const refusal = async (): Promise<unknown> => {
      for (;;) {
        const outcome: unknown = await ann.connect({ via: "header" }).catch((error: unknown) => error);
        if (outcome instanceof Error) return outcome;
      }
    };
    const wait = toldByStatus(await refusal());
    expect(wait).toBeLessThanOrEqual(LIMITS.connectWaitMaxMs);
    await delay(wait);
    await ann.connect({ via: "header" });
  });

  test("[CONN-1] his loop is nobody else's", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    await Promise.all([exhaust(ann), bob.connect()]);
    await bob.connect();
  });
});

describeOwn("an address that connects too fast", () => {
  const env = { CONNECT_BURST: "3", CONNECT_RATE: "2", CLIENT_ADDRESS_HEADER: "x-forwarded-for" };
  const target = useServer({ env });
  let addresses = 0;
  /** An address that nobody connected from. */
  const elsewhere = (): Record<string, string> => ({ "x-forwarded-for": `203.0.113.${++addresses}` });

  test("[CONN-2] [CONN-3] is told by status and Retry-After, each somewhat later than the one before", async () => {
    const people = await Promise.all(Array.from({ length: 7 }, () => target.person()));
    const headers = elsewhere();
    const outcomes = await Promise.all(
      people.map((one) => one.connect({ via: "header", headers }).catch((error: unknown) => error)),
    );
    const refusals = outcomes.filter((outcome) => outcome instanceof Error);
    expect(refusals).toHaveLength(4);
    const waits = refusals.map(toldByStatus).toSorted((a, b) => a - b);
    // Places at 2 a second, from the first token on that is to come.
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThan(index * 500);
    const [first = 0] = waits;
    await delay(first);
    const [one] = people;
    await one?.connect({ via: "header", headers });
  });

  test("[CONN-3] a page is told by close 4429 with the wait as its reason, and so is who has the token as a subprotocol", async () => {
    const headers = elsewhere();
    const ann = await target.person("ann");
    for (let i = 0; i < 3; i++) await ann.connect({ headers });
    const page = await target.open({ token: ann.token, origin: target.base, headers });
    const script = await target.open({ token: ann.token, headers });
    const waits = [await toldByClose(page), await toldByClose(script)];
    expect(waits[0]).toBeGreaterThan(0);
    expect(waits[1]).toBeGreaterThan(500);
  });

  test("[CONN-2] before the token is looked at; other addresses come in meanwhile", async () => {
    const headers = elsewhere();
    const ann = await target.person("ann");
    const outcomes: unknown[] = [];
    for (let i = 0; i < 4; i++)
      outcomes.push(await target.open({ token: "nonsense", via: "header", headers }).catch((error: unknown) => error));
    expect(outcomes.map((outcome) => (outcome as UpgradeRefused).status)).toEqual([401, 401, 401, 429]);
    await ann.connect({ headers: elsewhere() });
  });
});
