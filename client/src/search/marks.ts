import { marksIn } from "../../../src/shared/search-marks.ts";
import type { Stretch } from "../../../src/shared/search-marks.ts";
import { parseQuery } from "../../../src/shared/search-query.ts";

/** Where in a text the words are that a query looks for, in UTF-16 units: to mark them in what was found. */
export const marksOf = (text: string, query: string): readonly Stretch[] => {
  const parsed = parseQuery(query, "");
  return parsed.ok ? marksIn(text, parsed.value.phrases) : [];
};
