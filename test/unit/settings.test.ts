import { describe, expect, it } from "vitest";
import { DEVELOPMENT_SECRET } from "../../src/platform/auth-config.ts";
import { readSettings, SettingsError } from "../../scripts/settings.ts";

const LONG = "k".repeat(32);
const PRODUCTION = { ENVIRONMENT: "production", AUTH_SECRET: LONG };

describe("settings", () => {
  it("has defaults for a first start", () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({ port: 8787, host: "127.0.0.1", authMode: "dev", environment: "development" });
    expect(settings).toMatchObject({ regions: { names: ["local"] }, allowedOrigins: [] });
    expect(settings.dataDir).toMatch(/\/data$/);
  });

  it("takes empty values as not given", () => {
    expect(readSettings({ PORT: "", HOST: " ", AUTH_SECRET: "" })).toEqual(readSettings({}));
  });

  it("[AUTH-2] turns to jwt when there is a key", () => {
    expect(readSettings({ AUTH_SECRET: LONG })).toMatchObject({ authMode: "jwt", authSecret: LONG });
    const jwks = readSettings({ AUTH_JWKS_URL: "https://id.example.com/keys", AUTH_ISSUER: "i", AUTH_AUDIENCE: "a" });
    expect(jwks).toMatchObject({ authMode: "jwt", authIssuer: "i", authAudience: "a" });
    expect(jwks.authJwksUrl).toBe("https://id.example.com/keys");
  });

  it("[AUTH-8] reads a list of origins", () => {
    const { allowedOrigins } = readSettings({ ALLOWED_ORIGINS: "https://a.example, http://localhost:5173," });
    expect(allowedOrigins).toEqual(["https://a.example", "http://localhost:5173"]);
  });

  it("accepts a production with a key of its own", () => {
    expect(readSettings(PRODUCTION).environment).toBe("production");
  });

  const bad: [string, Record<string, string>, RegExp][] = [
    ["a port that is no number", { PORT: "http" }, /^bad setting PORT: /],
    ["a port that is too high", { PORT: "70000" }, /PORT/],
    ["a host with a space", { HOST: "a b" }, /HOST/],
    ["an unknown mode", { AUTH_MODE: "none" }, /AUTH_MODE/],
    ["jwt without a key", { AUTH_MODE: "jwt" }, /AUTH_MODE.*AUTH_SECRET or AUTH_JWKS_URL/],
    ["two keys", { AUTH_SECRET: LONG, AUTH_JWKS_URL: "https://id.example.com/" }, /not both/],
    ["dev with JWKS", { AUTH_MODE: "dev", AUTH_JWKS_URL: "https://id.example.com/" }, /AUTH_JWKS_URL/],
    ["JWKS over plain http", { AUTH_JWKS_URL: "http://id.example.com/" }, /AUTH_JWKS_URL/],
    ["an origin with a path", { ALLOWED_ORIGINS: "https://a.example/app" }, /ALLOWED_ORIGINS/],
    ["an origin that is none", { ALLOWED_ORIGINS: "*" }, /ALLOWED_ORIGINS/],
    ["a horizon of nothing", { HOT_ENTRIES: "0" }, /HOT_ENTRIES/],
    ["a horizon of half a day", { HOT_DAYS: "0.5" }, /HOT_DAYS/],
    ["a rate of nothing", { SEND_RATE: "0" }, /SEND_RATE/],
    ["a burst with a fraction", { SEND_BURST: "1.5" }, /SEND_BURST/],
    ["a rate of connects below nothing", { CONNECT_RATE: "-1" }, /CONNECT_RATE/],
    ["a burst of no connects", { CONNECT_BURST: "0" }, /CONNECT_BURST/],
    ["a header with a colon", { CLIENT_ADDRESS_HEADER: "x-real-ip:" }, /CLIENT_ADDRESS_HEADER/],
    ["an unknown environment", { ENVIRONMENT: "staging" }, /ENVIRONMENT/],
    ["[AUTH-7] production in dev mode", { ENVIRONMENT: "production" }, /AUTH_MODE: dev/],
    ["[AUTH-7] production told to be in dev mode", { ...PRODUCTION, AUTH_MODE: "dev" }, /AUTH_MODE: dev/],
    ["a secret that is too short", { AUTH_SECRET: "k".repeat(31) }, /at least 32 bytes/],
    ["production with a short secret", { ...PRODUCTION, AUTH_SECRET: "k".repeat(31) }, /at least 32 bytes/],
    ["production with the secret of development", { ...PRODUCTION, AUTH_SECRET: DEVELOPMENT_SECRET }, /well-known/],
    ["production with a known secret", { ...PRODUCTION, AUTH_SECRET: "secret".repeat(8) }, /well-known/],
  ];
  it.each(bad)("refuses %s in one line", (_title, env, message) => {
    expect(() => readSettings(env)).toThrow(SettingsError);
    expect(() => readSettings(env)).toThrow(message);
    expect(() => readSettings(env)).not.toThrow(/\n/);
  });
});
