import { readdirSync, readlinkSync } from "node:fs";

/**
 * Databases of objects that a process has open, seen from outside: an object that is in memory has its database open, one
 * that sleeps has not. The class's own bookkeeping is left out.
 */
export const awakeObjects = (pid: number, className: string): Set<string> => {
  const open = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    let target = "";
    try {
      target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      // Closed since the directory was read.
    }
    const [, object] = new RegExp(`/parley-${className}/([0-9a-f]{64})\\.sqlite$`).exec(target) ?? [];
    if (object !== undefined) open.add(object);
  }
  return open;
};
