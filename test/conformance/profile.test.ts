import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Person } from "../support/person.ts";
import { nameFor, unique } from "../support/random.ts";
import { useServer } from "../support/target.ts";
import type { Problem } from "../support/validate.ts";
import { until } from "../support/wait.ts";

const target = useServer();

describe("one's own profile", () => {
  test("[USER-1] begins empty, and keeps what was not named", async () => {
    const ann = await target.person("ann");
    expect(await ann.rest.ok("getMe")).toMatchObject({ user_id: ann.userId });
    const first = { display_name: "Ann 😀", avatar: "https://example.com/a.png" };
    expect(await ann.rest.ok("putMe", { body: first })).toMatchObject(first);
    await ann.rest.ok("putMe", { body: { privacy: { read_receipts: "nobody" } } });
    await ann.rest.ok("putMe", { body: { display_name: "Anna", privacy: { typing: "nobody" } } });
    const tablet = await target.person("tablet", { userId: ann.userId });
    expect(await tablet.rest.ok("getMe")).toMatchObject({
      ...first,
      display_name: "Anna",
      privacy: { read_receipts: "nobody", typing: "nobody" },
    });
  });

  test.each([
    { display_name: "" },
    { display_name: "x".repeat(129) },
    { display_name: " \t " },
    { display_name: "\u200b\u3164\u2800\ufe0f" },
    { display_name: "Ann\nBob" },
    { display_name: "Ann\u202egnp.exe" },
    { avatar: "x".repeat(2049) },
    { privacy: { typing: "friends" } },
    { privacy: "nobody" },
  ])("[ERR-1] %j is bad_request and changes nothing", async (body) => {
    const ann = await target.person("ann");
    await ann.rest.ok("putMe", { body: { display_name: "Ann" } });
    expect(await ann.rest.refused("putMe", { body })).toMatchObject({ code: "bad_request" });
    expect((await ann.rest.ok("getMe")).display_name).toBe("Ann");
  });

  test.each(["Ann", "Ánn Ó Briain", "安", "عن", "👩‍👩‍👧", "🇳🇴", "1", "ـAnn"])("[USER-10] %s is a name", async (name) => {
    const ann = await target.person("ann");
    expect(await ann.rest.ok("putMe", { body: { display_name: `  ${name} ` } })).toMatchObject({ display_name: name });
  });

  test("[USER-8] null takes a field away, and only that", async () => {
    const ann = await target.person("ann");
    const username = nameFor("ann");
    await ann.rest.ok("putMe", { body: { username, display_name: "Ann", avatar: "https://example.com/a.png" } });
    expect(await ann.rest.ok("putMe", { body: { avatar: null } })).toEqual({
      user_id: ann.userId,
      username,
      display_name: "Ann",
      privacy: {},
    });
    await ann.rest.ok("putMe", { body: { display_name: null, username: null } });
    expect(await ann.rest.ok("getMe")).toEqual({ user_id: ann.userId, privacy: {} });
  });

  test("[USER-9] is not changed faster than a person does: rate_limited, with the wait, and nothing is done", async () => {
    const ann = await target.person("ann");
    let refused: Problem | undefined;
    let last = "";
    for (let turn = 0; turn <= LIMITS.profileBurst + 5 && refused === undefined; turn++) {
      const { problem } = await ann.rest.call("putMe", { body: { display_name: `Ann ${turn}` } });
      if (problem === undefined) last = `Ann ${turn}`;
      refused = problem;
    }
    expect(refused).toMatchObject({ status: 429, code: "rate_limited" });
    expect(refused?.retry_after_ms).toBeGreaterThan(0);
    expect((await ann.rest.ok("getMe")).display_name).toBe(last);
  });
});

describe("the profile of somebody else", () => {
  test("[USER-3] shows what everybody may see, and never what he keeps private", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const username = nameFor("ann");
    const body = { username, display_name: "Ann", avatar: "https://example.com/a.png" };
    await ann.rest.ok("putMe", { body: { ...body, privacy: { last_seen: "nobody", typing: "nobody" } } });
    expect(await bob.rest.ok("getUser", { params: { id: ann.userId } })).toEqual({ user_id: ann.userId, ...body });
  });

  test("[USER-3] of somebody who never signed in is one of whom nothing is known", async () => {
    const ann = await target.person("ann");
    for (const id of [unique("nobody"), "a.b:c-d_e", "x".repeat(64)])
      expect(await ann.rest.ok("getUser", { params: { id } })).toEqual({ user_id: id });
    expect(await ann.rest.refused("getUser", { params: { id: "not an id" } })).toMatchObject({ code: "not_found" });
  });

  test("[USER-3] one's own id shows what one sees of oneself", async () => {
    const ann = await target.person("ann");
    const mine = await ann.rest.ok("putMe", { body: { display_name: "Ann", privacy: { typing: "nobody" } } });
    expect(await ann.rest.ok("getUser", { params: { id: ann.userId } })).toEqual(mine);
  });

  const lastSeen = async (by: Person, of: Person): Promise<number | undefined> => {
    const { last_seen } = await by.rest.ok("getUser", { params: { id: of.userId } });
    return last_seen === undefined ? undefined : Date.parse(last_seen);
  };

  test("[USER-11] tells when he was last seen: now, while he is there, and after that when he was last heard of", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    expect(await lastSeen(bob, ann)).toBeUndefined();
    const session = await ann.connect();
    const came = await until("ann to be seen", () => lastSeen(bob, ann));
    await until("ann to be seen later", async () => ((await lastSeen(bob, ann)) ?? 0) > came);
    await session.close();
    const went = await until("ann to stay where she was", async () => {
      const [one, another] = [await lastSeen(bob, ann), await lastSeen(bob, ann)];
      return one === another && one;
    });
    expect(Math.abs(went - came)).toBeLessThanOrEqual(LIMITS.lastSeenStepMs);
  });

  const hiding: [string, (ann: Person, bob: Person) => Promise<unknown>][] = [
    ["whoever is looked at hides it", (ann) => ann.rest.ok("putMe", { body: { privacy: { last_seen: "nobody" } } })],
    ["whoever looks hides it", (_ann, bob) => bob.rest.ok("putMe", { body: { privacy: { last_seen: "nobody" } } })],
    ["whoever is looked at blocks the other", (ann, bob) => ann.rest.ok("block", { params: { user_id: bob.userId } })],
    ["whoever looks blocks the other", (ann, bob) => bob.rest.ok("block", { params: { user_id: ann.userId } })],
  ];
  test.each(hiding)("[USER-11] [PRES-5] does not when %s", async (_how, hide) => {
    const [ann, bob] = await target.people("ann", "bob");
    await ann.rest.ok("putMe", { body: { display_name: "Ann" } });
    await ann.connect();
    await until("ann to be seen", () => lastSeen(bob, ann));
    await hide(ann, bob);
    const shown = { user_id: ann.userId, display_name: "Ann" };
    expect(await bob.rest.ok("getUser", { params: { id: ann.userId } })).toEqual(shown);
  });

  test("[USER-3] is current: a change is seen as soon as it is answered", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    for (const display_name of ["Ann", "Anna", "Annabel"]) {
      await ann.rest.ok("putMe", { body: { display_name } });
      expect(await bob.rest.ok("getUser", { params: { id: ann.userId } })).toMatchObject({ display_name });
    }
  });
});

describe("typing that is kept private", () => {
  test.each(["who types", "who watches"])("[USER-1] does not flow when %s hides it", async (who) => {
    const { ann, bob, carl, id } = await target.trio();
    const hiding = who === "who types" ? ann : bob;
    await hiding.rest.ok("putMe", { body: { privacy: { typing: "nobody" } } });
    const [a, b, c] = await Promise.all([ann.connect(), bob.connect(), carl.connect()]);
    for (const session of [a, b, c]) session.tell({ type: "open", conversation_id: id });
    await Promise.all([a, b, c].map((session) => session.settle()));
    a.tell({ type: "typing", conversation_id: id, state: "start" });
    if (who === "who watches") await c.waitFor("typing");
    await a.settle();
    const { seq } = await ann.send(id, "done");
    for (const session of [b, c]) await session.entry(id, seq);
    expect(b.all("typing")).toEqual([]);
    expect(c.all("typing").length).toBe(who === "who types" ? 0 : 1);
  });
});
