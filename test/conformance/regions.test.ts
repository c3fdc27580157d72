import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startServer } from "../../scripts/server.ts";
import { goodClaims, signed } from "../support/jwt.ts";
import { Person } from "../support/person.ts";
import { unique, uuid7 } from "../support/random.ts";
import { describeOwn, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";

const SECRET = "a-secret-of-the-tests-that-is-long-enough-for-hs256";
const AUTH = { AUTH_MODE: "jwt", AUTH_SECRET: SECRET };
const SEVERAL = { ...AUTH, REGIONS: "local,eu,us", REGION: "local", REGION_EU_HINT: "weur" };

/** Somebody whose token names a region, or none. His id sorts by its first letter. */
const personOf = async (
  base: string,
  letter: string,
  region?: unknown,
  userId = unique(letter),
  scope?: string,
): Promise<Person> => {
  const deviceId = unique("device");
  const claims = goodClaims({ sub: userId, device_id: deviceId, region, scope });
  const token = await signed(claims, new TextEncoder().encode(SECRET));
  return new Person(base, { userId, deviceId, token });
};
const homeOf = async (person: Person): Promise<unknown> => (await person.rest.ok("getMe")).home_region;
const groupBody = (region?: string) => ({
  type: "group",
  name: "G",
  member_ids: [],
  region,
  client_message_id: uuid7(),
});

describeOwn("a server with several regions", () => {
  const target = useServer({ env: SEVERAL });
  const person = (letter: string, region?: unknown, userId?: string): Promise<Person> =>
    personOf(target.base, letter, region, userId);

  test("[REG-1] one's own profile names them, and the region where one is at home", async () => {
    const ann = await person("a", "eu");
    const me = { user_id: ann.userId, regions: ["local", "eu", "us"], home_region: "eu" };
    expect(await ann.rest.ok("getMe")).toEqual(me);
    expect(await ann.rest.ok("putMe", { body: { display_name: "Ann" } })).toMatchObject({ ...me, display_name: "Ann" });
  });

  test.each([["us"], [undefined], ["mars"], [7]])(
    "[REG-2] what the first token says, here %j, holds for good; where it names none, it is the usual one",
    async (region) => {
      const ann = await person("a", region);
      const session = await ann.connect();
      const home = region === "us" ? "us" : "local";
      expect(await homeOf(ann)).toBe(home);
      expect(await homeOf(await person("a", "eu", ann.userId))).toBe(home);
      await session.close();
    },
  );

  test("[REG-2] connecting fixes it", async () => {
    const ann = await person("a", "us");
    const session = await ann.connect();
    await session.close();
    expect(await homeOf(await person("a", "eu", ann.userId))).toBe("us");
  });

  test("[REG-3] [ID-4] a direct conversation is at home with the one whose id sorts first, whoever founds it", async () => {
    for (const isFirst of [true, false]) {
      const [ann, bob] = await Promise.all([person("a", "eu"), person("b", "us")]);
      await Promise.all([homeOf(ann), homeOf(bob)]);
      const mine = isFirst ? await ann.direct(bob) : await bob.direct(ann);
      expect(mine.region).toBe("eu");
      expect((isFirst ? await bob.direct(ann) : await ann.direct(bob)).conversation_id).toBe(mine.conversation_id);
    }
  });

  test("[REG-3] [ID-4] founded by both at once, and before either was ever there, it is one", async () => {
    const [ann, bob] = await Promise.all([person("a", "eu"), person("b", "us")]);
    const both = await Promise.all([bob.direct(ann), ann.direct(bob), bob.direct(ann), ann.direct(bob)]);
    expect(new Set(both.map((one) => one.conversation_id)).size).toBe(1);
    const { seq } = await ann.send(both[0].conversation_id, "hello");
    await until("bob to have it", async () => (await bob.row(both[0].conversation_id)).head_seq >= seq);
  });

  test("[REG-4] a group is where it is asked for, else at home with its founder", async () => {
    const ann = await person("a", "eu");
    for (const region of ["us", "local", undefined]) {
      const body = groupBody(region);
      const group = await ann.rest.ok("createConversation", { body });
      expect(group.region).toBe(region ?? "eu");
      const again = await ann.rest.ok("createConversation", { body });
      expect(again.conversation_id).toBe(group.conversation_id);
      const { seq } = await ann.send(group.conversation_id, "noted");
      expect((await ann.log(group.conversation_id)).at(-1)?.seq).toBe(seq);
    }
  });

  test("[REG-4] a region that there is not is bad_request, and nothing is made", async () => {
    const ann = await person("a", "eu");
    expect(await ann.rest.refused("createConversation", { body: groupBody("mars") })).toMatchObject({
      status: 400,
      code: "bad_request",
    });
    expect(await ann.list()).toEqual([]);
  });

  test("[REG-5] nobody is told of another's home region", async () => {
    const [ann, bob] = await Promise.all([person("a", "us"), person("b", "eu")]);
    await homeOf(ann);
    await ann.rest.ok("putMe", { body: { display_name: "Ann" } });
    expect(await bob.rest.ok("getUser", { params: { id: ann.userId } })).toEqual({
      user_id: ann.userId,
      display_name: "Ann",
    });
  });

  test("[REG-3] [ADM-16] a direct conversation that is brought in is where the two find it", async () => {
    const [ann, bob] = await Promise.all([person("a", "us"), person("b", "us")]);
    const admin = await personOf(target.base, "admin", undefined, unique("admin"), "admin");
    const id = unique("theirs");
    const members = [{ user_id: bob.userId }, { user_id: ann.userId }];
    const created_at = new Date(0).toISOString();
    const lines = [
      { kind: "conversation", id, type: "direct", created_at, members, region: "eu" },
      { kind: "end", conversation: id },
    ];
    const { results } = await admin.rest.ok("adminImport", { body: { source: "slack", lines } });
    expect(results.map(({ status }) => status)).toEqual(["done", "done"]);
    const [row] = await until("bob's list", async () => {
      const list = await bob.list();
      return list.length === 1 ? list : undefined;
    });
    const direct = await bob.direct(ann);
    expect([direct.conversation_id, direct.region, await homeOf(ann)]).toEqual([row?.conversation_id, "eu", "eu"]);
  });

  test("[REG-6] the id of a region that there is not is not_found, over HTTP and on a socket", async () => {
    const ann = await person("a", "eu");
    const id = (await ann.group([])).conversation_id.replace("_eu_", "_mars_");
    expect(await ann.rest.refused("getConversation", { params: { id } })).toMatchObject({ code: "not_found" });
    expect(await ann.rest.refused("listMessages", { params: { id } })).toMatchObject({ code: "not_found" });
    expect(await ann.rest.refused("acceptInvite", { params: { token: `${id}.secret` } })).toMatchObject({
      code: "not_found",
    });
    const session = await ann.connect();
    const command = { type: "send", conversation_id: id, client_message_id: uuid7(), content: "?" } as const;
    expect(await session.ask("error", command)).toMatchObject({ code: "not_found" });
    await session.close();
  });

  test("[BLOCK-1] a block takes effect wherever the conversation is, and before there is one", async () => {
    const [ann, bob, cem] = await Promise.all([person("a", "us"), person("b", "eu"), person("c", "eu")]);
    await homeOf(ann);
    const id = (await ann.direct(bob)).conversation_id;
    for (const blocker of [bob, cem]) await blocker.rest.ok("block", { params: { user_id: ann.userId } });
    const hidden = (await ann.direct(cem)).conversation_id;
    for (const conversation of [id, hidden]) await ann.send(conversation, "hello?");
    for (const [blocker, conversation] of [
      [bob, id],
      [cem, hidden],
    ] as const)
      expect((await blocker.log(conversation)).filter((entry) => entry.kind === "message")).toEqual([]);
  });
});

describeOwn("a server that is given more regions", () => {
  test("[REG-3] keeps what was there: ids, conversations, and where people are at home", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "parley-regions-"));
    const before = await startServer({ dataDir, env: AUTH });
    const names = [unique("a"), unique("b"), unique("c")];
    const crew = (base: string): Promise<Person[]> =>
      Promise.all(names.map((name, index) => personOf(base, "", ["eu", "us", "us"][index], name)));
    const [ann, bob] = (await crew(before.url)) as [Person, Person, Person];
    const direct = await bob.direct(ann);
    const body = groupBody();
    const group = await ann.rest.ok("createConversation", { body });
    await until("ann to have the direct one", async () => (await ann.list()).length === 2);
    expect(await ann.rest.ok("getMe")).toEqual({ user_id: ann.userId });
    // What is written behind is written when the server takes leave of whoever is connected.
    await Promise.all([ann.connect(), bob.connect()]);
    await before.stop();
    const server = await startServer({ dataDir, env: SEVERAL });
    try {
      const people = (await crew(server.url)) as [Person, Person, Person];
      for (const [founder, other] of [people, people.slice(0, 2).toReversed()] as [Person, Person][]) {
        const again = await founder.direct(other);
        expect([again.conversation_id, again.region]).toEqual([direct.conversation_id, "local"]);
      }
      const repeated = await people[0].rest.ok("createConversation", { body });
      expect(repeated.conversation_id).toBe(group.conversation_id);
      expect(await Promise.all(people.map(homeOf))).toEqual(["local", "local", "us"]);
    } finally {
      await server.kill();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
