import { SEARCH_LIMITS } from "./search-limits.ts";

/**
 * Marks that people leave out when they search (accents, points, harakat), what is not seen, and what only stretches a
 * word. Vowel signs belong to their letters, and so do the two marks of kana that make another one.
 */
const DROPPED = /(?=\p{M})(?!\u3099|\u309a)[\p{sc=Zinh}\p{sc=Hebr}\p{sc=Arab}\p{sc=Cyrl}]|\p{Cf}|\u0640/gu;

/** Letters that stand for others without being composed of them. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ħ: "h",
  ŧ: "t",
  ı: "i",
  ς: "σ",
};
const OTHER_LETTERS = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "gu");

const ASCII = /^[\0-\x7f]*$/;

/** Case, diacritics, width and other ways to write the same are no difference. */
const folded = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(DROPPED, "")
    .toLowerCase()
    .replace(OTHER_LETTERS, (letter) => LETTERS[letter] ?? letter)
    .normalize("NFC");

/** Scripts that put no spaces between words. */
const RUNS = "\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}";
const SIGN = "[\\p{L}\\p{N}]\\p{M}*";
export const PIECES = new RegExp(
  `(?<run>(?:(?=[${RUNS}])${SIGN})+)|(?<picture>\\p{RI}\\p{RI}|\\p{Extended_Pictographic})|(?:(?![${RUNS}])${SIGN})+`,
  "gu",
);
export const SIGNS = new RegExp(SIGN, "gu");

const bounded = (word: string): string => {
  if (word.length <= SEARCH_LIMITS.searchWordChars) return word;
  // Half a character is none, and would be another one on disk.
  return word.slice(0, SEARCH_LIMITS.searchWordChars).replace(/[\ud800-\udbff]$/, "");
};

/** Every sign with the next one: whatever is looked for in a run begins with some of these. */
const pairs = (run: string): string[] => {
  const signs = run.match(SIGNS) ?? [];
  return signs.map((sign, index) => sign + (signs[index + 1] ?? ""));
};

interface Split {
  readonly words: string[];
  /** The last word is one sign of a script without spaces: others may follow it in what is looked for. */
  readonly open: boolean;
}

const split = (text: string): Split => {
  if (ASCII.test(text)) return { words: (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map(bounded), open: false };
  const words: string[] = [];
  let open = false;
  for (const { 0: piece, groups } of folded(text).matchAll(PIECES)) {
    open = groups?.["run"] !== undefined;
    words.push(...(open ? pairs(piece) : [piece]).map(bounded));
  }
  return { words, open };
};

/**
 * The words of a text in their order, each in the form in which it is looked for: letters and digits of any script, and
 * emoji. Server, its index and the SDK split alike.
 */
export const wordsOf = (text: string): string[] => split(text).words;

/** Words that have to follow each other. `prefix`: the last one may go on. */
export interface Phrase {
  readonly words: readonly string[];
  readonly prefix: boolean;
}

/** What is looked for when this is typed. `undefined`: there is no word in it. */
export const phraseOf = (text: string, prefix: boolean): Phrase | undefined => {
  const { words, open } = split(text);
  if (words.length === 0) return undefined;
  // Of a run the last sign is in the pair before it already.
  if (open && words.length > 1) return { words: words.slice(0, -1), prefix: false };
  return { words, prefix: prefix || open };
};

/** Whether the words of a text contain a phrase. */
export const hasPhrase = (text: readonly string[], { words, prefix }: Phrase): boolean => {
  const last = words.length - 1;
  const fits = (word: string | undefined, index: number): boolean =>
    word !== undefined && (index === last && prefix ? word.startsWith(words[index] ?? "") : word === words[index]);
  return text.some((_, at) => words.every((_word, index) => fits(text[at + index], index)));
};
