import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { developmentVapid, vapidKeys } from "../../scripts/development-keys.ts";
import { withVapidKeys } from "../../scripts/push-settings.ts";
import { readSettings, SettingsError } from "../../scripts/settings.ts";
import { secretsOf, workerdConfig } from "../../scripts/workerd-config.ts";
import { DEVELOPMENT_VAPID_KEY, readPushSettings } from "../../src/platform/push-settings.ts";

const PATHS = {
  workerModule: "../w.js",
  assetsModule: "../a.js",
  webDir: "/srv/web",
  objectsDir: "/srv/data/objects",
  blobsDir: "/srv/data/blobs",
};
const VAPID = { ...vapidKeys(), VAPID_SUBJECT: "mailto:push@example.com" };
const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
const APNS = {
  APNS_KEY: String(KEY),
  APNS_KEY_ID: "ABCDE12345",
  APNS_TEAM_ID: "TEAM123456",
  APNS_TOPIC: "org.example.parley",
  APNS_RELAY_URL: "http://127.0.0.1:8790",
  APNS_RELAY_SECRET: "hush".repeat(8),
};
const ACCOUNT = JSON.stringify({ project_id: "parley-1", client_email: "a@b.example", private_key: String(KEY) });
const configOf = (env: Record<string, string>): string => workerdConfig(readSettings(env), PATHS);
const networkOf = (config: string): string | undefined => /name = "push", network = (.*)/.exec(config)?.[1];

describe("the settings of push, of a server on one machine", () => {
  it("reach the worker as they are written, and secrets by the environment only", () => {
    const env = {
      ...VAPID,
      ...APNS,
      FCM_SERVICE_ACCOUNT: ACCOUNT,
      PUSH_PREVIEWS: "on",
      PUSH_RATE: "2.5",
      PUSH_BURST: "9",
    };
    const config = configOf(env);
    const secrets = ["VAPID_PRIVATE_KEY", "FCM_SERVICE_ACCOUNT", "APNS_KEY", "APNS_RELAY_SECRET"] as const;
    for (const name of secrets) {
      expect(config).toContain(`(name = "${name}", fromEnvironment = "${name}")`);
      expect(config).not.toContain(env[name]);
      expect(secretsOf(readSettings(env))[name]).toBe(env[name].trim());
    }
    const texts = [
      "VAPID_PUBLIC_KEY",
      "VAPID_SUBJECT",
      "APNS_KEY_ID",
      "APNS_TOPIC",
      "PUSH_RATE",
      "PUSH_BURST",
    ] as const;
    for (const name of texts) expect(config).toContain(`(name = "${name}", text = "${env[name]}")`);
    expect(config).not.toContain("PRIVATE KEY");
  });

  it("leave nothing in the configuration when none are given", () => {
    expect(configOf({})).not.toMatch(/VAPID|FCM|APNS|PUSH_(?!NET|GATE|QUEUE)/);
  });

  it("open the way to this machine only for a service that they name there", () => {
    expect(networkOf(configOf({ ...VAPID }))).toContain(`allow = ["public"]`);
    expect(networkOf(configOf({ AUTH_JWKS_URL: "http://127.0.0.1:9000/keys" }))).toContain(`allow = ["public"]`);
    const near: Record<string, string>[] = [
      APNS,
      { PUSH_HOSTS: "http://127.0.0.1:9001" },
      { FCM_ENDPOINT: "http://localhost:9002" },
    ];
    for (const env of near) expect(networkOf(configOf(env))).toContain(`allow = ["public", "local"]`);
  });

  const bad: [string, Record<string, string>, RegExp][] = [
    ["what the worker could not use", { VAPID_PUBLIC_KEY: "x" }, /^bad setting VAPID_PUBLIC_KEY: /],
    ["keys of two pairs", { ...VAPID, VAPID_PUBLIC_KEY: vapidKeys().VAPID_PUBLIC_KEY }, /VAPID_PRIVATE_KEY: .*belong/],
    ["a private key of nothing", { ...VAPID, VAPID_PRIVATE_KEY: "A".repeat(43) }, /VAPID_PRIVATE_KEY: .*belong/],
    ["Apple without the relay", { ...APNS, APNS_RELAY_URL: "", APNS_RELAY_SECRET: "" }, /APNS_RELAY_URL: .*HTTP\/2/],
    ["a service account that is cut off", { FCM_SERVICE_ACCOUNT: ACCOUNT.slice(0, 40) }, /FCM_SERVICE_ACCOUNT/],
    ["a rate of nothing", { PUSH_RATE: "0" }, /PUSH_RATE/],
    ["a burst with a fraction", { PUSH_BURST: "1.5" }, /PUSH_BURST/],
    [
      "everybody's keys in production",
      {
        ...VAPID,
        VAPID_PUBLIC_KEY: DEVELOPMENT_VAPID_KEY,
        ENVIRONMENT: "production",
        AUTH_SECRET: "k".repeat(32),
      },
      /VAPID_PUBLIC_KEY: everybody/,
    ],
  ];
  it.each(bad)("refuse %s in one line", (_title, env, message) => {
    expect(() => readSettings(env)).toThrow(SettingsError);
    expect(() => readSettings(env)).toThrow(message);
    expect(() => readSettings(env)).not.toThrow(/\n|hush|PRIVATE KEY/);
  });
});

describe("npm run keys", () => {
  it("prints lines that a server takes, other ones each time", () => {
    const script = path.resolve(import.meta.dirname, "../../scripts/keys.ts");
    const print = (): Record<string, string> =>
      Object.fromEntries(
        [...execFileSync(process.execPath, [script], { encoding: "utf8" }).matchAll(/^(VAPID_\w+)=(.+)$/gm)].map(
          ([, name = "", value = ""]) => [name, value],
        ),
      );
    const lines = print();
    expect(readPushSettings(lines).offers("webpush")).toBe(true);
    expect(readSettings(lines).push.secrets).toEqual({ VAPID_PRIVATE_KEY: lines["VAPID_PRIVATE_KEY"] });
    expect(print()["VAPID_PUBLIC_KEY"]).not.toBe(lines["VAPID_PUBLIC_KEY"]);
  });
});

describe("the keys of a development server", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), "parley-keys-"));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it("are made once, for its user's eyes only, and good for browsers", () => {
    const keys = developmentVapid(dir);
    expect(developmentVapid(dir)).toEqual(keys);
    const file = path.join(dir, "dev-vapid.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toContain(keys["VAPID_PRIVATE_KEY"]);
    const read = readPushSettings(keys);
    expect([read.problems, read.offers("webpush")]).toEqual([[], true]);
  });

  it("are used where none are given, and keep to the environment as well", () => {
    const settings = readSettings({});
    const own = { ...settings, push: withVapidKeys(settings.push, () => VAPID) };
    expect(secretsOf(own)).toEqual({ VAPID_PRIVATE_KEY: VAPID.VAPID_PRIVATE_KEY });
    expect(workerdConfig(own, PATHS)).toContain(VAPID.VAPID_PUBLIC_KEY);
    expect(workerdConfig(own, PATHS)).not.toContain(VAPID.VAPID_PRIVATE_KEY);
    const given = readSettings(VAPID).push;
    expect(withVapidKeys(given, vapidKeys)).toEqual(given);
  });
});
