import { describe, expect, it } from "vitest";
import { providerOf } from "../../src/core/push/gateway.ts";
import { DEVELOPMENT_VAPID_KEY, readPushSettings } from "../../src/platform/push-settings.ts";
import type { Settings } from "../../src/rpc/bindings.ts";

const VAPID = {
  VAPID_PUBLIC_KEY: `BA${"x".repeat(85)}`,
  VAPID_PRIVATE_KEY: "y".repeat(43),
  VAPID_SUBJECT: "mailto:push@example.com",
};
const PEM = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n";
const ACCOUNT = { project_id: "parley-1", client_email: "push@parley-1.iam.gserviceaccount.com", private_key: PEM };
const FCM = { FCM_SERVICE_ACCOUNT: JSON.stringify(ACCOUNT) };
const APNS = { APNS_KEY: PEM, APNS_KEY_ID: "ABCDE12345", APNS_TEAM_ID: "TEAM123456", APNS_TOPIC: "org.example.parley" };
const SECRET = "s".repeat(32);

const kindsOf = (settings: Settings): string[] => {
  const read = readPushSettings(settings);
  return (["webpush", "fcm", "apns"] as const).filter((kind) => read.offers(kind));
};

describe("[PUSH-1] what a server can push by", () => {
  it("is nothing without settings, and nothing is wrong", () => {
    expect(kindsOf({})).toEqual([]);
    expect(readPushSettings({})).toMatchObject({ log: false, previews: false, problems: [] });
    expect(readPushSettings({ VAPID_SUBJECT: " ", PUSH_GATEWAY: "" }).problems).toEqual([]);
  });

  it("is each kind whose settings are complete", () => {
    expect(kindsOf(VAPID)).toEqual(["webpush"]);
    expect(kindsOf(FCM)).toEqual(["fcm"]);
    expect(kindsOf(APNS)).toEqual(["apns"]);
    expect(kindsOf({ ...VAPID, ...FCM, ...APNS, ENVIRONMENT: "production" })).toEqual(["webpush", "fcm", "apns"]);
  });

  it("is everything where it ends in the log, and a key for browsers is there", () => {
    expect(kindsOf({ PUSH_GATEWAY: "log", ...VAPID })).toEqual(["webpush", "fcm", "apns"]);
    expect(kindsOf({ PUSH_GATEWAY: "log" })).toEqual(["fcm", "apns"]);
  });

  it("takes keys whose lines were put into one", () => {
    const line = PEM.trim().replaceAll("\n", "\\n");
    expect(readPushSettings({ ...APNS, APNS_KEY: line }).apns?.key).toBe(PEM.trim());
  });

  it("reaches Apple's service for apps in development when told so, and a relay", () => {
    expect(readPushSettings(APNS).apns?.endpoint).toBe("https://api.push.apple.com");
    expect(readPushSettings({ ...APNS, APNS_ENVIRONMENT: "sandbox" }).apns?.endpoint).toContain("api.sandbox.push");
    const relay = { APNS_RELAY_URL: "https://relay.example.com/", APNS_RELAY_SECRET: SECRET };
    const { apns } = readPushSettings({ ...APNS, ...relay });
    expect(apns?.relay).toEqual({ url: "https://relay.example.com", secret: SECRET });
  });

  const wrong: [string, Settings, string][] = [
    ["half a pair of keys", { VAPID_PUBLIC_KEY: VAPID.VAPID_PUBLIC_KEY }, "VAPID_PRIVATE_KEY"],
    ["a compressed point", { ...VAPID, VAPID_PUBLIC_KEY: "A".repeat(44) }, "VAPID_PUBLIC_KEY"],
    ["a private key that is too long", { ...VAPID, VAPID_PRIVATE_KEY: "y".repeat(44) }, "VAPID_PRIVATE_KEY"],
    ["a subject that is an address only", { ...VAPID, VAPID_SUBJECT: "push@example.com" }, "VAPID_SUBJECT"],
    [
      "everybody's keys in production",
      { ...VAPID, VAPID_PUBLIC_KEY: DEVELOPMENT_VAPID_KEY, ENVIRONMENT: "production" },
      "VAPID_PUBLIC_KEY",
    ],
    ["an account that is no JSON", { FCM_SERVICE_ACCOUNT: "{hush" }, "FCM_SERVICE_ACCOUNT"],
    ["an account that is null", { FCM_SERVICE_ACCOUNT: "null" }, "FCM_SERVICE_ACCOUNT"],
    [
      "an account without a key",
      { FCM_SERVICE_ACCOUNT: JSON.stringify({ ...ACCOUNT, private_key: "" }) },
      "FCM_SERVICE_ACCOUNT",
    ],
    [
      "a project that is a path",
      { FCM_SERVICE_ACCOUNT: JSON.stringify({ ...ACCOUNT, project_id: "../x" }) },
      "FCM_SERVICE_ACCOUNT",
    ],
    ["an Apple key that is none", { ...APNS, APNS_KEY: "hush" }, "APNS_KEY"],
    ["an id of a key that is none", { ...APNS, APNS_KEY_ID: "abc" }, "APNS_KEY_ID"],
    ["Apple settings without a team", { ...APNS, APNS_TEAM_ID: "" }, "APNS_TEAM_ID"],
    ["an unknown side of Apple's", { ...APNS, APNS_ENVIRONMENT: "development" }, "APNS_ENVIRONMENT"],
    ["a relay over plain http", { ...APNS, APNS_RELAY_URL: "http://relay.example.com" }, "APNS_RELAY_URL"],
    ["a relay without a secret", { ...APNS, APNS_RELAY_URL: "https://relay.example.com" }, "APNS_RELAY_SECRET"],
    [
      "a relay with a short secret",
      { ...APNS, APNS_RELAY_URL: "https://relay.example.com", APNS_RELAY_SECRET: "s".repeat(31) },
      "APNS_RELAY_SECRET",
    ],
    ["an endpoint elsewhere", { ...APNS, APNS_ENDPOINT: "https://apns.example.com" }, "APNS_ENDPOINT"],
    ["an endpoint that looks near", { FCM_ENDPOINT: "http://127.0.0.1.example.com" }, "FCM_ENDPOINT"],
    [
      "a test's endpoint in production",
      { ...FCM, FCM_TOKEN_ENDPOINT: "http://127.0.0.1:1/token", ENVIRONMENT: "production" },
      "FCM_TOKEN_ENDPOINT",
    ],
    ["the log in production", { PUSH_GATEWAY: "log", ENVIRONMENT: "production" }, "PUSH_GATEWAY"],
    ["an unknown gateway", { PUSH_GATEWAY: "none" }, "PUSH_GATEWAY"],
    ["previews that are neither on nor off", { PUSH_PREVIEWS: "yes" }, "PUSH_PREVIEWS"],
    ["a host that is an address", { PUSH_HOSTS: "10.0.0.1" }, "PUSH_HOSTS"],
    ["a whole domain of the top", { PUSH_HOSTS: "*.com" }, "PUSH_HOSTS"],
    [
      "a host on this machine in production",
      { PUSH_HOSTS: "http://127.0.0.1:1", ENVIRONMENT: "production" },
      "PUSH_HOSTS",
    ],
  ];
  it.each(wrong)("tells of %s, and not what it is", (_title, settings, setting) => {
    const { problems } = readPushSettings(settings);
    expect(problems.map((problem) => problem.setting)).toContain(setting);
    expect(JSON.stringify(problems)).not.toMatch(/hush|MIGHAgEA|y{43}|s{31}/);
  });

  it("leaves out what it cannot use, and keeps the rest", () => {
    expect(kindsOf({ ...VAPID, ...FCM, ...APNS, APNS_KEY: "x" })).toEqual(["webpush", "fcm"]);
    expect(kindsOf({ ...FCM, ...VAPID, VAPID_SUBJECT: "x" })).toEqual(["fcm"]);
    expect(readPushSettings({ PUSH_GATEWAY: "log", ENVIRONMENT: "production" }).log).toBe(false);
    expect(kindsOf({ ...APNS, APNS_RELAY_URL: "http://relay.example.com" })).toEqual([]);
  });
});

describe("[PUSH-3] a push service on the operator's list", () => {
  const known = readPushSettings({});

  it.each([
    "https://fcm.googleapis.com/fcm/send/abc:APA91b",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
    "https://wns2-by3p.notify.windows.com/w/?token=BQYA%2b",
    "https://web.push.apple.com/QGuJ",
  ])("is, unless he says otherwise, %s", (url) => expect(known.isPushHost(url)).toBe(true));

  it.each([
    "http://fcm.googleapis.com/fcm/send/abc",
    "https://fcm.googleapis.com:8443/fcm/send/abc",
    "https://fcm.googleapis.com.example.com/x",
    "https://example.com/fcm.googleapis.com/x",
    "https://push.apple.com/x",
    "https://evilnotify.windows.com/x",
    "https://fcm.googleapis.com@example.com/x",
    "https://user:pass@fcm.googleapis.com/x",
    "https://FCM.googleapis.com/x",
    "https:\\\\fcm.googleapis.com\\x",
    "https://fcm.googleapis.com./x",
    "https://fcm.googleapis.com/x#y",
    "https://fcm.googleapis.com/../x",
    " https://fcm.googleapis.com/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "fcm.googleapis.com",
    "",
  ])("is not %s", (url) => expect(known.isPushHost(url)).toBe(false));

  it("is what he says instead, and on this machine only as a whole origin", () => {
    const own = readPushSettings({ PUSH_HOSTS: " push.example.com, *.far.example.com ,http://127.0.0.1:9001" });
    expect(own.problems).toEqual([]);
    const taken = ["https://push.example.com/1", "https://a.b.far.example.com/1", "http://127.0.0.1:9001/1"];
    const refused = ["https://fcm.googleapis.com/1", "http://127.0.0.1:9002/1", "https://127.0.0.1:9001/1"];
    expect([...taken, ...refused].filter((url) => own.isPushHost(url))).toEqual(taken);
    expect(own.hosts.originOf("127.0.0.1:9001")).toBe("http://127.0.0.1:9001");
    expect(own.hosts.originOf("push.example.com")).toBe("https://push.example.com");
  });
});

describe("the provider of an address", () => {
  it("is the kind, and of Web Push the host", () => {
    const keys = { p256dh: "", auth: "" };
    const at = (endpoint: string): string => providerOf({ kind: "webpush", endpoint, keys });
    expect(at("https://fcm.googleapis.com/fcm/send/abc")).toBe("webpush:fcm.googleapis.com");
    expect(at("http://127.0.0.1:9001/a?b#c")).toBe("webpush:127.0.0.1:9001");
    expect(providerOf({ kind: "fcm", token: "t" })).toBe("fcm");
    expect(providerOf({ kind: "apns", token: "t" })).toBe("apns");
  });
});
