import { describe, expect, test } from "vitest";
import type { RouteName } from "../../src/shared/protocol/http.ts";
import type { HeldMessage } from "../../src/shared/protocol/http-admin.ts";
import type { Person } from "../support/person.ts";
import { nameFor, uuid4, uuid7 } from "../support/random.ts";
import type { CallInput } from "../support/rest.ts";
import { useServer } from "../support/target.ts";
import { until, within } from "../support/wait.ts";

const target = useServer();
const reason = "case 7";

const operator = (): Promise<Person> => target.person("admin", { scope: "admin" });

const heldIn = async (admin: Person, id: string): Promise<HeldMessage[]> =>
  (await admin.rest.ok("adminHeld", { params: { id } })).held;

const calls: [RouteName, CallInput][] = [
  ["adminConversation", { params: { id: "c" } }],
  ["adminUser", { params: { id: "bob" } }],
  ["adminPolicies", {}],
  ["adminSetPolicy", { body: { days: 1, reason } }],
  ["adminPlaceHold", { body: { hold_id: uuid4(), conversation_id: "c", reason } }],
  ["adminHolds", {}],
  ["adminReleaseHold", { params: { id: uuid4() }, query: { reason } }],
  ["adminHeld", { params: { id: "c" } }],
  ["adminTakedown", { body: { conversation_id: "c", message_id: "m", reason } }],
  ["adminSuspend", { params: { id: "bob" }, body: { reason } }],
  ["adminUnsuspend", { params: { id: "bob" }, query: { reason } }],
];

test.each(calls)("[ADM-1] %s is for operators", async (name, input) => {
  const ann = await target.person("ann", { scope: "chat" });
  expect(await ann.rest.refused(name, input)).toMatchObject({ code: "forbidden" });
  expect(await target.anonymous.refused(name, input)).toMatchObject({ code: "unauthenticated" });
});

describe("legal holds", () => {
  test("[HOLD-1] [HOLD-3] keep what members delete, edit and let disappear, for operators only, until they are released", async () => {
    const admin = await operator();
    const { ann, bob, id } = await target.pair();
    const wish = { hold_id: uuid4(), conversation_id: id, reason };
    const { status, body: hold } = await admin.rest.call("adminPlaceHold", { body: wish });
    expect(status).toBe(201);
    expect(hold).toMatchObject({ ...wish, placed_by: admin.userId });
    expect(await admin.rest.call("adminPlaceHold", { body: wish })).toEqual({ status: 200, body: hold });
    const sent = await bob.send(id, "first words");
    await bob.rest.ok("editMessage", {
      params: { id, message_id: sent.message_id },
      body: { client_message_id: uuid7(), content: "second words" },
    });
    await bob.rest.ok("deleteMessage", {
      params: { id, message_id: sent.message_id },
      query: { client_message_id: uuid7() },
    });
    for (const reader of [ann, bob])
      expect(await reader.message(id, sent.message_id)).toMatchObject({ content: "", deleted_at: expect.any(String) });
    expect(await heldIn(admin, id)).toEqual([
      expect.objectContaining({ message_id: sent.message_id, content: "first words", why: "edited" }),
      expect.objectContaining({
        sender_id: bob.userId,
        content: "second words",
        why: "deleted",
        removed_by: bob.userId,
      }),
    ]);
    expect((await admin.rest.ok("adminHolds", { query: { limit: 200 } })).holds).toContainEqual(hold);
    expect(await admin.rest.ok("adminConversation", { params: { id } })).toMatchObject({ holds: [hold], held: 1 });
    await admin.rest.ok("adminReleaseHold", { params: { id: wish.hold_id }, query: { reason } });
    await until("what was kept goes", async () => (await heldIn(admin, id)).length === 0);
    expect(
      await admin.rest.refused("adminReleaseHold", { params: { id: wish.hold_id }, query: { reason } }),
    ).toMatchObject({ code: "not_found" });
  });

  test("[HOLD-1] one on what is not there is not_found, and an id is one hold's", async () => {
    const admin = await operator();
    const { id } = await target.pair();
    const hold_id = uuid4();
    const nowhere = { hold_id, conversation_id: `${id.slice(0, -4)}aaaa`, reason };
    expect(await admin.rest.refused("adminPlaceHold", { body: nowhere })).toMatchObject({ code: "not_found" });
    await admin.rest.ok("adminPlaceHold", { body: { hold_id, conversation_id: id, reason } });
    expect(await admin.rest.refused("adminPlaceHold", { body: nowhere })).toMatchObject({ code: "conflict" });
    expect(await admin.rest.refused("adminPlaceHold", { body: { hold_id, reason } })).toMatchObject({
      code: "bad_request",
    });
  });

  test("[HOLD-2] one on a user is in force in all his conversations, those of later too", async () => {
    const admin = await operator();
    const { ann, bob, id } = await target.pair();
    await until("his list", async () => (await bob.list()).length === 1);
    const hold_id = uuid4();
    await admin.rest.ok("adminPlaceHold", { body: { hold_id, user_id: bob.userId, reason } });
    const { conversation_id: later } = await ann.group([bob]);
    const isHeld = async (conversation: string): Promise<boolean> =>
      (await admin.rest.ok("adminConversation", { params: { id: conversation } })).holds.some(
        (hold) => hold.hold_id === hold_id && hold.user_id === bob.userId,
      );
    expect(await isHeld(id)).toBe(true);
    await until("the hold", () => isHeld(later));
    expect(await admin.rest.ok("adminUser", { params: { id: bob.userId } })).toMatchObject({ holds: [{ hold_id }] });
    const sent = await ann.send(later, "words");
    await ann.rest.ok("deleteMessage", {
      params: { id: later, message_id: sent.message_id },
      query: { client_message_id: uuid7() },
    });
    expect(await heldIn(admin, later)).toMatchObject([{ content: "words", sender_id: ann.userId }]);
    await admin.rest.ok("adminReleaseHold", { params: { id: hold_id }, query: { reason } });
    expect(await isHeld(id)).toBe(false);
    expect(await isHeld(later)).toBe(false);
  });
});

describe("taking down", () => {
  test("[TAKE-1] a message goes for everybody, by an entry that says so; again changes nothing", async () => {
    const admin = await operator();
    const { ann, bob, carl, id } = await target.trio();
    const session = await carl.connect();
    const sent = await bob.send(id, "bad");
    const body = { conversation_id: id, message_id: sent.message_id, reason };
    await admin.rest.ok("adminTakedown", { body });
    await admin.rest.ok("adminTakedown", { body });
    const log = await ann.log(id);
    expect(log.at(-1)).toMatchObject({
      kind: "delete",
      target: sent.message_id,
      sender_id: bob.userId,
      taken_down: true,
    });
    expect(log.filter(({ kind }) => kind === "delete")).toHaveLength(1);
    expect(await bob.message(id, sent.message_id)).toMatchObject({ content: "", deleted_at: expect.any(String) });
    await until("the deletion", () => session.pushed(id).some((entry) => entry.kind === "delete"));
    await until("unread", async () => (await ann.row(id)).unread_count === 0);
  });

  test("[TAKE-1] what is no message of the conversation is not_found, and is entered as that", async () => {
    const admin = await operator();
    const { id } = await target.pair();
    const { index: after } = await admin.rest.ok("adminAuditHead");
    const body = { conversation_id: id, message_id: "0", reason };
    expect(await admin.rest.refused("adminTakedown", { body })).toMatchObject({ code: "not_found" });
    const { entries } = await admin.rest.ok("adminAudit", { query: { after, limit: 200 } });
    const [asked, refused] = entries.filter(({ actor }) => actor === admin.userId);
    expect(asked).toMatchObject({ action: "takedown", target: `conversation:${id}`, reason });
    expect(refused).toMatchObject({ outcome: "not_found", details: { of: asked?.index } });
  });
});

describe("suspending", () => {
  test("[SUSP-1] whoever is suspended is let in nowhere, and connected nowhere, until that is lifted", async () => {
    const admin = await operator();
    const { ann, bob, id } = await target.pair();
    const session = await bob.connect();
    const params = { id: bob.userId };
    await admin.rest.ok("adminSuspend", { params, body: { reason } });
    expect((await within(session.closed, 5000, "the close")).code).toBe(4505);
    expect(await bob.rest.refused("listConversations")).toMatchObject({ code: "forbidden" });
    const send = { conversation_id: id, client_message_id: uuid7(), type: "text", content: "x" };
    expect(await bob.rest.refused("sendMessage", { body: send })).toMatchObject({ code: "forbidden" });
    const again = await target.open({ token: bob.token });
    expect((await within(again.closed, 5000, "the close")).code).toBe(4505);
    // With a token that is new, of a device that is new, and of none.
    const elsewhere = await target.person("bob", { userId: bob.userId });
    expect(await elsewhere.rest.refused("getMe")).toMatchObject({ code: "forbidden" });
    expect(await admin.rest.ok("adminUser", { params })).toMatchObject({
      suspended: { by: admin.userId, reason },
      conversations: 1,
    });
    await ann.send(id, "hello");
    await admin.rest.ok("adminUnsuspend", { params, query: { reason } });
    expect(await admin.rest.ok("adminUser", { params })).not.toHaveProperty("suspended");
    await bob.connect();
    expect(await bob.messages(id)).toMatchObject([{ content: "hello" }]);
  });

  test("[SUSP-2] he shows nothing of himself and is not found, keeps his name, and what he wrote stays", async () => {
    const admin = await operator();
    const { ann, bob, id } = await target.pair();
    const username = nameFor("bob");
    await bob.rest.ok("putMe", { body: { username, display_name: "Bob" } });
    await bob.send(id, "hello");
    const params = { id: bob.userId };
    await admin.rest.ok("adminSuspend", { params, body: { reason } });
    expect(await ann.rest.ok("getUser", { params })).toEqual({ user_id: bob.userId });
    expect(await ann.rest.ok("findUsers", { query: { username } })).toEqual({ users: [] });
    expect(await ann.rest.refused("putMe", { body: { username } })).toMatchObject({ code: "conflict" });
    expect(await ann.messages(id)).toMatchObject([{ content: "hello" }]);
    await admin.rest.ok("adminUnsuspend", { params, query: { reason } });
    expect(await ann.rest.ok("getUser", { params })).toMatchObject({ username, display_name: "Bob" });
  });
});

test("[REST-1] where the platform keeps nothing of earlier times a restore is unsupported, and changes nothing", async () => {
  const admin = await operator();
  const { bob, id } = await target.pair();
  const { timestamp } = await bob.send(id, "one");
  await bob.send(id, "two");
  const { status, body, problem } = await admin.rest.call("adminRestore", {
    params: { id },
    body: { at: timestamp, reason },
  });
  // A deployment on a platform that has them goes back.
  if (status === 200) expect(body).toMatchObject({ conversation_id: id, epoch: 2 });
  else {
    expect(problem).toMatchObject({ code: "unsupported" });
    expect((await bob.messages(id)).map(({ content }) => content)).toEqual(["two", "one"]);
    expect(await bob.row(id)).toMatchObject({ epoch: 1 });
  }
  const nowhere = { params: { id: "nowhere" }, body: { at: timestamp, reason } };
  expect(await admin.rest.refused("adminRestore", nowhere)).toMatchObject({ code: "not_found" });
  expect(await bob.rest.refused("adminRestore", nowhere)).toMatchObject({ code: "forbidden" });
});

test("[ADM-4] [ADM-5] the state of a conversation and of an account has nothing that was written", async () => {
  const admin = await operator();
  const { ann, bob, id } = await target.pair();
  await bob.send(id, "some secret words");
  const state = await admin.rest.ok("adminConversation", { params: { id } });
  expect(state).toMatchObject({
    conversation_id: id,
    type: "direct",
    members: 2,
    epoch: 1,
    head_seq: 2,
    holds: [],
    held: 0,
  });
  expect(state.sizes["bytes"]).toBeGreaterThan(0);
  expect(JSON.stringify(state)).not.toContain("secret");
  await bob.connect();
  const account = await admin.rest.ok("adminUser", { params: { id: bob.userId } });
  expect(account).toMatchObject({ user_id: bob.userId, devices: 1, conversations: 1, holds: [] });
  expect(await admin.rest.refused("adminConversation", { params: { id: "nowhere" } })).toMatchObject({
    code: "not_found",
  });
  expect(ann.userId).not.toBe(bob.userId);
});
