/** A piece of a message's text. `href` of a link is always http or https. */
export type Token =
  | { readonly kind: "text" | "code" | "block"; readonly text: string }
  | { readonly kind: "mention"; readonly text: string; readonly id: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

const CODE = /```\n?([\s\S]+?)\n?```|`([^`\n]+)`/g;
const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"]+/gi;
const CLOSERS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
const EMOJI_ONLY = /^(?:\p{RGI_Emoji}\s*){1,6}$/v;

const count = (text: string, char: string): number => text.split(char).length - 1;

/** Punctuation at the end belongs to the sentence, and a bracket to the link only when it opened there. */
const trimLink = (text: string): string => {
  let link = text;
  for (;;) {
    const last = link.at(-1) ?? "";
    const opener = CLOSERS[last];
    const stray = opener === undefined ? /[.,;:!?'’”*_~]/.test(last) : count(link, last) > count(link, opener);
    if (!stray) return link;
    link = link.slice(0, -1);
  }
};

const hrefOf = (text: string): string | undefined => {
  const url = URL.parse(/^www\./i.test(text) ? `https://${text}` : text);
  const web = url !== null && (url.protocol === "http:" || url.protocol === "https:");
  return web && url.hostname.length > 0 ? url.href : undefined;
};

/** A name after "@", where a word begins; a full stop at its end is the sentence's. */
const MENTION = /(?<![\w@.])@([A-Za-z0-9_.:-]{1,64})/g;

/** Names in a text that stand as mentions do: "hello @ada." names "ada", and perhaps "ada.". */
export const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(MENTION)].flatMap(([, name = ""]) => {
    const bare = name.replace(/[.:-]+$/, "");
    return bare === name ? [name] : [name, bare];
  });

const mentionsOf = (text: string, mentioned: ReadonlySet<string>): Token[] => {
  const tokens: Token[] = [];
  let from = 0;
  for (const match of text.matchAll(MENTION)) {
    const name = namesIn(match[0]).find((one) => mentioned.has(one) || mentioned.has(`@${one}`));
    if (name === undefined) continue;
    if (match.index > from) tokens.push({ kind: "text", text: text.slice(from, match.index) });
    tokens.push({ kind: "mention", text: `@${name}`, id: mentioned.has(name) ? name : `@${name}` });
    from = match.index + name.length + 1;
  }
  if (from < text.length) tokens.push({ kind: "text", text: text.slice(from) });
  return tokens;
};

const linksOf = (text: string): Token[] => {
  const tokens: Token[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = trimLink(match[0]);
    const href = hrefOf(shown);
    if (href === undefined) continue;
    if (match.index > from) tokens.push({ kind: "text", text: text.slice(from, match.index) });
    tokens.push({ kind: "link", text: shown, href });
    from = match.index + shown.length;
  }
  if (from < text.length) tokens.push({ kind: "text", text: text.slice(from) });
  return tokens;
};

/** The first link of a text. */
export const firstLink = (text: string): string | undefined =>
  tokenize(text).flatMap((token) => (token.kind === "link" ? [token.href] : []))[0];

/**
 * Splits what somebody wrote into text, links, code, and names out of `mentioned` ("@all" among them).
 * Joined again, nothing but backticks is missing.
 */
export const tokenize = (text: string, mentioned: readonly string[] = []): readonly Token[] => {
  const tokens: Token[] = [];
  let from = 0;
  for (const match of text.matchAll(CODE)) {
    tokens.push(...linksOf(text.slice(from, match.index)));
    const block = match[1];
    tokens.push(block === undefined ? { kind: "code", text: match[2] ?? "" } : { kind: "block", text: block });
    from = match.index + match[0].length;
  }
  tokens.push(...linksOf(text.slice(from)));
  if (mentioned.length === 0) return tokens;
  const names = new Set(mentioned);
  return tokens.flatMap((token) => (token.kind === "text" ? mentionsOf(token.text, names) : [token]));
};

/** The same text with people called by their names where it mentions their ids. */
export const withNames = (
  text: string,
  mentioned: readonly string[] = [],
  nameOf: (userId: string) => string,
): string =>
  mentioned.length === 0
    ? text
    : mentionsOf(text, new Set(mentioned))
        .map((token) => (token.kind === "mention" && !token.id.startsWith("@") ? `@${nameOf(token.id)}` : token.text))
        .join("");

/** One to six emoji and nothing else: shown large. */
export const isEmojiOnly = (text: string): boolean => text.length <= 120 && EMOJI_ONLY.test(text.trim());
