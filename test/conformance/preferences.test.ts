import { describe, expect, test } from "vitest";
import { useServer } from "../support/target.ts";

const target = useServer();

const UNTIL = "2031-05-06T07:08:09.000Z";
const ALL = { muted_until: UNTIL, archived: true, pinned: true, notify: "mentions" } as const;

describe("what one wants of a conversation", () => {
  test("[PREF-1] is answered, and shown in the row, the list, sync and on the other devices", async () => {
    const { ann, id } = await target.pair();
    const tablet = await target.person("tablet", { userId: ann.userId });
    const session = await tablet.connect();
    const { rev } = await ann.row(id);
    expect(await ann.rest.ok("setPreferences", { params: { id }, body: ALL })).toMatchObject({
      conversation_id: id,
      ...ALL,
    });
    const { conversation } = await session.waitFor("conversation", (event) => event.conversation.pinned === true);
    expect(conversation).toMatchObject(ALL);
    expect(conversation.rev).toBeGreaterThan(rev);
    expect(await tablet.row(id)).toMatchObject(ALL);
    expect((await tablet.list())[0]).toMatchObject(ALL);
    expect((await tablet.rest.ok("sync", { query: { since: rev } })).conversations).toMatchObject([ALL]);
  });

  test("[PREF-1] what is not named stays; null, false and all take away", async () => {
    const { ann, id } = await target.pair();
    await ann.rest.ok("setPreferences", { params: { id }, body: ALL });
    const half = await ann.rest.ok("setPreferences", { params: { id }, body: { archived: false } });
    expect(half).toMatchObject({ muted_until: UNTIL, pinned: true, notify: "mentions" });
    expect(half.archived).not.toBe(true);
    const body = { muted_until: null, pinned: false, notify: "all" };
    const none = await ann.rest.ok("setPreferences", { params: { id }, body });
    expect(none).toMatchObject({ notify: "all" });
    expect([none.muted_until, none.archived === true, none.pinned === true]).toEqual([undefined, false, false]);
  });

  test("[PREF-1] is one's own: the others see nothing of it, and it is no entry", async () => {
    const { ann, bob, id } = await target.pair();
    const head = (await ann.log(id)).length;
    const before = await bob.row(id);
    await ann.rest.ok("setPreferences", { params: { id }, body: ALL });
    expect(await bob.row(id)).toEqual(before);
    expect((await ann.log(id)).length).toBe(head);
  });

  test("[PREF-1] stays when messages come, and for who left", async () => {
    const { ann, bob, id } = await target.trio();
    await bob.rest.ok("setPreferences", { params: { id }, body: ALL });
    const { seq } = await ann.send(id, "hello");
    const session = await bob.connect({ since: 0 });
    const sync = await session.waitFor("sync");
    expect(sync.conversations.find((row) => row.conversation_id === id)).toMatchObject({ ...ALL, head_seq: seq });
    await bob.rest.ok("removeMember", { params: { id, uid: bob.userId } });
    await bob.rest.ok("setPreferences", { params: { id }, body: { archived: false } });
    expect(await bob.row(id)).toMatchObject({ muted_until: UNTIL, pinned: true });
  });

  test.each([{ notify: "loud" }, { muted_until: "tomorrow" }, { pinned: "yes" }])(
    "[ERR-1] %j is bad_request and changes nothing",
    async (body) => {
      const { ann, id } = await target.pair();
      expect(await ann.rest.refused("setPreferences", { params: { id }, body })).toMatchObject({ code: "bad_request" });
      expect((await ann.row(id)).notify).toBe("all");
    },
  );

  test("[ACC-1] of a conversation that one is not in is not_found", async () => {
    const { id } = await target.pair();
    const eve = await target.person("eve");
    expect(await eve.rest.refused("setPreferences", { params: { id }, body: ALL })).toMatchObject({
      code: "not_found",
    });
  });
});
