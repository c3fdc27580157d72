import { describe, expect, it } from "vitest";
import { readSettings } from "../../scripts/settings.ts";
import { workerdConfig } from "../../scripts/workerd-config.ts";

const PATHS = {
  workerModule: "../w.js",
  assetsModule: "../a.js",
  webDir: "/srv/web",
  objectsDir: "/srv/data/objects",
  blobsDir: "/srv/data/blobs",
};
const configOf = (env: Record<string, string>): string => workerdConfig(readSettings(env), PATHS);
/** The network that a binding of the worker leads to. */
const networkOf = (config: string, binding: string): string | undefined => {
  const service = new RegExp(`name = "${binding}", service = "(\\w+)"`).exec(config)?.[1];
  return new RegExp(`name = "${service}", network = (.*)`).exec(config)?.[1];
};

describe("[PREV-1] the setting LINK_PREVIEWS", () => {
  it("is off unless it is turned on", () => {
    expect(readSettings({}).linkPreviews).toBe(false);
    expect(readSettings({ LINK_PREVIEWS: "" }).linkPreviews).toBe(false);
    expect(readSettings({ LINK_PREVIEWS: "off" }).linkPreviews).toBe(false);
    expect(readSettings({ LINK_PREVIEWS: "on" }).linkPreviews).toBe(true);
    for (const value of ["ON", "true", "1", "yes"])
      expect(() => readSettings({ LINK_PREVIEWS: value })).toThrow(/^bad setting LINK_PREVIEWS: /);
  });

  it("reaches the worker when it is on", () => {
    expect(configOf({ LINK_PREVIEWS: "on" })).toContain('(name = "LINK_PREVIEWS", text = "on")');
    expect(configOf({})).not.toContain("LINK_PREVIEWS");
  });

  it("comes with a network of public addresses only, also where keys are on this machine", () => {
    const config = configOf({ LINK_PREVIEWS: "on", AUTH_JWKS_URL: "http://127.0.0.1:9000/keys" });
    expect(config).toContain("private");
    const network = networkOf(config, "PREVIEW_NET");
    expect(network).toContain('allow = ["public"]');
    expect(network).not.toContain("private");
  });
});
