import { describe, expect, it } from "vitest";
import { readRegions } from "../../src/platform/regions.ts";
import { readSettings, SettingsError } from "../../scripts/settings.ts";

const THREE = { REGIONS: "eu, us,ap" };
const idIn = (region: string): string => `g_${region}_${"x".repeat(22)}`;

describe("regions", () => {
  it("are one by default, and one by the name that is given", () => {
    expect(readRegions({})).toMatchObject({ names: ["local"], usual: "local", problems: [] });
    expect(readRegions({ REGION: "eu" })).toMatchObject({ names: ["eu"], usual: "eu", problems: [] });
  });

  it("are several, the first being the usual one unless another is named", () => {
    expect(readRegions(THREE)).toMatchObject({ names: ["eu", "us", "ap"], usual: "eu", problems: [] });
    expect(readRegions({ ...THREE, REGION: "ap" })).toMatchObject({ usual: "ap", problems: [] });
  });

  it("have what is said of each", () => {
    const regions = readRegions({
      ...THREE,
      REGION_EU_HINT: "weur",
      REGION_EU_JURISDICTION: "eu",
      REGION_AP_HINT: "apac",
    });
    expect(regions.problems).toEqual([]);
    expect(["eu", "us", "ap", "me"].map((name) => regions.get(name))).toEqual([
      { name: "eu", hint: "weur", jurisdiction: "eu" },
      { name: "us" },
      { name: "ap", hint: "apac" },
      undefined,
    ]);
  });

  it("[REG-6] are named by ids; what is no id of a conversation names none", () => {
    const regions = readRegions(THREE);
    expect(regions.of(idIn("us"))?.name).toBe("us");
    for (const id of [
      idIn("local"),
      idIn("EU"),
      idIn(""),
      `x${idIn("eu")}`,
      `${idIn("eu")}/0`,
      "eu",
      "",
      `g_eu_${"x".repeat(21)}`,
    ])
      expect(regions.of(id), id).toBeUndefined();
  });

  it("[REG-2] are near by what a token says, else by country, else by continent", () => {
    const regions = readRegions({
      ...THREE,
      REGION_EU_CONTINENTS: "EU,AF",
      REGION_US_CONTINENTS: "NA,SA",
      REGION_US_COUNTRIES: "GB",
      REGION_AP_COUNTRIES: "IN, JP",
    });
    expect(regions.near({ continent: "AF" })).toBe("eu");
    expect(regions.near({ continent: "EU", country: "GB" })).toBe("us");
    expect(regions.near({ continent: "AS", country: "JP" })).toBe("ap");
    expect(regions.near({ continent: "AS", country: "CN" })).toBeUndefined();
    expect(regions.near({ claim: "ap", continent: "EU", country: "GB" })).toBe("ap");
    expect(regions.near({ claim: "mars", continent: "EU" })).toBe("eu");
    expect(regions.near({})).toBeUndefined();
  });

  const bad: [string, Record<string, string>, RegExp][] = [
    ["a name in capitals", { REGION: "EU" }, /REGION: "EU" is not/],
    ["a list with a bad name", { REGIONS: "eu,u s" }, /REGIONS: "u s" is not/],
    ["a list of nothing", { REGIONS: ", ," }, /REGIONS: it names no region/],
    ["a name twice", { REGIONS: "eu,us,eu" }, /REGIONS: .*twice/],
    ["a usual one that is not in the list", { ...THREE, REGION: "local" }, /REGION: "local" is not one of REGIONS/],
    ["an unknown hint", { ...THREE, REGION_EU_HINT: "berlin" }, /REGION_EU_HINT: "berlin" is not one of wnam/],
    ["an unknown jurisdiction", { ...THREE, REGION_EU_JURISDICTION: "de" }, /REGION_EU_JURISDICTION: "de" is not/],
    ["a continent that is none", { ...THREE, REGION_EU_CONTINENTS: "Europe" }, /REGION_EU_CONTINENTS: "Europe"/],
    ["a country that is none", { ...THREE, REGION_EU_COUNTRIES: "de" }, /REGION_EU_COUNTRIES: "de"/],
    [
      "a continent of two regions",
      { ...THREE, REGION_EU_CONTINENTS: "EU", REGION_US_CONTINENTS: "NA,EU" },
      /REGION_US_CONTINENTS: EU belongs to eu already/,
    ],
    ["what is said of no region", { ...THREE, REGION_UE_HINT: "weur" }, /REGION_UE_HINT: it is about no region/],
    ["what cannot be said of one", { ...THREE, REGION_EU_HINTS: "weur" }, /REGION_EU_HINTS: it is about no region/],
  ];
  it.each(bad)("%s keeps the server from starting, in one line", (_title, env, message) => {
    expect(() => readSettings(env)).toThrow(SettingsError);
    expect(() => readSettings(env)).toThrow(message);
    expect(() => readSettings(env)).not.toThrow(/\n/);
  });

  it("promise nothing on one machine that it cannot keep", () => {
    expect(() => readSettings({ ...THREE, REGION_EU_JURISDICTION: "eu" })).toThrow(
      /^bad setting REGION_EU_JURISDICTION: there are none outside of Cloudflare/,
    );
  });
});
