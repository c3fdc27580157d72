import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/shared/audit-chain.ts";
import { sha256 } from "../../src/shared/sha256.ts";
import type { Erasure } from "../../src/shared/protocol/http-data.ts";
import type { Person } from "../support/person.ts";
import { nameFor, uuid4, uuid7 } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { reacting } from "../support/write.ts";

const target = useServer(FAST);
const reason = "he asked for it";

const begin = (admin: Person, user: Person, erasure_id = uuid4()): Promise<Erasure> =>
  admin.rest.ok("adminErase", { params: { id: user.userId }, body: { erasure_id, reason } });

const erased = async (admin: Person, user: Person): Promise<Erasure> => {
  const { erasure_id } = await begin(admin, user);
  return until(
    "the erasure",
    async () => {
      const state = await admin.rest.ok("adminGetErasure", { params: { id: erasure_id } });
      return state.status === "done" ? state : undefined;
    },
    30_000,
  );
};

const operator = (): Promise<Person> => target.person("admin", { scope: "admin" });

describe("[ADM-15] an erasure", () => {
  test("is for operators; the same name again is the same erasure", async () => {
    const admin = await operator();
    const [ann, bob] = await target.people("ann", "bob");
    const params = { id: ann.userId };
    const body = { erasure_id: uuid4(), reason };
    expect(await ann.rest.refused("adminErase", { params, body })).toMatchObject({ code: "forbidden" });
    const first = await begin(admin, ann, body.erasure_id);
    expect((await begin(admin, ann, body.erasure_id)).requested_at).toBe(first.requested_at);
    const other = await admin.rest.refused("adminErase", { params: { id: bob.userId }, body });
    expect(other).toMatchObject({ code: "conflict" });
    const unknown = await admin.rest.refused("adminGetErasure", { params: { id: uuid4() } });
    expect(unknown).toMatchObject({ code: "not_found" });
  });

  test("[DATA-11] empties what he wrote everywhere, and others learn of it as of any deletion", async () => {
    const admin = await operator();
    const { ann, bob, carl, id } = await target.trio();
    const session = await ann.connect();
    const theirs = await ann.send(id, "by ann");
    for (let n = 0; n < 450; n++) await bob.send(id, `secret ${n}`);
    const [last] = await bob.messages(id, { limit: 1 });
    await bob.rest.ok("editMessage", {
      params: { id, message_id: last?.message_id ?? "" },
      body: { client_message_id: uuid7(), content: "secret edited" },
    });
    await bob.does(reacting(id, theirs.message_id, "👀"));
    const later = { client_message_id: uuid4(), type: "text", content: "secret later" };
    const send_at = new Date(Date.now() + 86_400_000).toISOString();
    await bob.rest.ok("scheduleMessage", { params: { id }, body: { ...later, send_at } });
    const job = await erased(admin, bob);
    expect(job.certificate?.removed).toMatchObject({ messages: 450, reactions: 1, scheduled: 1, memberships: 1 });
    expect(JSON.stringify(await carl.log(id))).not.toContain("secret");
    expect(JSON.stringify(await carl.history(id))).not.toContain("secret");
    expect((await carl.history(id)).filter((message) => message.deleted_at !== undefined).length).toBe(450);
    expect((await ann.message(id, theirs.message_id)).reactions).toBeUndefined();
    expect([...(await ann.members(id)).keys()].toSorted()).toEqual([ann.userId, carl.userId].toSorted());
    // Each of them by an entry of its own, in order.
    const head = (await ann.row(id)).head_seq;
    await until("the last entry", () => session.all("entries").at(-1)?.head_seq === head);
    const seqs = session.all("entries").flatMap(({ entries }) => entries.map(({ seq }) => seq));
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_x, n) => head - seqs.length + 1 + n));
    const { unread_count } = await ann.row(id);
    expect(unread_count).toBe(0);
  });

  test("[DATA-12] leaves nothing of the account, and nobody signs in with it", async () => {
    const admin = await operator();
    const { ann, bob, id } = await target.pair();
    const username = nameFor("bob");
    await bob.rest.ok("putMe", { body: { username, display_name: "Bob" } });
    await bob.rest.ok("block", { params: { user_id: ann.userId } });
    await bob.rest.ok("unblock", { params: { user_id: ann.userId } });
    await bob.send(id, "hello");
    const session = await bob.connect();
    const job = await erased(admin, bob);
    expect(job.certificate?.removed).toMatchObject({ profile: 1, username: 1, list: 1, messages: 1 });
    await session.closed;
    expect(await bob.rest.refused("listConversations")).toMatchObject({ code: "forbidden" });
    const params = { id: bob.userId };
    expect(await ann.rest.ok("getUser", { params })).toEqual({ user_id: bob.userId });
    expect((await ann.rest.ok("findUsers", { query: { username } })).users).toEqual([]);
    // The name is free, what others write there goes on, and nothing begins for him anew.
    expect((await ann.rest.ok("putMe", { body: { username } })).username).toBe(username);
    await ann.send(id, "is somebody there?");
    expect((await ann.history(id)).map(({ content }) => content)).toEqual(["is somebody there?", ""]);
    await admin.rest.ok("adminUnsuspend", { params, query: { reason } });
    const state = await admin.rest.ok("adminUser", { params });
    expect(state).toMatchObject({ devices: 0, conversations: 0, suspended: { reason } });
    expect(state.erased_at).toBeDefined();
    expect(await bob.rest.refused("getMe")).toMatchObject({ code: "forbidden" });
  });

  test("[DATA-13] ends with a certificate, which stands in the audit log", async () => {
    const admin = await operator();
    const { bob, id } = await target.pair();
    await bob.send(id, "hello");
    const { certificate, erasure_id } = await erased(admin, bob);
    if (certificate === undefined) throw new Error("there is no certificate");
    const { hash, ...rest } = certificate;
    expect(hash).toBe(sha256(canonicalJson(rest)));
    expect(rest).toMatchObject({ user_id: bob.userId, erasure_id });
    expect(rest.remains.map(({ what }) => what)).toContain("direct conversations, for the others");
    expect(rest.horizons.map(({ days }) => days)).toEqual([30, 30, 7]);
    const { index } = await admin.rest.ok("adminAuditHead");
    const { entries } = await admin.rest.ok("adminAudit", { query: { after: Math.max(0, index - 50), limit: 50 } });
    const entered = entries.find(({ details }) => details?.["hash"] === hash);
    expect(entered).toMatchObject({ action: "erase.certificate", target: `user:${bob.userId}`, actor: admin.userId });
  });

  test("[DATA-14] leaves what a legal hold keeps, and says so", async () => {
    const admin = await operator();
    const { ann, bob, id } = await target.pair();
    await bob.send(id, "evidence");
    const hold = { hold_id: uuid4(), conversation_id: id, reason: "a case" };
    await admin.rest.ok("adminPlaceHold", { body: hold });
    const { certificate } = await erased(admin, bob);
    expect(certificate?.remains).toContainEqual({
      what: "messages, for legal holds",
      count: 1,
      why: "a hold goes before an erasure",
    });
    expect((await ann.history(id)).map(({ content }) => content)).toEqual([""]);
    const { held } = await admin.rest.ok("adminHeld", { params: { id } });
    expect(held).toMatchObject([{ content: "evidence", why: "erased", sender_id: bob.userId }]);
  });

  test("[DATA-11] a group that he owned is inherited; of somebody who never was here nothing is there", async () => {
    const admin = await operator();
    const { ann, bob, id } = await target.trio();
    await erased(admin, ann);
    expect((await bob.members(id)).get(bob.userId)).toBe("owner");
    const nobody = await target.person("nobody");
    const { certificate } = await erased(admin, nobody);
    expect(Object.values(certificate?.removed ?? {}).every((count) => count === 0)).toBe(true);
  });
});
