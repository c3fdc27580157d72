/** Where a list goes on: which list, and behind what. Opaque to clients. */
export interface Mark<L extends string> {
  readonly list: L;
  readonly seq: number;
  readonly key: string;
}

const toHex = (text: string): string =>
  Array.from(text, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");

/** `key` is ASCII: an identifier of the contract. */
export const encodeCursor = (list: string, seq: number, key = ""): string => `${list}${seq.toString(36)}.${toHex(key)}`;

/** `undefined` for anything that this server did not make for one of these lists. */
export const decodeCursor = <L extends string>(cursor: string, lists: readonly L[]): Mark<L> | undefined => {
  const match = /^([a-z])([0-9a-z]{1,11})\.((?:[2-7][0-9a-f])*)$/.exec(cursor);
  const list = lists.find((name) => name === match?.[1]);
  if (!match || list === undefined) return undefined;
  const key = (match[3] ?? "").replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
  return { list, seq: Number.parseInt(match[2] ?? "0", 36), key };
};
