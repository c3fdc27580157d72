import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in ticks of this many milliseconds (USER_HZ is 100 on every architecture it runs on here). */
const TICK_MS = 10;

/** CPU time that a process has used up to now, user and system, of all its threads, in milliseconds. */
export const cpuMsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the name in parentheses, which may itself hold spaces: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
};

/** Resident memory of a process in KiB. */
export const rssKibOf = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
};

/** File descriptors that a process has open, and how many it may. */
export const descriptorsOf = (pid: number): { open: number; limit: number } => {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1];
  return { open: readdirSync(`/proc/${pid}/fd`).length, limit: Number(limit) };
};
