import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEVELOPMENT_SECRET } from "../../src/platform/auth-config.ts";
import { readSettings } from "../../scripts/settings.ts";
import { COMPATIBILITY_DATE, OBJECT_CLASSES, workerdConfig } from "../../scripts/workerd-config.ts";

const TOML = readFileSync(new URL("../../wrangler.toml", import.meta.url), "utf8");
const PATHS = {
  workerModule: "../w.js",
  assetsModule: "../a.js",
  webDir: "/srv/web",
  objectsDir: "/srv/data/objects",
  blobsDir: "/srv/data/blobs",
};
const configOf = (env: Record<string, string>): string => workerdConfig(readSettings(env), PATHS);

/** What an environment of wrangler.toml says, by name. */
const varsOf = (toml: string, section: string): string => toml.split(`[${section}]\n`)[1]?.split("\n[")[0] ?? "";

describe("the configuration of workerd", () => {
  it("keeps the secret out of the file", () => {
    const config = configOf({ AUTH_SECRET: "hush-hush".repeat(4) });
    expect(config).toContain(`(name = "AUTH_SECRET", fromEnvironment = "AUTH_SECRET")`);
    expect(config).not.toContain("hush-hush");
  });

  it("opens the private network for keys on this machine only", () => {
    expect(configOf({ AUTH_JWKS_URL: "http://127.0.0.1:9000/keys" })).toContain(`allow = ["public", "private"]`);
    expect(configOf({ AUTH_JWKS_URL: "https://id.example.com/keys" })).toContain(`allow = ["public"],`);
    expect(configOf({})).toContain(`allow = ["public"],`);
  });

  it("brackets an IPv6 address", () => {
    expect(configOf({ HOST: "::1", PORT: "80" })).toContain(`address = "[::1]:80"`);
  });

  it("[CLOSE-4] lets the supervisor in by a socket of its own, and nobody else to what is behind it", () => {
    const config = workerdConfig(readSettings({}), { ...PATHS, controlSocket: "/srv/data/run/control.sock" });
    expect(config).toContain(`address = "unix:/srv/data/run/control.sock"`);
    expect(config.split(`entrypoint = "Control"`)).toHaveLength(2);
    expect(configOf({})).not.toContain("Control");
  });

  it("quotes what an operator writes", () => {
    expect(configOf({ AUTH_ISSUER: 'a"b\\c' })).toContain(String.raw`text = "a\"b\\c"`);
    expect(() => configOf({ AUTH_ISSUER: "a\nb" })).toThrow(/control characters/);
  });

  it("leaves out what is not set, so that the server's defaults hold", () => {
    expect(configOf({})).not.toContain("SEND_RATE");
    expect(configOf({ CONNECT_RATE: "0" })).toContain(`(name = "CONNECT_RATE", text = "0")`);
    expect(configOf({ HOT_DAYS: "7" })).toContain(`(name = "HOT_DAYS", text = "7")`);
    expect(configOf({ SEND_RATE: "2.5" })).toContain(`(name = "SEND_RATE", text = "2.5")`);
  });

  it("says the same as wrangler.toml", () => {
    expect(/^compatibility_date = "(.*)"$/m.exec(TOML)?.[1]).toBe(COMPATIBILITY_DATE);
    for (const [binding, className] of Object.entries(OBJECT_CLASSES)) {
      expect(TOML.split(`name = "${binding}"\nclass_name = "${className}"`)).toHaveLength(3);
    }
  });

  it("[AUTH-7] development sign-in stays out of the production of wrangler.toml", () => {
    expect(varsOf(TOML, "vars")).toContain(`AUTH_SECRET = "${DEVELOPMENT_SECRET}"`);
    const production = varsOf(TOML, "env.production.vars");
    expect(production).toContain('ENVIRONMENT = "production"');
    expect(production).toContain('AUTH_MODE = "jwt"');
    expect(production).not.toContain("AUTH_SECRET");
  });
});
