import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { billOf, meter } from "./meter.ts";
import type { Bill } from "./meter.ts";
import { call, env, tokenFor } from "./people.ts";

interface Shown {
  readonly user_id: string;
  readonly username?: string;
}

const put = (token: string, body: object): Promise<Shown> => call(token, "PUT", "/users/me", body);
const find = async (token: string, name: string): Promise<Shown[]> =>
  (await call<{ users: Shown[] }>(token, "GET", `/users?username=${name}`)).users;
const tablesOf = (stub: DurableObjectStub): Promise<unknown[]> =>
  runInDurableObject(stub, (_instance, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'").toArray(),
  );
const holderOf = (name: string): Promise<string | undefined> => env.DIRECTORY.getByName(name).holder();

describe("asking for what nobody made", () => {
  it("[USER-4] looking for a name that nobody claimed leaves nothing behind", async () => {
    expect(await find(await tokenFor("look-ann"), "look_nobody")).toEqual([]);
    expect(await tablesOf(env.DIRECTORY.getByName("look_nobody"))).toEqual([]);
  });

  it("[USER-3] looking at somebody who never was here leaves nothing behind, also where he is asked", async () => {
    const ann = await tokenFor("look-bea");
    expect(await call(ann, "GET", "/users/look-nobody")).toEqual({ user_id: "look-nobody" });
    for (const id of ["look-bea", "look-nobody"]) expect(await tablesOf(env.USER.getByName(id)), id).toEqual([]);
  });
});

describe("a name", () => {
  it("[USER-5] outlives the memory of the objects", async () => {
    const [ann, bob] = [await tokenFor("kept-ann"), await tokenFor("kept-bob")];
    await put(ann, { username: "kept_name" });
    await evictDurableObject(env.DIRECTORY.getByName("kept_name"));
    await evictDurableObject(env.USER.getByName("kept-ann"));
    await expect(put(bob, { username: "kept_name" })).rejects.toThrow(/409/);
    expect(await find(bob, "kept_name")).toEqual([{ user_id: "kept-ann", username: "kept_name" }]);
  });

  it("[USER-7] that was given to somebody who never came to show it is found with nobody and can be had", async () => {
    const bob = await tokenFor("ghost-bob");
    expect(await env.DIRECTORY.getByName("ghost_name").claim("ghost-ann")).toBe(true);
    expect(await find(bob, "ghost_name")).toEqual([]);
    await put(bob, { username: "ghost_name" });
    expect(await find(bob, "ghost_name")).toMatchObject([{ user_id: "ghost-bob", username: "ghost_name" }]);
  });

  it("[USER-7] that is not shown any more is forgotten by the directory, too", async () => {
    const ann = await tokenFor("gone-ann");
    await put(ann, { username: "gone_name" });
    expect(await holderOf("gone_name")).toBe("gone-ann");
    await put(ann, { username: null });
    await expect.poll(() => holderOf("gone_name"), { timeout: 5000 }).toBeUndefined();
  });
});

describe("what names cost", () => {
  const tokenOf = async (user_id: string): Promise<string> =>
    (await call<{ token: string }>("", "POST", "/dev/token", { user_id })).token;
  /** One of the requests is the edge's question whether the account is suspended, which comes with every call. */
  const print = (what: string, { rows, requests, alarmsSet }: Bill): void =>
    console.log(`cost ${what}: ${rows + alarmsSet} rows written, ${requests} object requests`);

  it("[COST-12] a claim, an exchange, a claim that is refused, a look", async () => {
    const [ann, bob] = [await tokenOf("cost-ann"), await tokenOf("cost-bob")];
    // What is written for the first time makes tables besides: those are no names.
    for (const token of [ann, bob]) await put(token, { display_name: "warm" });
    for (const name of ["cost_one", "cost_two"]) {
      await put(ann, { username: name });
      await put(ann, { username: null });
      await expect.poll(() => holderOf(name), { timeout: 5000 }).toBeUndefined();
      await meter(env.DIRECTORY.getByName(name));
    }
    for (const user of ["cost-ann", "cost-bob"]) await meter(env.USER.getByName(user));
    const claim = await billOf(async () => void (await put(ann, { username: "cost_one" })));
    print("claim of a username", claim);
    expect(claim).toMatchObject({ rows: 2, requests: 3, alarmsSet: 0 });
    const exchange = await billOf(async () => {
      await put(ann, { username: "cost_two" });
      await expect
        .poll(() =>
          runInDurableObject(env.DIRECTORY.getByName("cost_one"), (_one, { storage }) =>
            storage.sql.exec("SELECT * FROM holder").toArray(),
          ),
        )
        .toEqual([]);
    });
    print("exchange of a username for another", exchange);
    expect(exchange).toMatchObject({ rows: 3, requests: 5, alarmsSet: 0 });
    const refused = await billOf(async () => {
      await expect(put(bob, { username: "cost_two" })).rejects.toThrow(/409/);
    });
    print("claim of a username that somebody has", refused);
    expect(refused).toMatchObject({ rows: 0, requests: 4, alarmsSet: 0 });
    const look = await billOf(async () => void (await find(bob, "cost_two")));
    print("search for a username", look);
    expect(look).toMatchObject({ rows: 0, requests: 4, alarmsSet: 0 });
    const profile = await billOf(async () => void (await call(bob, "GET", "/users/cost-ann")));
    print("somebody's profile", profile);
    expect(profile).toMatchObject({ rows: 0, requests: 3, alarmsSet: 0 });
  });
});
