import type { QuietHours } from "../inbox/profile.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** No clock is set by more than that at once, twice a year. */
const SHIFT_MINUTES = 180;

const clocks = new Map<string, Intl.DateTimeFormat>();
/** Few zones are in use at once; each takes a while to make. */
const CLOCKS = 64;

/** `undefined`: there is no such time zone. */
const clockOf = (timeZone: string): Intl.DateTimeFormat | undefined => {
  const known = clocks.get(timeZone);
  if (known) return known;
  try {
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    if (clocks.size >= CLOCKS) clocks.clear();
    clocks.set(timeZone, clock);
    return clock;
  } catch {
    return undefined;
  }
};

export const isTimeZone = (timeZone: string): boolean => clockOf(timeZone) !== undefined;

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/**
 * The first moment from `at` on that is not quiet, in ms since 1970: what the clock on the wall says counts, also on
 * days on which it is set.
 */
export const afterQuiet = ({ from, until, time_zone }: QuietHours, at: number): number => {
  const clock = clockOf(time_zone);
  const [begin, end] = [minuteOf(from), minuteOf(until)];
  if (!clock || begin === end) return at;
  const wall = (ms: number): number => minuteOf(clock.format(ms));
  const isQuiet = (ms: number): boolean => {
    const minute = wall(ms);
    return begin < end ? minute >= begin && minute < end : minute >= begin || minute < end;
  };
  const untilEnd = (ms: number): number => ((end - wall(ms) + DAY_MINUTES) % DAY_MINUTES) * MINUTE_MS;
  if (!isQuiet(at)) return at;
  let next = at - (at % MINUTE_MS) + untilEnd(at);
  while (isQuiet(next)) {
    // The clock was set forward on the way, past an end that is followed by quiet hours at once.
    const past = (wall(next) - end + DAY_MINUTES) % DAY_MINUTES;
    const passed = next - past * MINUTE_MS;
    if (past <= SHIFT_MINUTES && passed > at && !isQuiet(passed)) return passed;
    // Or it was set back: an hour of the night comes twice.
    next += untilEnd(next);
  }
  // It was set forward: the hours ended earlier than it seemed, perhaps at a time that there was not.
  for (let earlier = 1; wall(next) !== end && earlier <= SHIFT_MINUTES && !isQuiet(next - MINUTE_MS); earlier++)
    next -= MINUTE_MS;
  return next;
};
