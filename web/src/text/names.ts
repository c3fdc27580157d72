/** What a typed name becomes: an id that the server accepts, or why it cannot be one. */
export type NormalisedName =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly reason: "empty" | "unwritable" | "long" };

const USER_ID = /^[A-Za-z0-9_.:-]+$/;
const MAX_CHARS = 64;

const fold = (text: string): string =>
  text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll("ß", "ss")
    .toLowerCase()
    .replaceAll(/[\s'’]+/g, "-")
    .replaceAll(/-{2,}/g, "-")
    .replaceAll(/^-+|-+$/g, "");

/**
 * Turns a name that a person typed into a user id: 1–64 of `A-Z a-z 0-9 _ - . :`.
 * With `folding`, "Zoë Müller" becomes "zoe-muller", so that nobody is missed over a capital letter;
 * without it (ids come from elsewhere and case counts) the text is taken as it is.
 */
export const normaliseName = (typed: string, folding = true): NormalisedName => {
  const text = typed.trim().replace(/^@/, "");
  if (text === "") return { ok: false, reason: "empty" };
  const id = folding ? fold(text) : text;
  if (!USER_ID.test(id)) return { ok: false, reason: "unwritable" };
  if (id.length > MAX_CHARS) return { ok: false, reason: "long" };
  return { ok: true, id };
};

/** One or two letters that stand for a name: "ada-lovelace" → "AL". */
export const initials = (name: string): string => {
  const words = name.split(/[\s\-_.:,]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = words.map((word) => Array.from(word.replace(/^[^\p{L}\p{N}]+/u, ""))[0] ?? "");
  if (letters.length === 0) return "?";
  return `${letters[0] ?? ""}${letters.length > 1 ? (letters.at(-1) ?? "") : ""}`.toUpperCase();
};

/** A hue in degrees, the same for the same id on every device. */
export const hueOf = (id: string): number => {
  let hash = 2166136261;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 16777619);
  return ((hash >>> 0) % 24) * 15;
};
