import type { Phrase } from "./search-words.ts";
import { PIECES, SIGNS, wordsOf } from "./search-words.ts";

/** A stretch of a text, in UTF-16 units. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Of a run without spaces: the signs that were looked for, alone or with the next one. */
const inRun = (run: string, at: number, phrases: readonly Phrase[], isWanted: (word: string) => boolean): Stretch[] => {
  const signs = [...run.matchAll(SIGNS)];
  return signs.flatMap(({ 0: sign, index }, place) => {
    const next = signs[place + 1];
    const [pair = ""] = wordsOf(sign + (next?.[0] ?? ""));
    const [alone = ""] = wordsOf(sign);
    const from = at + index;
    if (next !== undefined && pair !== alone && phrases.some(({ words }) => words.includes(pair)))
      return [{ from, to: at + next.index + next[0].length }];
    return isWanted(alone) ? [{ from, to: from + sign.length }] : [];
  });
};

const joined = (stretches: readonly Stretch[]): Stretch[] => {
  const all: Stretch[] = [];
  for (const one of stretches) {
    const last = all.at(-1);
    if (last && one.from <= last.to) all[all.length - 1] = { from: last.from, to: Math.max(last.to, one.to) };
    else all.push(one);
  }
  return all;
};

/** Where in a text the words are that were looked for, in order and apart from each other. */
export const marksIn = (text: string, phrases: readonly Phrase[]): Stretch[] => {
  const isWanted = (word: string): boolean =>
    phrases.some(({ words, prefix }) =>
      words.some((wanted, index) => (prefix && index === words.length - 1 ? word.startsWith(wanted) : word === wanted)),
    );
  const found = [...text.matchAll(PIECES)].flatMap(({ 0: piece, index, groups }) => {
    if (groups?.["run"] !== undefined) return inRun(piece, index, phrases, isWanted);
    return wordsOf(piece).some(isWanted) ? [{ from: index, to: index + piece.length }] : [];
  });
  return joined(found);
};
