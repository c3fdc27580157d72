import { existsSync } from "node:fs";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";

/** How far an import has come: what is before it the server has, for good. */
interface Progress {
  readonly source: string;
  /** Of the file: another one is begun from its start. */
  readonly size: number;
  readonly modifiedMs: number;
  readonly end: number;
  readonly lines: number;
  readonly done: number;
  readonly duplicates: number;
  readonly refused: number;
  /** Conversations that were begun and not ended. */
  readonly open: readonly string[];
}

/** Beside the file, how far it has come. Losing it costs time and nothing else: a line that comes again changes nothing. */
export class Journal {
  readonly #path: string;
  readonly #file: string;
  readonly #source: string;
  readonly #open = new Set<string>();
  #at = { end: 0, lines: 0, done: 0, duplicates: 0, refused: 0 };
  #size = 0;
  #modifiedMs = 0;

  constructor(file: string, source: string) {
    this.#file = file;
    this.#source = source;
    this.#path = `${file}.${source}.journal`;
  }

  get size(): number {
    return this.#size;
  }

  get at(): Readonly<{ end: number; lines: number; done: number; duplicates: number; refused: number }> {
    return this.#at;
  }

  get open(): ReadonlySet<string> {
    return this.#open;
  }

  async begin(fromStart: boolean): Promise<void> {
    const { size, mtimeMs } = await stat(this.#file);
    this.#size = size;
    this.#modifiedMs = mtimeMs;
    if (fromStart || !existsSync(this.#path)) return;
    const { source, size: was, modifiedMs, open, ...at } = JSON.parse(await readFile(this.#path, "utf8")) as Progress;
    if (source !== this.#source || was !== size || modifiedMs !== mtimeMs) return;
    this.#at = at;
    for (const id of open) this.#open.add(id);
  }

  /** A conversation's own line, or its end, was taken. */
  saw(kind: string, id: string): void {
    if (kind === "conversation") this.#open.add(id);
    else if (kind === "end") this.#open.delete(id);
  }

  /** Written aside and put in its place: a crash leaves the old one or the new one. */
  async reached(
    more: Readonly<{ end: number; lines: number; done: number; duplicates: number; refused: number }>,
  ): Promise<void> {
    const { lines, done, duplicates, refused } = this.#at;
    this.#at = {
      end: more.end,
      lines: lines + more.lines,
      done: done + more.done,
      duplicates: duplicates + more.duplicates,
      refused: refused + more.refused,
    };
    const progress: Progress = {
      source: this.#source,
      size: this.#size,
      modifiedMs: this.#modifiedMs,
      ...this.#at,
      open: [...this.#open],
    };
    await writeFile(`${this.#path}.new`, JSON.stringify(progress));
    await rename(`${this.#path}.new`, this.#path);
  }

  async end(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
