import { describe, expect, test } from "vitest";
import { useServer } from "../support/target.ts";

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
    { avatar: "x".repeat(2049) },
    { privacy: { typing: "friends" } },
    { privacy: "nobody" },
  ])("[ERR-1] %j is bad_request and changes nothing", async (body) => {
    const ann = await target.person("ann");
    await ann.rest.ok("putMe", { body: { display_name: "Ann" } });
    expect(await ann.rest.refused("putMe", { body })).toMatchObject({ code: "bad_request" });
    expect((await ann.rest.ok("getMe")).display_name).toBe("Ann");
  });

  test("[GEN-3] a username is unsupported, and nothing else of the call is done", async () => {
    const ann = await target.person("ann");
    const body = { username: "ann.of.the.north", display_name: "Ann" };
    expect(await ann.rest.refused("putMe", { body })).toMatchObject({ status: 501, code: "unsupported" });
    expect((await ann.rest.ok("getMe")).display_name).toBeUndefined();
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
