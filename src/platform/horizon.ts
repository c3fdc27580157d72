import type { Horizon } from "../core/conversation/rotation.ts";
import type { Settings } from "../rpc/bindings.ts";
import { LIMITS } from "../shared/limits.ts";

const DAY_MS = 86_400_000;

/** What conversations keep at hand. A setting that is no number is as if it were not given. */
export const horizonOf = ({ HOT_ENTRIES, HOT_DAYS }: Settings): Horizon => {
  const number = (text: string | undefined, otherwise: number): number => {
    const value = text === undefined || text === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) && value >= 0 ? value : otherwise;
  };
  return {
    entries: number(HOT_ENTRIES, LIMITS.hotEntries),
    ms: number(HOT_DAYS, LIMITS.hotMs / DAY_MS) * DAY_MS,
  };
};
