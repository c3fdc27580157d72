import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { SearchQuery } from "../../shared/search-query.ts";
import type { Sql } from "../ports.ts";

/** Which of the log's chunks a place is in: 0 for the first 64. */
export const chunkOf = (seq: Seq): number => Math.floor((seq - 1) / LIMITS.searchChunk);
export const firstOf = (chunk: number): Seq => chunk * LIMITS.searchChunk + 1;
export const lastOf = (chunk: number): Seq => (chunk + 1) * LIMITS.searchChunk;

/** What stands in the index besides words: no word begins so. */
export const senderMark = (user: string): string => `_f:${user}`;
export const traitMark = (trait: string): string => `_h:${trait}`;

const quoted = (word: string, prefix = false): string => `"${word}"${prefix ? " *" : ""}`;

/** What a chunk has to have for a message in it to be found. Words have no quotes in them, and nobody's id has. */
export const expressionOf = ({ phrases, from, has }: SearchQuery): string => {
  const words = phrases.flatMap(({ words: all, prefix }) =>
    all.map((word, index) => quoted(word, prefix && index === all.length - 1)),
  );
  const senders = from.map((user) => quoted(senderMark(user)));
  const traits = has.map((trait) => quoted(traitMark(trait)));
  return [...words, ...traits, ...(senders.length > 0 ? [`(${senders.join(" OR ")})`] : [])].join(" AND ");
};

/**
 * Everything that is not ASCII is part of a word for this tokenizer, and so are the characters of users' ids: words are
 * made by search-words.ts, and come here as they are to be. Another way to split them is another table.
 */
const MADE = `
CREATE VIRTUAL TABLE search_1 USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '_-.:'"
);
CREATE TABLE search_dirty (chunk INTEGER PRIMARY KEY);
`;

/**
 * In which chunks of the log which words may be: a row for every 64 places, from the first on without a hole. Made when
 * there is something to put into it: most conversations stay shorter than that. What changed since stands in
 * `search_dirty`, and may have any words.
 */
export class ChunkIndex {
  readonly #sql: Sql;
  #isMade: boolean;
  #chunks: number;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#isMade = sql.all("SELECT 1 FROM sqlite_master WHERE name = 'search_1'").length > 0;
    const newest = this.#isMade
      ? sql.all<{ chunk: number }>("SELECT rowid AS chunk FROM search_1 ORDER BY rowid DESC LIMIT 1")[0]
      : undefined;
    this.#chunks = newest ? newest.chunk + 1 : 0;
  }

  /** How many chunks are in it. */
  get chunks(): number {
    return this.#chunks;
  }

  /** The last place that is in it. */
  get through(): Seq {
    return this.#chunks * LIMITS.searchChunk;
  }

  /** Puts a chunk into it, the next one or one that is there. */
  put(chunk: number, words: Iterable<string>): void {
    this.#make();
    const text = [...words].join(" ");
    if (chunk < this.#chunks) this.#sql.run("DELETE FROM search_1 WHERE rowid = ?", chunk);
    this.#sql.run("INSERT INTO search_1 (rowid, words) VALUES (?, ?)", chunk, text);
    this.#chunks = Math.max(this.#chunks, chunk + 1);
  }

  /** Chunks at or below `from` that may have what is looked for, the newest first. */
  candidates(expression: string, from: number, limit: number): number[] {
    if (!this.#isMade) return [];
    const found = this.#sql.all<{ chunk: number }>(
      "SELECT rowid AS chunk FROM search_1 WHERE search_1 MATCH ? AND rowid <= ? ORDER BY rowid DESC LIMIT ?",
      expression,
      from,
      limit,
    );
    const dirty = this.#sql.all<{ chunk: number }>(
      "SELECT chunk FROM search_dirty WHERE chunk <= ? ORDER BY chunk DESC LIMIT ?",
      from,
      limit,
    );
    const chunks = new Set([...found, ...dirty].map(({ chunk }) => chunk));
    return [...chunks].sort((a, b) => b - a).slice(0, limit);
  }

  /** Something in the chunk is another than it was put there. */
  spoil(chunk: number): void {
    this.#make();
    this.#sql.run("INSERT OR IGNORE INTO search_dirty (chunk) VALUES (?)", chunk);
  }

  spoilt(limit: number): number[] {
    if (!this.#isMade) return [];
    return this.#sql
      .all<{ chunk: number }>("SELECT chunk FROM search_dirty ORDER BY chunk LIMIT ?", limit)
      .map(({ chunk }) => chunk);
  }

  renewed(chunk: number): void {
    this.#sql.run("DELETE FROM search_dirty WHERE chunk = ?", chunk);
  }

  /** What lies before a place is gone. The newest chunk stays: it says how far the index goes. */
  forget(before: Seq): void {
    if (!this.#isMade) return;
    const first = Math.min(chunkOf(before), this.#chunks - 1);
    this.#sql.run("DELETE FROM search_1 WHERE rowid < ?", first);
    this.#sql.run("DELETE FROM search_dirty WHERE chunk < ?", first);
    if (first < this.#chunks) this.spoil(first);
    this.tidy();
  }

  /** What was taken out of it is still on disk, in what FTS5 has not merged yet: now it is not. */
  tidy(): void {
    this.#sql.run("INSERT INTO search_1 (search_1) VALUES ('optimize')");
  }

  #make(): void {
    if (this.#isMade) return;
    this.#sql.run(MADE);
    this.#isMade = true;
  }
}
