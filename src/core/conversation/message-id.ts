import type { ConversationId, MessageId, Seq } from "../../shared/ids.ts";

/** Crockford's base 32: digits before letters, so that text order is number order. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_CHARS = 9;
const SEQ_CHARS = 7;
const MARK_CHARS = 10;
const FORM = new RegExp(`^[${ALPHABET}]{${TIME_CHARS + SEQ_CHARS + MARK_CHARS}}$`);

const encode = (value: number, chars: number): string => {
  let text = "";
  for (let rest = value, i = 0; i < chars; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

const decode = (text: string): number => {
  let value = 0;
  for (const char of text) value = value * 32 + ALPHABET.indexOf(char);
  return value;
};

/** 50 bits that tell conversations apart: two rounds of FNV-1a, 25 bits of each. */
export const conversationMark = (id: ConversationId): string => {
  const round = (basis: number): number => {
    let hash = basis;
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) >>> 7;
  };
  return encode(round(0x811c9dc5), MARK_CHARS / 2) + encode(round(0x1b873593), MARK_CHARS / 2);
};

/**
 * A message's id: its time, its place, and a mark of its conversation. So it sorts by time, is unique
 * across conversations, is not stored, and finds its row without an index.
 */
export const messageIdOf = (atMs: number, seq: Seq, mark: string): MessageId =>
  encode(atMs, TIME_CHARS) + encode(seq, SEQ_CHARS) + mark;

/** The place that an id of this conversation names; `undefined` for any other text. */
export const seqOfMessageId = (id: MessageId, mark: string): { readonly seq: Seq; readonly atMs: number } | undefined =>
  FORM.test(id) && id.endsWith(mark)
    ? { atMs: decode(id.slice(0, TIME_CHARS)), seq: decode(id.slice(TIME_CHARS, TIME_CHARS + SEQ_CHARS)) }
    : undefined;

/** Ids of entries at or after this time are at or behind it in the order of ids, earlier ones before it. */
export const idBefore = (atMs: number): string => encode(Math.min(Math.max(atMs, 0), 32 ** TIME_CHARS - 1), TIME_CHARS);

/** The time that an id, or what stands before ids, carries. */
export const timeOfId = (id: string): number => decode(id.slice(0, TIME_CHARS));

/** An id, or the beginning of one. */
export const ID_PLACE = new RegExp(
  `^(?:[${ALPHABET}]{${TIME_CHARS}}|[${ALPHABET}]{${TIME_CHARS + SEQ_CHARS + MARK_CHARS}})$`,
);
