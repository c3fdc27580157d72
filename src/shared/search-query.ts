import { CONVERSATION_ID, USER_ID } from "./ids.ts";
import type { ConversationId, UserId } from "./ids.ts";
import { SEARCH_LIMITS } from "./search-limits.ts";
import type { MessageType } from "./protocol/fields.ts";
import { refuse } from "./result.ts";
import type { Err, Result } from "./result.ts";
import { hasPhrase, phraseOf, wordsOf } from "./search-words.ts";
import type { Phrase } from "./search-words.ts";

/** What a message may have: it links somewhere, or is of a kind. */
export const TRAITS = ["link", "media", "image", "video", "voice", "document"] as const;
export type Trait = (typeof TRAITS)[number];

/** What is looked for: messages with all of it. Plain data, so that it crosses RPC. */
export interface SearchQuery {
  readonly phrases: readonly Phrase[];
  /** By one of these; empty: by anybody. */
  readonly from: readonly UserId[];
  readonly has: readonly Trait[];
  /** In one of these; empty: in any. */
  readonly within: readonly ConversationId[];
  /** Earlier than this, and at or later than that: ms since 1970. */
  readonly before?: number;
  readonly after?: number;
}

/** What a search says of a message. */
export interface Searchable {
  readonly sender_id: UserId;
  readonly at: number;
  readonly type: MessageType;
  readonly content: string;
}

const bad = (why: string): Err => refuse("bad_request", `unable to search; ${why}`);

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?)?)?$/;

/** A moment, or when a day, a month, a year begins (UTC). */
const momentOf = (text: string): number | undefined => {
  const match = DATE.exec(text);
  const at = match ? Date.parse(text) : Number.NaN;
  if (!match || Number.isNaN(at) || at < 0) return undefined;
  // The 31st of February is a day that there is not, and would be one of March.
  const day = match[3];
  return day === undefined || new Date(at).getUTCDate() === Number(day) ? at : undefined;
};

const isTrait = (text: string): text is Trait => TRAITS.some((trait) => trait === text);

interface Draft {
  phrases: Phrase[];
  from: UserId[];
  has: Trait[];
  within: ConversationId[];
  before: number | undefined;
  after: number | undefined;
}

/** Takes an operator in; what it is not is a refusal. */
const OPERATORS: Readonly<Record<string, (draft: Draft, value: string, me: UserId) => Err | undefined>> = {
  from(draft, value, me) {
    if (!USER_ID.test(value)) return bad("from: takes a user's id");
    draft.from.push(value === "me" ? me : value);
    return undefined;
  },
  in(draft, value) {
    if (!CONVERSATION_ID.test(value)) return bad("in: takes a conversation's id");
    draft.within.push(value);
    return undefined;
  },
  has(draft, value) {
    const trait = value.toLowerCase();
    if (!isTrait(trait)) return bad(`has: takes one of ${TRAITS.join(", ")}`);
    if (!draft.has.includes(trait)) draft.has.push(trait);
    return undefined;
  },
  before(draft, value) {
    const at = momentOf(value);
    if (at === undefined) return bad("before: takes a date such as 2026-11-28");
    draft.before = Math.min(draft.before ?? Infinity, at);
    return undefined;
  },
  after(draft, value) {
    const at = momentOf(value);
    if (at === undefined) return bad("after: takes a date such as 2026-11-28");
    draft.after = Math.max(draft.after ?? 0, at);
    return undefined;
  },
};

/** `"…"` with or without its end, or whatever stands between spaces. */
const TOKENS = /"([^"]*)("?)|[^\s"]+/gu;

const takeToken = (draft: Draft, [token, quoted]: RegExpMatchArray, me: UserId): Err | undefined => {
  if (quoted !== undefined) {
    const phrase = phraseOf(quoted, quoted.endsWith("*"));
    if (phrase) draft.phrases.push(phrase);
    return undefined;
  }
  const [, name = "", value = ""] = /^([a-z]+):(.*)$/iu.exec(token) ?? [];
  const operator = Object.hasOwn(OPERATORS, name.toLowerCase()) ? OPERATORS[name.toLowerCase()] : undefined;
  if (operator) return operator(draft, value, me);
  const phrase = phraseOf(token, token.endsWith("*"));
  if (phrase) draft.phrases.push(phrase);
  return undefined;
};

/** What else than text a search may be given: the same as the operators of that name. */
export interface SearchFilters {
  readonly conversation_id?: ConversationId | undefined;
  readonly from?: UserId | undefined;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** What somebody asks for (docs/protocol.md §9). `me`: whom `from:me` names. */
export const parseQuery = (text: string, me: UserId, filters: SearchFilters = {}): Result<SearchQuery> => {
  const draft: Draft = { phrases: [], from: [], has: [], within: [], before: undefined, after: undefined };
  for (const token of text.matchAll(TOKENS)) {
    const refusal = takeToken(draft, token, me);
    if (refusal) return refusal;
  }
  const { conversation_id, from, before, after } = filters;
  const named = Object.entries({ in: conversation_id, from, before, after });
  for (const [name, value] of named) {
    const refusal = value === undefined ? undefined : OPERATORS[name]?.(draft, value, me);
    if (refusal) return refusal;
  }
  const { phrases, has, within } = draft;
  if (phrases.length + draft.from.length + has.length === 0)
    return bad("it takes a word, somebody's messages (from:), or what they have (has:)");
  const words = phrases.reduce((sum, phrase) => sum + phrase.words.length, 0);
  if (
    words > SEARCH_LIMITS.searchWords ||
    draft.from.length > SEARCH_LIMITS.searchNames ||
    within.length > SEARCH_LIMITS.searchNames
  )
    return bad(`at most ${SEARCH_LIMITS.searchWords} words, and ${SEARCH_LIMITS.searchNames} people or conversations`);
  return {
    ok: true,
    value: {
      phrases,
      from: [...new Set(draft.from)],
      has,
      within: [...new Set(within)],
      ...(draft.before === undefined ? {} : { before: draft.before }),
      ...(draft.after === undefined ? {} : { after: draft.after }),
    },
  };
};

const MEDIA: readonly string[] = ["image", "video", "voice", "document"] satisfies readonly MessageType[];
const LINK = /https?:\/\/[^\s/]/i;

export const traitsOf = ({ type, content }: Pick<Searchable, "type" | "content">): readonly Trait[] =>
  TRAITS.filter((trait) =>
    trait === "link" ? LINK.test(content) : trait === "media" ? MEDIA.includes(type) : trait === type,
  );

/** Whether a message is what is looked for, wherever it stands. */
export const matches = (query: SearchQuery, message: Searchable): boolean => {
  const { phrases, from, has, before = Infinity, after = 0 } = query;
  if (message.at >= before || message.at < after) return false;
  if (from.length > 0 && !from.includes(message.sender_id)) return false;
  if (has.length > 0) {
    const traits = traitsOf(message);
    if (!has.every((trait) => traits.includes(trait))) return false;
  }
  if (phrases.length === 0) return true;
  const words = wordsOf(message.content);
  return phrases.every((phrase) => hasPhrase(words, phrase));
};
