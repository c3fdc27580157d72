import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSettings, SettingsError } from "../src/settings.ts";

const SECRET = "hush".repeat(8);

describe("the settings of the relay", () => {
  let dir: string;
  let file: string;
  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), "parley-relay-"));
    file = path.join(dir, "pem");
    writeFileSync(file, "PEM");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it("ask for a secret and nothing else", () => {
    const settings = readSettings({ APNS_RELAY_SECRET: SECRET });
    expect(settings).toMatchObject({ port: 8790, host: "127.0.0.1", secret: SECRET });
    expect([...settings.endpoints]).toEqual(["https://api.push.apple.com", "https://api.sandbox.push.apple.com"]);
  });

  it("open the relay to others with a certificate", () => {
    const env = { APNS_RELAY_SECRET: SECRET, RELAY_HOST: "0.0.0.0", RELAY_TLS_CERT: file, RELAY_TLS_KEY: file };
    expect(readSettings(env)).toMatchObject({ host: "0.0.0.0", tls: { cert: "PEM", key: "PEM" } });
  });

  const bad: [string, Record<string, string>, RegExp][] = [
    ["no secret", { APNS_RELAY_SECRET: "" }, /^bad setting APNS_RELAY_SECRET: /],
    ["a short secret", { APNS_RELAY_SECRET: SECRET.slice(1) }, /APNS_RELAY_SECRET: .*32/],
    ["a secret of two words", { APNS_RELAY_SECRET: `${SECRET} ${SECRET}` }, /APNS_RELAY_SECRET/],
    ["a port that is none", { RELAY_PORT: "70000" }, /RELAY_PORT/],
    ["everybody let in without a certificate", { RELAY_HOST: "0.0.0.0" }, /RELAY_HOST: .*RELAY_TLS_CERT/],
    ["half a certificate", { RELAY_TLS_CERT: "/dev/null" }, /RELAY_TLS_KEY: it is missing/],
    ["a certificate that is not there", { RELAY_TLS_CERT: "/nowhere/cert.pem" }, /RELAY_TLS_CERT: unable to read/],
    ["another endpoint", { APNS_ENDPOINT: "https://apns.example.com" }, /APNS_ENDPOINT/],
    ["an endpoint with a path", { APNS_ENDPOINT: "https://127.0.0.1:1/x" }, /APNS_ENDPOINT/],
    [
      "a test's endpoint in production",
      { APNS_ENDPOINT: "https://127.0.0.1:1", ENVIRONMENT: "production" },
      /APNS_END/,
    ],
  ];
  it.each(bad)("refuse %s in one line", (_title, env, message) => {
    const read = () => readSettings({ APNS_RELAY_SECRET: SECRET, ...env });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/\n|hush/);
  });
});
