import { LIMITS } from "../../shared/limits.ts";

const MARKS: readonly [charset: string, mark: readonly number[]][] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16be", [0xfe, 0xff]],
  ["utf-16le", [0xff, 0xfe]],
];

const named = (text: string): string | undefined => /charset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(text)?.[1];

const declaredIn = (bytes: Uint8Array): string | undefined => {
  // Whatever the encoding is, it must be readable as ASCII up to there.
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, LIMITS.previewPrescanBytes));
  const inMeta = /<meta\s[^>]*>/gi;
  for (const [tag] of start.matchAll(inMeta)) {
    const charset = named(tag);
    // A page that could be read so far is not UTF-16, whatever it says.
    if (charset !== undefined) return /^utf-?16/i.test(charset) ? "utf-8" : charset;
  }
  return undefined;
};

const decoderOf = (charset: string): TextDecoder => {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
};

/** A page's text: by its mark, else as its `content-type` says, else as it says itself, else UTF-8. */
export const decodePage = (bytes: Uint8Array, contentType: string): string => {
  const marked = MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte))?.[0];
  const charset = marked ?? named(contentType) ?? declaredIn(bytes) ?? "utf-8";
  // The end may be cut within a character, which `stream` keeps from becoming a replacement character.
  return decoderOf(charset).decode(bytes, { stream: true });
};
