import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import type { AnswerOf } from "../support/rest.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { changing, inviting, naming, removing } from "../support/write.ts";

const target = useServer(FAST);

type Invite = AnswerOf<"createInvite">;

const invite = async (
  person: Person,
  id: string,
  options: { expires_in?: number; max_uses?: number } = {},
): Promise<Invite> => await person.rest.ok("createInvite", inviting(id, options).input);

const tokens = async (person: Person, id: string): Promise<string[]> =>
  (await person.rest.ok("listInvites", { params: { id } })).invites.map((one) => one.token).sort();

const accept = async (person: Person, token: string) => await person.rest.call("acceptInvite", { params: { token } });

describe("join links", () => {
  test("[INV-2] are made with an expiry and a number of uses, or without", async () => {
    const { ann, id } = await target.trio();
    const plain = await ann.rest.call("createInvite", inviting(id).input);
    expect(plain.status).toBe(201);
    expect(plain.body).toMatchObject({ uses: 0 });
    expect(plain.body?.expires_at).toBeUndefined();
    expect(plain.body?.max_uses).toBeUndefined();
    expect(plain.body?.url).toContain(plain.body?.token ?? "?");
    const bounded = await invite(ann, id, { expires_in: 3600, max_uses: 7 });
    expect(bounded).toMatchObject({ uses: 0, max_uses: 7 });
    expect(Math.abs(Date.parse(bounded.expires_at ?? "") - Date.now() - 3_600_000)).toBeLessThan(60_000);
    expect(bounded.token).not.toBe(plain.body?.token);
    expect(bounded.token.length).toBeGreaterThanOrEqual(22);
    const { invites } = await ann.rest.ok("listInvites", { params: { id } });
    expect(invites).toContainEqual(bounded);
    expect(invites).toContainEqual(plain.body);
    expect((await ann.log(id)).length).toBe(1);
  });

  test("[INV-1] a preview shows name and size and nothing else", async () => {
    const { ann, id } = await target.trio();
    const dora = await target.person("dora");
    const { token } = await invite(ann, id);
    const preview = await dora.rest.ok("previewInvite", { params: { token } });
    expect(preview).toEqual({ name: "Group", member_count: 3 });
    expect(await target.anonymous.refused("previewInvite", { params: { token } })).toMatchObject({
      code: "unauthenticated",
    });
    expect(await dora.list()).toEqual([]);
    expect(await dora.rest.refused("getConversation", { params: { id } })).toMatchObject({ code: "not_found" });
  });

  test("[INV-1] [ENT-1] accepting is joining: 201, an entry of one's own, and everything that members have", async () => {
    const { ann, bob, id } = await target.trio();
    const dora = await target.person("dora");
    const [session, hers] = [await bob.connect(), await dora.connect()];
    const { token } = await invite(ann, id);
    await ann.send(id, "before");
    const { status, body } = await accept(dora, token);
    expect(status).toBe(201);
    expect(body).toMatchObject({ conversation_id: id, role: "member", member_count: 4, name: "Group" });
    const head = (await ann.log(id)).length;
    expect(await session.entry(id, head)).toMatchObject({
      kind: "member",
      op: "add",
      sender_id: dora.userId,
      user_id: dora.userId,
      role: "member",
    });
    expect(await settledRow(dora, id, head)).toMatchObject({ member_count: 4 });
    expect(await settledRow(bob, id, head)).toMatchObject({ member_count: 4 });
    const { seq } = await ann.send(id, "welcome");
    await hers.entry(id, seq);
    expect((await dora.history(id)).map((message) => message.content)).toEqual(["welcome", "before"]);
    expect((await dora.send(id, "thanks")).seq).toBe(seq + 1);
  });

  test("[INV-3] joining again answers 200, and is not counted", async () => {
    const { ann, bob, id } = await target.trio();
    const dora = await target.person("dora");
    const { token } = await invite(ann, id, { max_uses: 2 });
    expect((await accept(dora, token)).status).toBe(201);
    const head = (await ann.log(id)).length;
    for (const person of [dora, dora, bob, ann]) {
      const { status, body } = await accept(person, token);
      expect(status).toBe(200);
      expect(body).toMatchObject({ conversation_id: id, member_count: 4 });
    }
    expect((await ann.log(id)).length).toBe(head);
    expect((await ann.rest.ok("listInvites", { params: { id } })).invites).toMatchObject([{ token, uses: 1 }]);
  });

  test("[INV-3] a link that is used up is not_found, for the preview too, and leaves the list", async () => {
    const { ann, id } = await target.trio();
    const people = await target.people("a", "b", "c", "d", "e", "f", "g", "h");
    const { token } = await invite(ann, id, { max_uses: 3 });
    const answers = await Promise.all(people.map((person) => accept(person, token)));
    expect(answers.map(({ status }) => status).sort((x, y) => x - y)).toEqual([201, 201, 201, 404, 404, 404, 404, 404]);
    expect((await ann.row(id)).member_count).toBe(6);
    expect((await ann.log(id)).length).toBe(4);
    const late = await target.person("late");
    expect(await late.rest.refused("previewInvite", { params: { token } })).toMatchObject({ code: "not_found" });
    expect(await tokens(ann, id)).toEqual([]);
  });

  test("[INV-3] a link that expired is not_found, and leaves the list", async () => {
    const { ann, id } = await target.trio();
    const dora = await target.person("dora");
    const { token, expires_at } = await invite(ann, id, { expires_in: 1 });
    expect((await dora.rest.call("previewInvite", { params: { token } })).status).toBe(200);
    await until("the expiry", () => Date.now() > Date.parse(expires_at ?? "") + 200);
    expect(await dora.rest.refused("previewInvite", { params: { token } })).toMatchObject({ code: "not_found" });
    expect(await dora.rest.refused("acceptInvite", { params: { token } })).toMatchObject({ code: "not_found" });
    expect(await tokens(ann, id)).toEqual([]);
    expect((await ann.log(id)).length).toBe(1);
  });

  test("[INV-1] a revoked link is not_found, and who joined by it stays", async () => {
    const { ann, id } = await target.trio();
    const [dora, emil] = await target.people("dora", "emil");
    const { token } = await invite(ann, id);
    const other = await invite(ann, id);
    await accept(dora, token);
    expect((await ann.rest.call("revokeInvite", { params: { id, token } })).status).toBe(204);
    for (const route of ["previewInvite", "acceptInvite"] as const)
      expect(await emil.rest.refused(route, { params: { token } }), route).toMatchObject({ code: "not_found" });
    expect(await ann.rest.refused("revokeInvite", { params: { id, token } })).toMatchObject({ code: "not_found" });
    expect(await tokens(ann, id)).toEqual([other.token]);
    expect((await ann.members(id)).has(dora.userId)).toBe(true);
  });

  test("[INV-3] unknown, malformed and foreign links are not_found, all in the same words", async () => {
    const { ann, id } = await target.trio();
    const { token } = await invite(ann, id);
    const dora = await target.person("dora");
    const other = (await dora.group([])).conversation_id;
    const last = token.endsWith("A") ? "B" : "A";
    const wrong = ["t", `${token.slice(0, -1)}${last}`, `${token}A`, token.slice(1), "%", "../x", "x".repeat(128)];
    const words = new Set<string>();
    for (const one of wrong)
      for (const route of ["previewInvite", "acceptInvite"] as const) {
        const refused = await dora.rest.refused(route, { params: { token: one } });
        expect(refused, `${route} ${one}`).toMatchObject({ code: "not_found" });
        words.add(refused.detail);
      }
    expect(words.size).toBeLessThanOrEqual(2);
    expect(await dora.rest.refused("revokeInvite", { params: { id: other, token } })).toMatchObject({
      code: "not_found",
    });
    expect((await dora.rest.call("previewInvite", { params: { token } })).status).toBe(200);
  });
});

describe("who may invite, and be invited", () => {
  test("[INV-3] who may add makes links; owner and admins see and revoke all, others their own", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const dora = await target.person("dora");
    expect(await carl.tries(inviting(id))).toBe("forbidden");
    await ann.does(naming(id, bob, "admin"));
    await ann.does(changing(id, { settings: { add: "everyone" } }));
    const [byAnn, byBob, byCarl] = await Promise.all([ann, bob, carl].map((person) => invite(person, id)));
    if (!byAnn || !byBob || !byCarl) throw new Error("three links are needed");
    const all = [byAnn.token, byBob.token, byCarl.token].sort();
    expect(await tokens(ann, id)).toEqual(all);
    expect(await tokens(bob, id)).toEqual(all);
    expect(await tokens(carl, id)).toEqual([byCarl.token]);
    for (const { token } of [byAnn, byBob])
      expect(["forbidden", "not_found"]).toContain(
        (await carl.rest.refused("revokeInvite", { params: { id, token } })).code,
      );
    await bob.rest.ok("revokeInvite", { params: { id, token: byAnn.token } });
    await carl.rest.ok("revokeInvite", { params: { id, token: byCarl.token } });
    expect(await tokens(ann, id)).toEqual([byBob.token]);
    expect(await dora.rest.refused("acceptInvite", { params: { token: byCarl.token } })).toMatchObject({
      code: "not_found",
    });
  });

  test("[INV-3] whoever was removed by somebody else is forbidden; who left comes back", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const { token } = await invite(ann, id, { max_uses: 5 });
    await ann.does(removing(id, bob));
    await carl.does(removing(id, carl));
    const head = (await ann.log(id)).length;
    expect(await bob.rest.refused("acceptInvite", { params: { token } })).toMatchObject({ code: "forbidden" });
    expect((await ann.log(id)).length).toBe(head);
    const { status, body } = await accept(carl, token);
    expect(status).toBe(201);
    expect(body).toMatchObject({ role: "member", member_count: 2 });
    expect(body?.left_at).toBeUndefined();
    expect((await settledRow(carl, id, head + 1)).left_at).toBeUndefined();
    expect((await ann.rest.ok("listInvites", { params: { id } })).invites).toMatchObject([{ uses: 1 }]);
  });

  test("[INV-3] whoever was removed and added again is a member like any other, and may leave and come back", async () => {
    const { ann, bob, id } = await target.trio();
    const { token } = await invite(ann, id);
    await ann.does(removing(id, bob));
    await ann.does({ route: "addMembers", input: { params: { id }, body: { user_ids: [bob.userId] } } });
    expect((await accept(bob, token)).status).toBe(200);
    await bob.does(removing(id, bob));
    expect((await accept(bob, token)).status).toBe(201);
  });

  test("[MEMB-6] there are no links to a direct conversation", async () => {
    const { ann, id } = await target.pair();
    expect(await ann.tries(inviting(id))).toBe("forbidden");
  });

  test("[MEMB-4] who joins by a link under since_joined sees nothing of before", async () => {
    const { ann, id } = await target.trio();
    await ann.send(id, "before");
    await ann.does(changing(id, { settings: { history: "since_joined" } }));
    const { token } = await invite(ann, id);
    const dora = await target.person("dora");
    const { body } = await accept(dora, token);
    expect(body?.last_message).toBeUndefined();
    const head = (await ann.log(id)).length;
    const { entries } = await dora.rest.ok("readLog", { params: { id }, query: { after: 0 } });
    expect(entries.map((entry) => entry.seq)).toEqual([head]);
    expect(await dora.history(id)).toEqual([]);
  });

  test("[LIM-12] fifty links work at once; one that does not any more makes room", async () => {
    const { ann, id } = await target.trio();
    const dora = await target.person("dora");
    const first = await invite(ann, id, { max_uses: 1 });
    const second = await invite(ann, id);
    for (let i = 2; i < 50; i++) await invite(ann, id);
    expect(await ann.tries(inviting(id))).toBe("limit_exceeded");
    expect((await tokens(ann, id)).length).toBe(50);
    await accept(dora, first.token);
    await invite(ann, id);
    expect(await ann.tries(inviting(id))).toBe("limit_exceeded");
    await ann.rest.ok("revokeInvite", { params: { id, token: second.token } });
    await invite(ann, id);
  });

  test.each([{ expires_in: 0 }, { expires_in: 1.5 }, { max_uses: 0 }, { max_uses: "3" }, { max_uses: 100_001 }])(
    "[ERR-1] the link %j is bad_request",
    async (body) => {
      const { ann, id } = await target.trio();
      expect(await ann.rest.refused("createInvite", { params: { id }, body })).toMatchObject({ code: "bad_request" });
      expect(await tokens(ann, id)).toEqual([]);
    },
  );

  test("[INV-3] accepting at once with being added joins once", async () => {
    const { ann, id } = await target.trio();
    for (let round = 0; round < 5; round++) {
      const dora = await target.person("dora");
      const { token } = await invite(ann, id);
      await Promise.all([
        accept(dora, token),
        accept(dora, token),
        ann.rest.call("addMembers", { params: { id }, body: { user_ids: [dora.userId] } }),
      ]);
      const joined = (await ann.log(id)).filter((entry) => entry.kind === "member" && entry.user_id === dora.userId);
      expect(joined.length).toBe(1);
    }
  });
});
