import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import { unique, uuid7 } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { changing, naming } from "../support/write.ts";

const target = useServer(FAST);

const DEFAULTS = {
  add: "admins",
  rename: "admins",
  pin: "admins",
  write: "everyone",
  history: "all",
  expires_in: 0,
} as const;

describe("settings", () => {
  test("[ROLE-3] a group begins with these", async () => {
    const { ann, bob, id } = await target.trio();
    expect((await ann.row(id)).settings).toEqual(DEFAULTS);
    expect((await bob.row(id)).settings).toEqual(DEFAULTS);
  });

  test("[CONV-3] what is changed is an entry, and everybody's row says so; what is not named stays", async () => {
    const { ann, bob, id } = await target.trio();
    const session = await bob.connect();
    const cid = uuid7();
    const { status, body } = await ann.rest.call(
      "changeConversation",
      changing(id, { settings: { write: "admins", expires_in: 3600 } }, cid).input,
    );
    expect(status).toBe(200);
    const now = { ...DEFAULTS, write: "admins", expires_in: 3600 };
    expect(body).toMatchObject({ conversation_id: id, settings: now, role: "owner" });
    const log = await bob.log(id);
    const entry = log.at(-1);
    expect(entry).toMatchObject({
      kind: "settings",
      sender_id: ann.userId,
      client_message_id: cid,
      changes: { settings: { write: "admins", expires_in: 3600 } },
    });
    expect(await session.entry(id, log.length)).toEqual(entry);
    expect(await settledRow(bob, id, log.length)).toMatchObject({ settings: now, unread_count: 0 });
    await ann.does(changing(id, { settings: { pin: "everyone" } }));
    expect(await settledRow(bob, id, log.length + 1)).toMatchObject({ settings: { ...now, pin: "everyone" } });
    expect((await bob.rest.ok("sync", { query: { since: 0 } })).conversations[0]?.settings).toEqual({
      ...now,
      pin: "everyone",
    });
  });

  test("[CONV-3] name and picture", async () => {
    const { ann, bob, id } = await target.trio();
    const name = `Chess 😀 ${unique("n")}`;
    const avatar = "https://example.com/a.png";
    const changed = await ann.rest.ok("changeConversation", changing(id, { name, avatar }).input);
    expect(changed).toMatchObject({ name, avatar });
    const log = await bob.log(id);
    expect(log.at(-1)).toMatchObject({ kind: "settings", changes: { name, avatar } });
    expect(await settledRow(bob, id, log.length)).toMatchObject({ name, avatar });
    await ann.does(changing(id, { name: "Go" }));
    expect(await settledRow(bob, id, log.length + 1)).toMatchObject({ name: "Go", avatar });
  });

  test("[EVT-7] a renamed conversation reaches who is online, with a higher rev", async () => {
    const { ann, bob, id } = await target.trio();
    const before = await settledRow(bob, id, 1);
    const session = await bob.connect();
    await ann.does(changing(id, { name: "Renamed" }));
    const head = (await ann.log(id)).length;
    await session.entry(id, head);
    const row = await settledRow(bob, id, head);
    expect(row).toMatchObject({ name: "Renamed" });
    expect(row.rev).toBeGreaterThan(before.rev);
  });

  test("[IDEM-1] a repeat changes nothing, also after another change", async () => {
    const { ann, id } = await target.trio();
    const write = changing(id, { name: "First", settings: { add: "everyone" } });
    await ann.does(write);
    await ann.does(changing(id, { name: "Second", settings: { add: "admins" } }));
    const log = await ann.log(id);
    await ann.does(write);
    expect(await ann.log(id)).toEqual(log);
    expect(await ann.row(id)).toMatchObject({ name: "Second", settings: { add: "admins" } });
  });

  test("[MEMB-6] a direct conversation has neither name, picture nor settings", async () => {
    const { ann, bob, id } = await target.pair();
    const log = await ann.log(id);
    for (const changes of [{ name: "Us" }, { avatar: "x" }, { settings: { write: "admins" } }])
      for (const person of [ann, bob]) expect(await person.tries(changing(id, changes))).toBe("forbidden");
    expect(await ann.tries(naming(id, bob, "admin"))).toBe("forbidden");
    expect(await ann.log(id)).toEqual(log);
    expect((await ann.row(id)).name).toBeUndefined();
  });

  test.each([
    { name: "" },
    { name: "x".repeat(129) },
    { name: 7 },
    { avatar: "" },
    { avatar: "x".repeat(2049) },
    { settings: { write: "nobody" } },
    { settings: { history: "everyone" } },
    { settings: { expires_in: -1 } },
    { settings: { expires_in: 1.5 } },
    { settings: { expires_in: 365 * 86_400 + 1 } },
    { settings: "all" },
    { name: "good", settings: { add: 1 } },
    { client_message_id: "x", name: "good" },
  ])("[ERR-1] %j is bad_request and changes nothing", async (changes) => {
    const { ann, id } = await target.trio();
    const log = await ann.log(id);
    expect(await ann.tries(changing(id, changes))).toBe("bad_request");
    expect(await ann.log(id)).toEqual(log);
    expect(await ann.row(id)).toMatchObject({ name: "Group", settings: DEFAULTS });
  });

  test("[GEN-1] an unknown setting is ignored", async () => {
    const { ann, id } = await target.trio();
    await ann.does(changing(id, { settings: { colour: "red", pin: "everyone" } }));
    expect((await ann.row(id)).settings).toMatchObject({ pin: "everyone" });
  });
});
