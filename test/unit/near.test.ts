import { describe, expect, it } from "vitest";
import type { Identity } from "../../src/platform/verifier.ts";
import { nearOf } from "../../src/worker/near.ts";

const SEVERAL = { REGIONS: "eu,us", REGION_EU_CONTINENTS: "EU", REGION_US_COUNTRIES: "US" };
const requestFrom = (cf?: object): Request => Object.assign(new Request("https://chat.example.org"), { cf });
const whose = (region?: string): Identity => ({
  user_id: "ann",
  device_id: undefined,
  isAdmin: false,
  region,
  issuedAt: 0,
  expiresAt: 0,
});

describe("[REG-2] where a request comes from", () => {
  it("is what the token says, else where the platform sees it", () => {
    expect(nearOf(SEVERAL, whose("us"), requestFrom({ continent: "EU", country: "DE" }))).toBe("us");
    expect(nearOf(SEVERAL, whose(), requestFrom({ continent: "EU", country: "DE" }))).toBe("eu");
    expect(nearOf(SEVERAL, whose(), requestFrom({ continent: "NA", country: "US" }))).toBe("us");
  });

  it("is unknown where nothing says so, of nobody, and where there is one region", () => {
    expect(nearOf(SEVERAL, whose(), requestFrom())).toBeUndefined();
    expect(nearOf(SEVERAL, whose(), requestFrom({ country: "T1" }))).toBeUndefined();
    expect(nearOf(SEVERAL, undefined, requestFrom({ continent: "EU" }))).toBeUndefined();
    expect(nearOf({ REGION: "eu" }, whose("eu"), requestFrom({ continent: "EU" }))).toBeUndefined();
  });
});
