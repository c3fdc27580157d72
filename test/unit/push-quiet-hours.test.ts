import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterQuiet, isTimeZone } from "../../src/core/push/quiet-hours.ts";
import { toIso } from "../../src/shared/time.ts";
import { chooseSeed } from "../support/random.ts";

const at = (iso: string): number => Date.parse(iso);
const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const NIGHT = { from: "22:00", until: "07:00" };

describe("[PUSH-8] quiet hours", () => {
  it.each([
    // [from, until, zone, when, until when]
    ["22:00", "07:00", "UTC", "2026-11-22T21:59:59.999Z", "2026-11-22T21:59:59.999Z"],
    ["22:00", "07:00", "UTC", "2026-11-22T22:00:00.000Z", "2026-11-23T07:00:00.000Z"],
    ["22:00", "07:00", "UTC", "2026-11-23T00:30:12.345Z", "2026-11-23T07:00:00.000Z"],
    ["22:00", "07:00", "UTC", "2026-11-23T06:59:59.999Z", "2026-11-23T07:00:00.000Z"],
    ["22:00", "07:00", "UTC", "2026-11-23T07:00:00.000Z", "2026-11-23T07:00:00.000Z"],
    ["09:00", "17:30", "UTC", "2026-11-23T12:00:00.000Z", "2026-11-23T17:30:00.000Z"],
    ["09:00", "17:30", "UTC", "2026-11-23T18:00:00.000Z", "2026-11-23T18:00:00.000Z"],
    ["12:00", "12:00", "UTC", "2026-11-23T12:00:00.000Z", "2026-11-23T12:00:00.000Z"],
    ["22:00", "07:00", "Asia/Kolkata", "2026-11-22T16:30:00.000Z", "2026-11-23T01:30:00.000Z"],
    ["22:00", "07:00", "America/New_York", "2026-11-23T03:00:00.000Z", "2026-11-23T12:00:00.000Z"],
    // Berlin sets its clocks forward at 2 on the 29th of March, and back at 3 on the 25th of October.
    ["22:00", "07:00", "Europe/Berlin", "2026-03-28T22:00:00.000Z", "2026-03-29T05:00:00.000Z"],
    ["22:00", "02:30", "Europe/Berlin", "2026-03-29T00:30:00.000Z", "2026-03-29T01:00:00.000Z"],
    ["22:00", "07:00", "Europe/Berlin", "2026-10-24T22:00:00.000Z", "2026-10-25T06:00:00.000Z"],
    ["22:00", "02:30", "Europe/Berlin", "2026-10-25T00:10:00.000Z", "2026-10-25T00:30:00.000Z"],
    ["22:00", "02:30", "Europe/Berlin", "2026-10-25T01:10:00.000Z", "2026-10-25T01:30:00.000Z"],
    // One minute of the day is not quiet: the clock is set past it, or to it.
    ["03:01", "03:00", "Europe/Berlin", "2026-03-28T02:01:00.000Z", "2026-03-29T01:00:00.000Z"],
    ["02:31", "02:30", "Europe/Berlin", "2026-03-28T01:31:00.000Z", "2026-03-30T00:30:00.000Z"],
    // Half an hour, on the other side of the earth.
    ["22:00", "07:00", "Australia/Lord_Howe", "2026-10-03T14:00:00.000Z", "2026-10-03T20:00:00.000Z"],
  ])("%s to %s in %s: from %s on it is %s", (from, until, time_zone, when, then) => {
    expect(toIso(afterQuiet({ from, until, time_zone }, at(when)))).toBe(then);
  });

  it("end at the first moment that is not quiet, on any day, in any place", () => {
    const seed = chooseSeed() | 0;
    console.log(`quiet hours: PARLEY_SEED=${seed}`);
    const zones = [
      "UTC",
      "Europe/Berlin",
      "America/St_Johns",
      "Australia/Lord_Howe",
      "Pacific/Apia",
      "Africa/Casablanca",
    ];
    const time = fc.tuple(fc.nat(23), fc.nat(59)).map((some) => some.map((n) => String(n).padStart(2, "0")).join(":"));
    const hours = fc.record({ from: time, until: time, time_zone: fc.constantFrom(...zones) });
    const year = fc.integer({ min: at("2026-01-01T00:00:00.000Z"), max: at("2026-12-31T00:00:00.000Z") });
    fc.assert(
      fc.property(hours, year, (quiet, when) => {
        const end = afterQuiet(quiet, when);
        expect(end).toBeGreaterThanOrEqual(when);
        // It is not quiet then, it was until then, and nothing is quiet for longer than a day and an hour.
        expect(afterQuiet(quiet, end)).toBe(end);
        if (end > when) expect(afterQuiet(quiet, end - 1)).toBe(end);
        // But for a day on which the clock is set past all of what is not.
        const open = (minuteOf(quiet.from) - minuteOf(quiet.until) + 1440) % 1440;
        expect(end - when).toBeLessThanOrEqual((open > 60 ? 25 : 49) * 3_600_000);
      }),
      { seed, numRuns: 2000 },
    );
  });

  it("in a place that there is not are none; and places are known", () => {
    expect(afterQuiet({ ...NIGHT, time_zone: "Atlantis/Capital" }, 5)).toBe(5);
    expect(["Europe/Berlin", "UTC", "Atlantis/Capital", "", "../etc"].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
