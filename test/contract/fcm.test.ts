import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { providerTokens, pushGateway } from "../../src/platform/push/gateways.ts";
import { fcmGateway } from "../../src/platform/push/fcm.ts";
import { readPushSettings } from "../../src/platform/push-settings.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { PushAddress, PushNote } from "../../src/shared/protocol/http-push.ts";
import type { Trouble } from "../support/push/double.ts";
import { Fcm, fcmError } from "../support/push/fcm.ts";
import { describeGateway, PATIENT_MS, jobOf, noteOf } from "./push-gateway.ts";
import type { Fault } from "./push-gateway.ts";

const TROUBLES: Record<Fault, Trouble> = {
  gone: fcmError("UNREGISTERED"),
  too_large: { status: 413 },
  throttled: { ...fcmError("QUOTA_EXCEEDED"), headers: { "retry-after": "7" } },
  failing: fcmError("UNAVAILABLE"),
  unauthorized: fcmError("UNAUTHENTICATED"),
  hang: "hang",
  reset: "reset",
};

/** The note out of what FCM carries: each value is text there. */
const noteIn = (data: Readonly<Record<string, string>> = {}): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      ["seq", "count", "badge"].includes(name) ? Number(value) : value,
    ]),
  );

const rigOf = (service: Fcm) => {
  const { fcm: account } = readPushSettings(service.settings);
  if (account === undefined) throw new Error("unable to start; the account cannot be used");
  const network = { fetch: (url: string, init: RequestInit) => fetch(url, init) };
  return {
    gateway: (timeoutMs: number) => fcmGateway({ network, now: () => Date.now(), timeoutMs, account }),
    token: async () => (await providerTokens(service.settings).make("fcm"))?.token,
    address: (): Extract<PushAddress, { kind: "fcm" }> => ({ kind: "fcm", token: service.device() }),
    received: (to: PushAddress) =>
      to.kind === "fcm" ? service.received(to.token).map(({ data }) => noteIn(data)) : [],
    fail: (fault: Fault) => service.troubles.next(TROUBLES[fault]),
    mistakes: () => service.mistakes,
    stop: () => service.stop(),
  };
};

const ALL = ["gone", "too_large", "throttled", "failing", "unauthorized", "hang", "reset"] as const;
describeGateway("FCM", async () => rigOf(await Fcm.start()), ALL);

describe("FCM", () => {
  let service: Fcm;
  let rig: ReturnType<typeof rigOf>;
  let token: string | undefined;
  beforeAll(async () => {
    service = await Fcm.start();
    rig = rigOf(service);
    token = await rig.token();
  });
  afterAll(() => service.stop());
  const send = (address: PushAddress, more: Parameters<typeof jobOf>[1] = {}) =>
    rig.gateway(PATIENT_MS).send(jobOf(address, more), token);
  /** What a device is sent of a note. */
  const sentOf = async (note: PushNote, more: Parameters<typeof jobOf>[1] = {}) => {
    const address = rig.address();
    expect(await send(address, { note, ...more })).toEqual({ result: "taken" });
    expect(service.mistakes).toEqual([]);
    return service.received(address.token)[0];
  };

  it("[PUSH-12] says how urgent it is and how long it holds, to each system in its own words", async () => {
    const { collapse } = jobOf(rig.address());
    const high = await sentOf(noteOf());
    expect(high?.android).toMatchObject({ priority: "HIGH", ttl: "604800s", collapse_key: collapse });
    expect(high?.webpush?.headers).toEqual({ TTL: "604800", Urgency: "high", Topic: collapse });
    expect(high?.apns?.headers).toMatchObject({ "apns-priority": "10", "apns-collapse-id": collapse });
    const normal = await sentOf(noteOf(), { urgency: "normal", collapse: undefined });
    expect(normal?.android).toMatchObject({ priority: "NORMAL" });
    expect(normal?.android?.notification?.tag).toBeUndefined();
    expect(normal?.apns?.headers).toMatchObject({ "apns-priority": "5", "apns-push-type": "alert" });
  });

  it("[PUSH-10] shows nothing of what withdraws", async () => {
    const { badge, timestamp } = noteOf();
    const read = await sentOf({ type: "read", conversation_id: "c", seq: 7, badge, timestamp }, { urgency: "low" });
    expect(read?.android).toEqual({ priority: "NORMAL", ttl: "604800s", collapse_key: jobOf(rig.address()).collapse });
    expect(read?.data).toEqual({ type: "read", conversation_id: "c", seq: "7", badge: "5", timestamp });
    expect(read?.apns).toMatchObject({ headers: { "apns-push-type": "background", "apns-priority": "5" } });
    expect(read?.apns?.payload).toEqual({ aps: { "content-available": 1 } });
  });

  const { preview: _text, sender_name: _sender, ...bare } = noteOf();
  const named = { sender_name: "Ann", conversation_name: "Rowing" };
  const shown: [string, PushNote, object][] = [
    ["one message, of nobody knows whom", { ...bare, count: 1 }, { body_loc_key: "parley_message" }],
    ["several", { ...bare, ...named }, { title: "Rowing", body_loc_key: "parley_messages", body_loc_args: ["2"] }],
    ["a mention", { ...bare, sender_name: "Ann", type: "mention" }, { title: "Ann", body_loc_key: "parley_mention" }],
    ["a test", { type: "test", badge: 0, timestamp: bare.timestamp }, { body_loc_key: "parley_test" }],
    ["text", { ...bare, sender_name: "Ann", preview: "hi" }, { title: "Ann", body: "hi" }],
    ["text in a group", { ...bare, ...named, preview: "hi" }, { title: "Rowing", body: "Ann: hi" }],
  ];
  it.each(shown)("[PUSH-14] shows %s in the app's own words, or the sender's", async (_title, note, words) => {
    const tag = jobOf(rig.address()).collapse;
    const sent = await sentOf(note);
    expect(sent?.android?.notification).toEqual({ ...words, tag, notification_count: note.badge });
  });

  it.each([
    ["UNREGISTERED", undefined, { result: "gone" }],
    ["INVALID_ARGUMENT", "message.token", { result: "gone" }],
    ["INVALID_ARGUMENT", "message.data", { result: "refused", reason: "HTTP 400 INVALID_ARGUMENT" }],
    ["SENDER_ID_MISMATCH", undefined, { result: "refused", reason: "HTTP 403 SENDER_ID_MISMATCH" }],
    ["QUOTA_EXCEEDED", undefined, { result: "later", retryAfterMs: LIMITS.fcmQuotaMs }],
    ["UNAVAILABLE", undefined, { result: "later", reason: "HTTP 503 UNAVAILABLE" }],
    ["INTERNAL", undefined, { result: "later", reason: "HTTP 500 INTERNAL" }],
    ["THIRD_PARTY_AUTH_ERROR", undefined, { result: "later", token: true }],
    ["UNAUTHENTICATED", undefined, { result: "later", token: true }],
  ] as const)("takes %s of %s for what it is", async (kind, field, outcome) => {
    service.troubles.next(fcmError(kind, field));
    expect(await send(rig.address())).toMatchObject(outcome);
  });

  it("does not forget a device because somebody else does not know the address", async () => {
    service.troubles.next({ status: 404, body: "<html>Not Found</html>" }, { status: 400, body: "null" });
    expect(await send(rig.address())).toEqual({ result: "refused", reason: "HTTP 404" });
    expect(await send(rig.address())).toEqual({ result: "refused", reason: "HTTP 400" });
  });

  it("knows a token that is none by FCM's own sentence", async () => {
    const error = {
      status: "INVALID_ARGUMENT",
      message: "The registration token is not a valid FCM registration token",
    };
    service.troubles.next({ status: 400, body: JSON.stringify({ error }) });
    expect(await send(rig.address())).toMatchObject({ result: "gone" });
  });

  it("fits into what FCM takes, with everything in it that there may be, or says that it does not", async () => {
    const address = rig.address();
    const long = { sender_name: "😀".repeat(64), conversation_name: "😀".repeat(64), preview: "漢".repeat(200) };
    expect(await send(address, { note: noteOf(long) })).toEqual({ result: "taken" });
    const longest = {
      ...long,
      preview: "\u0001".repeat(200),
      sender_name: "漢".repeat(128),
      conversation_name: "漢".repeat(128),
    };
    expect(await send(address, { note: noteOf(longest) })).toEqual({ result: "too_large" });
    const { preview: _preview, ...without } = noteOf(longest);
    expect(await send(address, { note: without })).toEqual({ result: "taken" });
    expect(service.received(address.token)).toHaveLength(2);
    expect(service.mistakes).toEqual([]);
  });
});

describe("the token by which Google knows a server", () => {
  let service: Fcm;
  beforeAll(async () => {
    service = await Fcm.start();
  });
  afterAll(() => service.stop());

  it("is asked for with an assertion, and holds as long as Google says", async () => {
    const made = await providerTokens(service.settings).make("fcm");
    expect(made?.token).toMatch(/^ya29\./);
    const seconds = ((made?.endsAt ?? 0) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(3590);
    expect(seconds).toBeLessThanOrEqual(3599);
    const device = service.device();
    const job = jobOf({ kind: "fcm", token: device });
    expect(await pushGateway(service.settings).send(job, made?.token)).toEqual({ result: "taken" });
    service.forgetTokens();
    expect(await pushGateway(service.settings).send(job, made?.token)).toMatchObject({ result: "later", token: true });
    expect(service.received(device)).toHaveLength(1);
  });

  it.each([
    [
      { status: 400, body: '{"error":"invalid_grant","error_description":"Invalid JWT Signature."}' },
      /HTTP 400 invalid_grant$/,
    ],
    [{ status: 503 }, /HTTP 503$/],
    [{ status: 200, body: '{"access_token":"","expires_in":3599}' }, /HTTP 200$/],
    [{ status: 200, body: '{"access_token":"x"}' }, /HTTP 200$/],
    ["reset", /no answer$/],
  ] as [Trouble, RegExp][])("is not had when Google says %o", async (trouble, message) => {
    service.tokenTroubles.next(trouble);
    const making = providerTokens(service.settings).make("fcm");
    await expect(making).rejects.toThrow(message);
    await making.catch((error: Error) => expect(error.message).not.toMatch(/eyJ|PRIVATE/));
    expect(service.mistakes).toEqual([]);
  });
});
