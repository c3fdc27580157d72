import type { Seq } from "../../src/shared/ids.ts";

/** Index of the first item that is not before `seq`. New ones come at the end, so it looks there first. */
export const placeOf = (items: readonly { readonly seq: Seq }[], seq: Seq): number => {
  const last = items.at(-1);
  if (last === undefined || last.seq < seq) return items.length;
  let low = 0;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
};
