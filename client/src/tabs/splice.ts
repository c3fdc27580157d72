/** One stretch of a list replaced by another. */
export interface Splice {
  readonly from: number;
  readonly removed: number;
  readonly items: readonly unknown[];
}

/** What makes `after` of `before`: everything between the first and the last item that is not the same object. */
export const spliceOf = (before: readonly unknown[], after: readonly unknown[]): Splice | undefined => {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from++;
  let kept = 0;
  while (kept < shorter - from && before[before.length - 1 - kept] === after[after.length - 1 - kept]) kept++;
  const removed = before.length - kept - from;
  const items = after.slice(from, after.length - kept);
  return removed === 0 && items.length === 0 ? undefined : { from, removed, items };
};

export const spliced = (before: readonly unknown[], { from, removed, items }: Splice): readonly unknown[] => [
  ...before.slice(0, from),
  ...items,
  ...before.slice(from + removed),
];
