import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Person } from "../support/person.ts";
import { nameFor } from "../support/random.ts";
import { useServer } from "../support/target.ts";

const target = useServer();

const take = (who: Person, username: string | null) => who.rest.ok("putMe", { body: { username } });
const codeOf = async (who: Person, body: object): Promise<string> =>
  (await who.rest.call("putMe", { body })).problem?.code ?? "ok";
/** Who is found by a name: their ids. */
const found = async (by: Person, username: string): Promise<string[]> =>
  (await by.rest.ok("findUsers", { query: { username } })).users.map(({ user_id }) => user_id);

describe("a username", () => {
  test("[USER-4] is shown on the profile, and whoever has it is found by it", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const username = nameFor("ann");
    expect(await found(bob, username)).toEqual([]);
    expect(await take(ann, username)).toMatchObject({ user_id: ann.userId, username });
    await ann.rest.ok("putMe", { body: { display_name: "Ann", privacy: { typing: "nobody" } } });
    const shown = { user_id: ann.userId, username, display_name: "Ann" };
    expect((await bob.rest.ok("findUsers", { query: { username } })).users).toEqual([shown]);
    expect(await bob.rest.ok("getUser", { params: { id: ann.userId } })).toEqual(shown);
    expect(await found(ann, username)).toEqual([ann.userId]);
  });

  test("[USER-4] is found in whatever case it is typed, and only as a whole", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const username = nameFor("ann.of_the");
    await take(ann, username);
    expect(await found(bob, username.toUpperCase())).toEqual([ann.userId]);
    expect(await found(bob, `A${username.slice(1)}`)).toEqual([ann.userId]);
    for (const other of [
      username.slice(0, -1),
      `${username}0`,
      username.replace(".", ""),
      "an",
      "no name",
      "ann*",
      "@",
    ])
      expect(await found(bob, other), other).toEqual([]);
  });

  test.each(["an", "x".repeat(33), "Ann.of.the.north", "ann of", "änn", "ann-b", "ann@b", "аnn_", "", "ann\n"])(
    "[USER-4] %j is none: bad_request, and nothing else of the call is done",
    async (username) => {
      const ann = await target.person("ann");
      expect(await codeOf(ann, { username, display_name: "Ann" })).toBe("bad_request");
      expect(await ann.rest.ok("getMe")).toEqual({ user_id: ann.userId });
    },
  );

  test("[USER-4] without one to look for it is bad_request", async () => {
    const ann = await target.person("ann");
    for (const query of [{}, { username: "" }, { username: "x".repeat(LIMITS.usernameChars + 1) }])
      expect(await ann.rest.refused("findUsers", { query })).toMatchObject({ code: "bad_request" });
  });

  test.each(["admin", "parley", "support", "s.u.p.p.o.r.t", "_admin_", "everyone", "___", "..."])(
    "[USER-5] %s is nobody's to have: conflict",
    async (username) => {
      const ann = await target.person("ann");
      expect(await codeOf(ann, { username })).toBe("conflict");
      expect(await found(ann, username)).toEqual([]);
    },
  );

  test("[USER-5] is one person's: a second one gets conflict, and nothing else of the call is done", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const [username, earlier] = [nameFor("ann"), nameFor("bob")];
    await take(ann, username);
    await bob.rest.ok("putMe", { body: { username: earlier, display_name: "Bob" } });
    const before = await bob.rest.ok("getMe");
    const body = { username, display_name: "Ann", avatar: "a", privacy: { typing: "nobody" } };
    expect(await bob.rest.refused("putMe", { body })).toMatchObject({ status: 409, code: "conflict" });
    expect(await bob.rest.ok("getMe")).toEqual(before);
    expect(await found(bob, username)).toEqual([ann.userId]);
    expect(await found(ann, earlier)).toEqual([bob.userId]);
    expect(await take(ann, username)).toMatchObject({ username });
  });

  test("[USER-5] twenty people race for one: exactly one gets it, the others conflict", async () => {
    const people = await target.people(...Array.from({ length: 20 }, (_, index) => `racer${index}`));
    const username = nameFor("race");
    const codes = await Promise.all(people.map((who) => codeOf(who, { username })));
    expect(codes.toSorted()).toEqual([...Array.from({ length: 19 }, () => "conflict"), "ok"]);
    const winner = people[codes.indexOf("ok")];
    const shown = await Promise.all(people.map(async (who) => (await who.rest.ok("getMe")).username));
    expect(shown.map((name, index) => (name === username ? people[index] : undefined)).filter(Boolean)).toEqual([
      winner,
    ]);
    for (const who of people.slice(0, 3)) expect(await found(who, username)).toEqual([winner?.userId]);
  });

  test("[USER-6] changes of one person, sent at the same time, are made one after the other", async () => {
    const ann = await target.person("ann");
    const names = Array.from({ length: 5 }, (_, index) => nameFor(`ann${index}`));
    const answers = await Promise.all(names.map((username) => take(ann, username)));
    expect(answers.map(({ username }) => username)).toEqual(names);
    const { username } = await ann.rest.ok("getMe");
    for (const name of names) expect(await found(ann, name)).toEqual(name === username ? [ann.userId] : []);
  });

  test("[USER-7] that was exchanged for another is anybody's at once", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const [first, second] = [nameFor("first"), nameFor("second")];
    await take(ann, first);
    await take(bob, second);
    const spare = nameFor("spare");
    await take(ann, spare);
    await take(bob, first);
    await take(ann, second);
    expect([await found(ann, first), await found(ann, second)]).toEqual([[bob.userId], [ann.userId]]);
    expect(await found(bob, spare)).toEqual([]);
  });

  test("[USER-7] that was given up is found no more, is anybody's at once, and can be had again", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const username = nameFor("ann");
    await ann.rest.ok("putMe", { body: { username, display_name: "Ann" } });
    expect(await take(ann, null)).toEqual({ user_id: ann.userId, display_name: "Ann", privacy: {} });
    expect(await found(bob, username)).toEqual([]);
    await take(ann, username);
    expect(await codeOf(bob, { username })).toBe("conflict");
    await take(ann, null);
    await take(bob, username);
    expect(await found(ann, username)).toEqual([bob.userId]);
    expect(await codeOf(ann, { username })).toBe("conflict");
    expect(await take(ann, null)).not.toHaveProperty("username");
  });

  test("[USER-9] looking for names is limited: rate_limited, with the wait", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const asked = Array.from({ length: 2 * LIMITS.lookupBurst }, (_, index) =>
      ann.rest.call("findUsers", { query: { username: `guess_${index}` } }),
    );
    const refused = (await Promise.all(asked)).flatMap(({ problem }) => problem ?? []);
    expect(refused.length).toBeGreaterThan(0);
    for (const problem of refused) {
      expect(problem).toMatchObject({ status: 429, code: "rate_limited" });
      expect(problem.retry_after_ms).toBeGreaterThan(0);
    }
    expect(await found(bob, nameFor("other"))).toEqual([]);
  });
});
