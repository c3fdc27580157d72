/** Bytes from `from` (inclusive) to `end` (exclusive). */
export interface ByteRange {
  readonly from: number;
  readonly end: number;
  /** Not all of it. */
  readonly isPart: boolean;
}

/** What a `Range` header asks for (RFC 9110). One that is not understood counts as none; `undefined`: there is no such range. */
export const rangeOf = (header: string | undefined, size: number): ByteRange | undefined => {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return { from: 0, end: size, isPart: false };
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  return from < end ? { from, end, isPart: true } : undefined;
};
