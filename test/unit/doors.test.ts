import { describe, expect, it } from "vitest";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { inviteToken, readInviteToken } from "../../src/platform/invite-token.ts";
import { randomSecret, uuidv7 } from "../../src/platform/uuid.ts";
import { UUID } from "../../src/shared/ids.ts";
import type { Founding } from "../../src/core/conversation/founding.ts";
import { codeOf, Talk, valueOf } from "./conversation-fixtures.ts";

const friends = (more: Partial<Founding> = {}): Talk => new Talk(["ann", "bob", "cem"], more);
const invite = (talk: Talk, user: string, secret: string, more = {}) =>
  talk.conversation.doors.create(user, { secret, ...more });
const joins = (talk: Talk, user: string, secret: string): string | undefined =>
  codeOf(talk.conversation.join(user, secret, NO_INBOX));
const secretsOf = (talk: Talk, user: string): string[] =>
  valueOf(talk.conversation.doors.list(user, {})).map(({ secret }) => secret);

describe("[INV-3] join links", () => {
  it("are made by who may add, and let in whoever has one, with an entry of his own", () => {
    const talk = friends();
    expect(codeOf(invite(talk, "bob", "x"))).toBe("forbidden");
    expect(codeOf(invite(talk, "eve", "x"))).toBe("not_found");
    valueOf(invite(talk, "ann", "x"));
    expect(valueOf(talk.conversation.doors.preview("x"))).toEqual({ name: "Friends", member_count: 3 });
    const entered = valueOf(talk.conversation.join("eve", "x", NO_INBOX));
    expect(entered).toMatchObject({ created: true, delivery: { after: 1, base: { head: 1 } } });
    const { entries } = valueOf(talk.conversation.history.log("eve", 1));
    expect(JSON.parse(entries)).toMatchObject([
      { kind: "member", op: "add", sender_id: "eve", user_id: "eve", role: "member" },
    ]);
  });

  it("[ROLE-5] whoever joins what everybody has left is its owner", () => {
    const talk = friends();
    valueOf(invite(talk, "ann", "x"));
    for (const user_id of ["bob", "cem", "ann"]) valueOf(talk.do(user_id, { op: "remove", user_id }));
    expect(valueOf(talk.conversation.join("ann", "x", NO_INBOX)).view.meta).toMatchObject({ role: "owner" });
    expect(valueOf(talk.conversation.join("eve", "x", NO_INBOX)).view.meta).toMatchObject({ role: "member" });
  });

  it("joining again is answered, makes no entry and is not counted", () => {
    const talk = friends();
    valueOf(invite(talk, "ann", "x", { max_uses: 2 }));
    valueOf(talk.conversation.join("eve", "x", NO_INBOX));
    for (const user of ["eve", "bob"]) expect(valueOf(talk.conversation.join(user, "x", NO_INBOX)).created).toBe(false);
    expect(talk.conversation.head).toBe(2);
    expect(joins(talk, "dag", "x")).toBeUndefined();
    expect(joins(talk, "fay", "x")).toBe("not_found");
    // Also when it is used up, for whoever is in.
    expect(valueOf(talk.conversation.join("eve", "x", NO_INBOX)).created).toBe(false);
  });

  it("unknown, revoked, expired and used up are one answer", async () => {
    const talk = friends();
    valueOf(invite(talk, "ann", "short", { expires_in: 10 }));
    valueOf(invite(talk, "ann", "revoked"));
    valueOf(talk.conversation.doors.revoke("ann", "revoked"));
    valueOf(invite(talk, "ann", "once", { max_uses: 1 }));
    valueOf(talk.conversation.join("dag", "once", NO_INBOX));
    await talk.pass(9999);
    expect(valueOf(talk.conversation.doors.preview("short")).member_count).toBe(4);
    await talk.pass(1);
    for (const secret of ["short", "revoked", "once", "never"]) {
      expect(joins(talk, "eve", secret)).toBe("not_found");
      expect(codeOf(talk.conversation.doors.preview(secret))).toBe("not_found");
    }
  });

  it("owner and admins see and revoke all of them, others their own", () => {
    const talk = friends();
    valueOf(talk.do("ann", { op: "change", changes: { settings: { add: "everyone" } } }));
    valueOf(invite(talk, "bob", "of-bob"));
    valueOf(invite(talk, "ann", "of-ann"));
    expect(secretsOf(talk, "ann").toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["of-ann", "of-bob"]);
    expect(secretsOf(talk, "bob")).toEqual(["of-bob"]);
    expect(secretsOf(talk, "cem")).toEqual([]);
    expect(codeOf(talk.conversation.doors.revoke("bob", "of-ann"))).toBe("not_found");
    expect(codeOf(talk.conversation.doors.revoke("bob", "of-bob"))).toBeUndefined();
    expect(codeOf(talk.conversation.doors.revoke("ann", "of-ann"))).toBeUndefined();
    valueOf(talk.do("ann", { op: "change", changes: { settings: { add: "admins" } } }));
    expect(codeOf(talk.conversation.doors.list("bob", {}))).toBe("forbidden");
  });

  it("who was removed by somebody else does not come back by one; who left does", () => {
    const talk = friends();
    valueOf(invite(talk, "ann", "x"));
    valueOf(talk.do("ann", { op: "remove", user_id: "bob" }));
    valueOf(talk.do("cem", { op: "remove", user_id: "cem" }));
    expect(joins(talk, "bob", "x")).toBe("forbidden");
    talk.crash();
    expect(joins(talk, "bob", "x")).toBe("forbidden");
    expect(joins(talk, "cem", "x")).toBeUndefined();
    valueOf(talk.do("ann", { op: "add", user_ids: ["bob"] }));
    expect(valueOf(talk.conversation.describe("bob")).meta.role).toBe("member");
  });

  it("[LIM-12] those that work have a bound; those that are over make room", async () => {
    const talk = friends();
    for (let i = 0; i < LIMITS.invites; i++) valueOf(invite(talk, "ann", `s${i}`, i === 0 ? { expires_in: 1 } : {}));
    expect(codeOf(invite(talk, "ann", "more"))).toBe("limit_exceeded");
    await talk.pass(1000);
    expect(codeOf(invite(talk, "ann", "more"))).toBeUndefined();
    expect(secretsOf(talk, "ann")).toHaveLength(LIMITS.invites);
  });

  it("[CHAN-1] lead into a channel as a subscriber, without an entry", () => {
    const talk = friends({ type: "channel" });
    valueOf(invite(talk, "ann", "x", { max_uses: 1 }));
    const entered = valueOf(talk.conversation.join("eve", "x", NO_INBOX));
    expect(entered).toMatchObject({ created: true, view: { meta: { role: "subscriber", member_count: 4 } } });
    expect(talk.conversation.head).toBe(1);
    expect(joins(talk, "dag", "x")).toBe("not_found");
  });

  it("[MEMB-6] a direct conversation has none", () => expect(codeOf(invite(new Talk(), "ann", "x"))).toBe("forbidden"));
});

describe("what people are given", () => {
  it("leads back to the conversation and the secret, whatever the id looks like", () => {
    for (const id of ["g_local_abc", "a.b.c", "x"]) {
      const secret = randomSecret();
      expect(readInviteToken(inviteToken(id, secret))).toEqual({ id, secret });
    }
  });

  it.each(["", "x", ".x", "x.", "a b.x", ".", `${"x".repeat(65)}.y`])("%j is none", (token) =>
    expect(readInviteToken(token)).toBeUndefined(),
  );

  it("secrets are 128 bits at random, as URL-safe text", () => {
    const secrets = new Set(Array.from({ length: 200 }, randomSecret));
    expect(secrets.size).toBe(200);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});

describe("ids that the server makes for writes", () => {
  it("are UUIDs of version 7 that carry their time", () => {
    for (const now of [Date.UTC(2026, 10, 25), 1, 2 ** 41]) {
      const id = uuidv7(now);
      expect(id).toMatch(UUID);
      expect(id.charAt(14)).toBe("7");
      expect(id.charAt(19)).toMatch(/[89ab]/);
      expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(now);
    }
    expect(uuidv7(5)).not.toBe(uuidv7(5));
  });
});
