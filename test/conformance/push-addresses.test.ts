import { expect, test } from "vitest";
import type { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import { describeOwn, useServer } from "../support/target.ts";

const target = useServer({ env: { PUSH_GATEWAY: "log" } });

const keys = async (): Promise<{ p256dh: string; auth: string }> => {
  const { publicKey } = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const point = await crypto.subtle.exportKey("raw", publicKey);
  return { p256dh: Buffer.from(point).toString("base64url"), auth: Buffer.alloc(16, 7).toString("base64url") };
};
const KEYS = await keys();
const POINT = Buffer.from(KEYS.p256dh, "base64url");

const webpush = (endpoint: string = `https://fcm.googleapis.com/fcm/send/${unique("sub")}`, more: object = {}) =>
  ({ kind: "webpush", endpoint, keys: { ...KEYS, ...more } }) as const;
const fcm = (token = unique("token-of-sixteen-or-more")) => ({ kind: "fcm", token }) as const;
const apns = (token: string = "0f".repeat(32), topic?: string) =>
  ({ kind: "apns", token, ...(topic === undefined ? {} : { topic }) }) as const;

const register = (person: Person, body: object, id: string = person.deviceId) =>
  person.rest.ok("registerPush", { params: { id }, body });
const refused = async (person: Person, body: object): Promise<string> =>
  (await person.rest.refused("registerPush", { params: { id: person.deviceId }, body })).code;
/** Whether a device has an address: only then is there something to test. */
const hasAddress = async (person: Person, id: string = person.deviceId): Promise<boolean> => {
  const { status } = await person.rest.call("testPush", { params: { id } });
  if (status !== 202 && status !== 404) throw new Error(`unable to test; ${status}`);
  return status === 202;
};

describeOwn("push addresses", () => {
  test("[PUSH-2] are registered, replaced and withdrawn, one of a device", async () => {
    const ann = await target.person("ann");
    expect(await hasAddress(ann)).toBe(false);
    for (const address of [webpush(), apns(), apns("AB".repeat(100), "org.example.app"), fcm()])
      await register(ann, address);
    expect(await hasAddress(ann)).toBe(true);
    for (let again = 0; again < 2; again++) await ann.rest.ok("withdrawPush", { params: { id: ann.deviceId } });
    expect(await hasAddress(ann)).toBe(false);
  });

  test("[PUSH-3] [DEV-1] registering makes the device one of the caller's, and it can be removed", async () => {
    const ann = await target.person("ann");
    await register(ann, fcm(), "other-one");
    const { devices } = await ann.rest.ok("listDevices");
    expect(devices.map(({ device_id }) => device_id)).toEqual(["other-one"]);
    await ann.rest.ok("removeDevice", { params: { id: "other-one" } });
    expect(await hasAddress(ann, "other-one")).toBe(false);
  });

  test("[PUSH-4] an address is one device's: it moves within the user, and to another user", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const shared = webpush();
    await register(ann, shared, "old");
    await register(ann, shared, "new");
    expect([await hasAddress(ann, "old"), await hasAddress(ann, "new")]).toEqual([false, true]);
    // The keys may be others: it is the same browser.
    await register(bob, { ...shared, keys: await keys() });
    expect([await hasAddress(ann, "new"), await hasAddress(bob)]).toEqual([false, true]);
    await register(ann, shared, "new");
    expect([await hasAddress(ann, "new"), await hasAddress(bob)]).toEqual([true, false]);
  });

  test("[PUSH-4] Apple's token is one, in whatever case it is written", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
    await register(ann, apns(token));
    await register(bob, apns(token.toUpperCase()));
    expect([await hasAddress(ann), await hasAddress(bob)]).toEqual([false, true]);
  });

  // Where a request of this server is not to go, however it is written. What an address points on to, nobody follows.
  test.each([
    "http://fcm.googleapis.com/fcm/send/x",
    "https://example.com/fcm/send/x",
    "https://fcm.googleapis.com.example.com/x",
    "https://example.com/?https://fcm.googleapis.com/x",
    "https://fcm.googleapis.com@example.com/x",
    "https://user:secret@fcm.googleapis.com/x",
    "https://fcm.googleapis.com:8443/x",
    "https://fcm.googleapis.com./x",
    "https://evilnotify.windows.com/x",
    "https://notify.windows.com/x",
    "https://127.0.0.1/x",
    "https://localhost/x",
    "https://[::1]/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/x",
    "https://fcm.googleapis.com\\@example.com/x",
    "https:fcm.googleapis.com/x",
    "//fcm.googleapis.com/x",
    "https://fcm.googleapis.com/x#y",
    " https://fcm.googleapis.com/x",
    "https://fcm.googleapis.com\t/x",
    "https://fcm\u3002googleapis.com/x",
    "https://ｆｃｍ.googleapis.com/x",
    "ftp://fcm.googleapis.com/x",
    "data:text/plain,x",
    "x",
  ])("[PUSH-3] no request goes to %j", async (endpoint) => {
    const ann = await target.person("ann");
    expect(await refused(ann, webpush(endpoint))).toBe("bad_request");
    expect(await hasAddress(ann)).toBe(false);
  });

  const wrong: [what: string, address: object][] = [
    ["an endpoint that is too long", webpush(`https://fcm.googleapis.com/${"x".repeat(2048)}`)],
    ["a compressed point", webpush(undefined, { p256dh: POINT.subarray(0, 33).toString("base64url") })],
    ["a point that is none of the curve", webpush(undefined, { p256dh: Buffer.alloc(65, 4).toString("base64url") })],
    [
      "a point that begins with 2",
      webpush(undefined, { p256dh: Buffer.from(POINT).fill(2, 0, 1).toString("base64url") }),
    ],
    ["auth of 15 bytes", webpush(undefined, { auth: Buffer.alloc(15).toString("base64url") })],
    ["auth of 17 bytes", webpush(undefined, { auth: Buffer.alloc(17).toString("base64url") })],
    ["keys that are no text", webpush(undefined, { auth: 5 })],
    ["no keys", { kind: "webpush", endpoint: "https://fcm.googleapis.com/x" }],
    ["an APNs token of 31 bytes", apns("0f".repeat(31))],
    ["an APNs token of 101 bytes", apns("0f".repeat(101))],
    ["an APNs token that is not hexadecimal", apns("0g".repeat(32))],
    ["an APNs token with half a byte", apns(`${"0f".repeat(32)}0`)],
    ["a topic that is none", apns("0f".repeat(32), "org.example/app")],
    ["an FCM token of 15", fcm("t".repeat(15))],
    ["an FCM token of 4,097", fcm("t".repeat(4097))],
    ["an FCM token with a slash", fcm(`${"t".repeat(16)}/../x`)],
    ["a kind that there is not", { kind: "pigeon", token: "t".repeat(16) }],
    ["nothing", {}],
  ];
  test.each(wrong)("[PUSH-3] %s is a bad request", async (_what, address) => {
    const ann = await target.person("ann");
    expect(await refused(ann, address)).toBe("bad_request");
    expect(await hasAddress(ann)).toBe(false);
  });

  test("[ID-2] [AUTH-11] what is no name of a device is none, and whoever has no token registers nothing", async () => {
    const ann = await target.person("ann");
    const params = { id: "not a device" };
    for (const name of ["registerPush", "withdrawPush", "testPush"] as const) {
      const body = name === "registerPush" ? { body: fcm() } : {};
      expect((await ann.rest.refused(name, { params, ...body })).code).toBe("not_found");
      const anonymous = await target.anonymous.refused(name, { params: { id: "d" }, ...body });
      expect(anonymous.code).toBe("unauthenticated");
    }
  });

  test("[DEV-3] [PUSH-4] a removed device is pushed to no more, and registers nothing", async () => {
    const ann = await target.person("ann");
    const phone = await target.person("ann", { userId: ann.userId });
    await register(phone, fcm());
    await ann.rest.ok("removeDevice", { params: { id: phone.deviceId } });
    expect((await phone.rest.refused("registerPush", { params: { id: phone.deviceId }, body: fcm() })).code).toBe(
      "unauthenticated",
    );
    expect(await hasAddress(ann, phone.deviceId)).toBe(false);
  });

  test("[PUSH-2] tests are not without number", async () => {
    const ann = await target.person("ann");
    await register(ann, fcm());
    const statuses = await Promise.all(
      Array.from({ length: 12 }, () => ann.rest.call("testPush", { params: { id: ann.deviceId } })),
    );
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([202, 429]));
  });

  test("[PUSH-8] quiet hours are in a place that there is", async () => {
    const ann = await target.person("ann");
    const quiet = (time_zone: string) => ({
      notifications: { quiet_hours: { from: "22:00", until: "07:00", time_zone } },
    });
    expect((await ann.rest.refused("putMe", { body: quiet("Atlantis/Capital") })).code).toBe("bad_request");
    const me = await ann.rest.ok("putMe", { body: quiet("Europe/Berlin") });
    expect(me.notifications).toEqual(quiet("Europe/Berlin").notifications);
  });
});

describeOwn("push addresses of kinds that a server has no account for", () => {
  const bare = useServer({ env: { PUSH_GATEWAY: "services" } });

  test.each([apns(), fcm()])("[PUSH-1] $kind is unsupported", async (address) => {
    const ann = await bare.person("ann");
    expect(await refused(ann, address)).toBe("unsupported");
    // There is nothing to withdraw: that is no mistake.
    await ann.rest.ok("withdrawPush", { params: { id: ann.deviceId } });
  });
});
