import { LIMITS } from "../../shared/limits.ts";
import { utf8Bytes } from "../../shared/protocol/fields.ts";
import type { PushNote } from "../../shared/protocol/http-push.ts";

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
/** What is looked at behind the cut, to see whether a character goes on there. */
const BEYOND = 8;

export const noteBytes = (note: PushNote): number => utf8Bytes(JSON.stringify(note));

/** Where the text may end: behind each character as people see them, as far as it may be shown. */
const endsOf = (text: string): number[] => {
  const ends: number[] = [];
  for (const { index, segment } of graphemes.segment(text.slice(0, LIMITS.pushPreviewChars + BEYOND)))
    if (index + segment.length <= LIMITS.pushPreviewChars) ends.push(index + segment.length);
  return ends;
};

/** The beginning of a text, no character of it cut apart, for which there is room beside the rest. */
const withPreview = (note: PushNote, text: string): PushNote => {
  const ends = endsOf(text);
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    const shown = { ...note, preview: text.slice(0, end) };
    if (noteBytes(shown) <= LIMITS.pushNoteBytes) return shown;
  }
  return note;
};

/**
 * What a device is pushed: never more than fits. What is written goes first, then names: an id says as much to the app,
 * which knows them.
 */
export const fitted = (note: PushNote, text?: string): PushNote => {
  const { conversation_name: _conversation, ...withoutName } = note;
  const { sender_name: _sender, ...nameless } = withoutName;
  const bare = [note, withoutName, nameless].find((one) => noteBytes(one) <= LIMITS.pushNoteBytes) ?? nameless;
  return text === undefined || text === "" ? bare : withPreview(bare, text);
};
