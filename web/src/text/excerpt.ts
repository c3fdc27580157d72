import type { Stretch } from "@parley/client/search";

interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

/** How much is shown before the first mark, and of everything. */
const BEFORE = 30;
const SHOWN = 160;

/** Back to where a word begins, so that none is cut. */
const wordStart = (text: string, at: number): number => {
  const space = text.slice(0, at).search(/\S+$/u);
  return space === -1 ? at : space;
};

/** The part of a text around the first thing that was looked for, in pieces that are marked or not. */
export const excerptOf = (text: string, marks: readonly Stretch[]): { readonly pieces: readonly Piece[] } => {
  const first = marks[0]?.from ?? 0;
  const from = first > BEFORE ? wordStart(text, first - BEFORE) : 0;
  const to = Math.min(text.length, from + SHOWN);
  const pieces: Piece[] = from > 0 ? [{ text: "…", marked: false }] : [];
  let at = from;
  for (const mark of marks) {
    if (mark.from >= to) break;
    if (mark.from > at) pieces.push({ text: text.slice(at, mark.from), marked: false });
    pieces.push({ text: text.slice(mark.from, Math.min(mark.to, to)), marked: true });
    at = mark.to;
  }
  if (at < to) pieces.push({ text: text.slice(at, to), marked: false });
  if (to < text.length) pieces.push({ text: "…", marked: false });
  return { pieces };
};
