import type { Seq, UserId } from "../../shared/ids.ts";
import type { MessageType } from "../../shared/protocol/fields.ts";
import type { LogRow } from "../conversation/log-table.ts";
import { editedOf } from "../conversation/message-table.ts";

/** Who looks at it: the last entry that he is given, and what others are not shown of. */
export interface Looker {
  readonly user: UserId;
  readonly end: Seq;
}

interface Body {
  readonly type: MessageType;
  readonly content: string;
}

const bodyOf = (row: LogRow): Body => JSON.parse(row.body) as Body;

/** What an edit made of it; the edits of a message are entries. */
const contentOf = (edit: LogRow | undefined): string => (edit ? (JSON.parse(edit.body) as Body).content : "");

/** The entry whose edit somebody sees of a message: `undefined` when he sees none. */
const seenEdit = (row: LogRow, { user, end }: Looker): Seq | undefined => {
  const edited = editedOf(row);
  const hidden = user === row.sender_id ? [] : (edited?.hidden ?? []);
  return edited?.entries.findLast((entry) => entry <= end && !hidden.includes(entry));
};

/** The edits that are to be read besides, to know what the looker sees: those that are not the last one. */
export const editsFor = (rows: readonly LogRow[], looker: Looker): Seq[] =>
  rows.flatMap((row) => {
    const edit = seenEdit(row, looker);
    return edit === undefined || edit === editedOf(row)?.entries.at(-1) ? [] : [edit];
  });

/** What a message says to somebody. */
export const textOf = (row: LogRow, looker: Looker, edits: ReadonlyMap<Seq, LogRow>): Body => {
  const { type, content } = bodyOf(row);
  const edit = seenEdit(row, looker);
  if (edit === undefined) return { type, content };
  const edited = editedOf(row);
  const isLast = edit === edited?.entries.at(-1);
  return { type, content: isLast ? (edited?.content ?? "") : contentOf(edits.get(edit)) };
};

/** All edits of messages but the last ones: those who left before them, or are not shown them, see what was before. */
export const earlierEdits = (rows: readonly LogRow[]): Seq[] =>
  rows.flatMap((row) => editedOf(row)?.entries.slice(0, -1) ?? []);

/** Everything that a message says or said to anybody who may still find it. */
export const textsOf = (row: LogRow, edits: ReadonlyMap<Seq, LogRow>): Body[] => {
  const { type, content } = bodyOf(row);
  const edited = editedOf(row);
  const said = edited ? [...edited.entries.slice(0, -1).map((seq) => contentOf(edits.get(seq))), edited.content] : [];
  return [content, ...said].map((text) => ({ type, content: text }));
};

/** What can be found at all: nobody but its readers knows what an encrypted message says. */
export const isSearchable = (row: LogRow): boolean =>
  row.kind === "message" && row.deleted_seq === null && bodyOf(row).type !== "encrypted";
