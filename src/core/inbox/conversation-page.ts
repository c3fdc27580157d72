import { LIMITS } from "../../shared/limits.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import type { ListPage } from "../conversation/pages.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { conversationJson } from "./inbox-row.ts";
import type { Inbox } from "./inbox.ts";

/** A page of the list as JSON, newest activity first; the id decides between equals, so that pages never overlap. */
export const conversationPage = (inbox: Inbox, page: ListPage): Result<string> => {
  const limit = page.limit ?? LIMITS.pageDefault;
  const from = page.cursor === undefined ? undefined : decodeCursor(page.cursor, ["c"]);
  if (page.cursor !== undefined && !from)
    return refuse("bad_request", "unable to page; the cursor is not one of this list");
  const keys = inbox
    .keys()
    .filter((key) => !from || key.activity < from.seq || (key.activity === from.seq && key.conversation_id > from.key))
    .sort((a, b) => b.activity - a.activity || (a.conversation_id < b.conversation_id ? -1 : 1));
  const shown = keys.slice(0, limit);
  const last = shown.at(-1);
  const next =
    keys.length > limit && last ? `,"next_cursor":"${encodeCursor("c", last.activity, last.conversation_id)}"` : "";
  const rows = shown.flatMap((key) => {
    const row = inbox.row(key.conversation_id);
    return row ? [conversationJson(row)] : [];
  });
  return { ok: true, value: `{"conversations":[${rows.join(",")}]${next}}` };
};
