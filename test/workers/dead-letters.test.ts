import { evictDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { DeadLetter } from "../../src/core/push/job.ts";
import type { DeadLettersObject } from "../../src/objects/dead-letters/dead-letters-object.ts";
import { UserObject } from "../../src/objects/user/user-object.ts";
import { call } from "./people.ts";

const env = bindings as unknown as { readonly DEAD_LETTERS: DurableObjectNamespace<DeadLettersObject> };

/** Whom a replay reached, in the place of what users' objects make of it. */
const replayed: [user: string, device: string, conversation: string | undefined][] = [];
const unreachable = new Set<string>();
/** Happens while a replay is under way. */
let meanwhile = async (): Promise<void> => undefined;
Object.defineProperty(UserObject.prototype, "replayPush", {
  async value(this: { readonly ctx: DurableObjectState }, device: string, conversation: string | undefined) {
    const user = this.ctx.id.name ?? "";
    if (unreachable.has(user)) throw new Error("unreachable");
    replayed.push([user, device, conversation]);
    await meanwhile();
  },
});

afterEach(() => {
  replayed.length = 0;
  unreachable.clear();
  meanwhile = async () => undefined;
});

const letterFor = (user: string, failedAt: number): DeadLetter => ({
  id: `${user}/phone/c1/message/3`,
  user,
  device: "phone",
  conversation: "c1",
  type: "message",
  seq: 3,
  attempts: 12,
  reason: "503",
  failedAt,
});

interface Page {
  readonly dead_letters: { readonly user_id: string }[];
}
const operator = async () => {
  const asked = { user_id: "operator", device_id: "d", scope: "admin" };
  const { token } = await call<{ token: string }>("", "POST", "/dev/token", asked);
  const path = "/admin/push/webpush/dead-letters";
  return {
    users: async () => (await call<Page>(token, "GET", path)).dead_letters.map(({ user_id }) => user_id),
    replay: (ids?: string[]) => call(token, "POST", `${path}/replay`, ids === undefined ? {} : { ids }),
    drop: () => call(token, "DELETE", path),
  };
};

describe("[ADM-1] an operator and what was given up", () => {
  const letters = env.DEAD_LETTERS.getByName("webpush");

  it("sees it, tries it again by name or all of it, and a letter goes when its user's object has it", async () => {
    const { users, replay } = await operator();
    await letters.bury([letterFor("ann", 1000), letterFor("bob", 2000), letterFor("cyd", 3000)]);
    await evictDurableObject(letters);
    expect(await users()).toEqual(["cyd", "bob", "ann"]);
    expect(await replay(["bob/phone/c1/message/3"])).toEqual({ replayed: 1, remaining: 2 });
    expect(replayed).toEqual([["bob", "phone", "c1"]]);
    unreachable.add("ann");
    expect(await replay()).toEqual({ replayed: 1, remaining: 1 });
    expect(await users()).toEqual(["ann"]);
    unreachable.clear();
    expect(await replay()).toEqual({ replayed: 1, remaining: 0 });
    expect(replayed.map(([user]) => user)).toEqual(["bob", "cyd", "ann"]);
  });

  it("what is given up again while it is tried again stays", async () => {
    const { users, replay } = await operator();
    await letters.bury([letterFor("ann", 1000)]);
    meanwhile = () => env.DEAD_LETTERS.getByName("webpush").bury([letterFor("ann", 5000)]);
    expect(await replay()).toEqual({ replayed: 1, remaining: 1 });
    expect(await users()).toEqual(["ann"]);
  });

  it("forgets it", async () => {
    const { users, drop } = await operator();
    await letters.bury([letterFor("ann", 1000)]);
    await drop();
    expect(await users()).toEqual([]);
    expect(replayed).toEqual([]);
  });
});
