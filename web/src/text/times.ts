import { strings } from "../strings.ts";

const DAY_MS = 86_400_000;

const clock = new Intl.DateTimeFormat(strings.locale, { timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(strings.locale, { weekday: "long" });
const shortDate = new Intl.DateTimeFormat(strings.locale, { day: "numeric", month: "short" });
const longDate = new Intl.DateTimeFormat(strings.locale, { weekday: "long", day: "numeric", month: "long" });
const fullDate = new Intl.DateTimeFormat(strings.locale, { day: "numeric", month: "long", year: "numeric" });
const exact = new Intl.DateTimeFormat(strings.locale, { dateStyle: "full", timeStyle: "short" });

const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** How many local calendar days `date` lies before `now`; rounded, because a day may have 23 or 25 hours. */
const daysAgo = (date: Date, now: Date): number => Math.round((midnight(now) - midnight(date)) / DAY_MS);

/** The local calendar day as `2026-03-09`: equal exactly when two times are on the same day. */
export const dayKey = (timestamp: string): string => {
  const date = new Date(timestamp);
  const pad = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
};

/** "Today", "Yesterday", a weekday within the week, then the date. */
export const dayLabel = (timestamp: string, now: Date = new Date()): string => {
  const date = new Date(timestamp);
  const days = daysAgo(date, now);
  if (days === 0) return strings.today;
  if (days === 1) return strings.yesterday;
  if (days > 1 && days < 7) return weekday.format(date);
  return date.getFullYear() === now.getFullYear() ? longDate.format(date) : fullDate.format(date);
};

/** Short form for the list: the time today, then "Yesterday", weekday, date. */
export const listTime = (timestamp: string, now: Date = new Date()): string => {
  const date = new Date(timestamp);
  const days = daysAgo(date, now);
  if (days <= 0) return clock.format(date);
  if (days === 1) return strings.yesterday;
  if (days < 7) return weekday.format(date);
  return date.getFullYear() === now.getFullYear() ? shortDate.format(date) : String(date.getFullYear());
};

export const clockTime = (timestamp: string): string => clock.format(new Date(timestamp));
export const exactTime = (timestamp: string): string => exact.format(new Date(timestamp));

/** A time with its day, for what is to come or was: "Today, 14:05", "Monday, 09:00". */
export const momentWords = (timestamp: string, now: Date = new Date()): string => {
  const date = new Date(timestamp);
  const days = daysAgo(date, now);
  if (days === -1) return `${strings.tomorrow}, ${clock.format(date)}`;
  if (days < -1 && days > -7) return `${weekday.format(date)}, ${clock.format(date)}`;
  return `${dayLabel(timestamp, now)}, ${clock.format(date)}`;
};

/** When somebody was last there: "today at 14:05", "yesterday at 09:10", "Monday at 18:30", "3 March at 12:00". */
export const lastSeenWords = (timestamp: string, now: Date = new Date()): string => {
  const date = new Date(timestamp);
  const time = clock.format(date);
  const days = daysAgo(date, now);
  if (days <= 0) return strings.people.todayAt(time);
  if (days === 1) return strings.people.yesterdayAt(time);
  return strings.people.dayAt(days < 7 ? weekday.format(date) : shortDate.format(date), time);
};

/** Times that one often means by "later": in an hour, this evening, tomorrow morning, Monday morning. */
export const laterTimes = (now: Date): readonly Date[] => {
  const day = (ahead: number, hour: number): Date =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + ahead, hour);
  const times = [new Date(Math.ceil((now.getTime() + 3_600_000) / 60_000) * 60_000)];
  if (now.getHours() < 17) times.push(day(0, 19));
  times.push(day(1, 9));
  const toMonday = (8 - now.getDay()) % 7;
  if (toMonday > 1) times.push(day(toMonday, 9));
  return times;
};

/** What an input of type `datetime-local` holds for a time. */
export const localInput = (date: Date): string => {
  const pad = (value: number): string => String(value).padStart(2, "0");
  return `${dayKey(date.toISOString())}T${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
};

/** Every half hour of a day as `HH:MM`, and `chosen` among them. */
export const timesOfDay = (chosen: string): readonly string[] => {
  const halves = Array.from({ length: 48 }, (_, half) => {
    const hour = String(Math.floor(half / 2)).padStart(2, "0");
    return `${hour}:${half % 2 === 0 ? "00" : "30"}`;
  });
  return [...new Set([...halves, chosen])].toSorted();
};
