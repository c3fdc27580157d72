import { ParleyError } from "../../client/src/admin/index.ts";
import type { ImportResult } from "../../client/src/admin/index.ts";
import { isRetryable } from "../../src/shared/errors.ts";
import type { ErrorCode } from "../../src/shared/errors.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { CommandError, EXIT, UsageError } from "./command.ts";
import type { Command, Tools } from "./command.ts";
import { Journal } from "./import-journal.ts";
import { linesOf } from "./import-lines.ts";
import type { FileLine } from "./import-lines.ts";

/** What a call carries besides its lines. */
const FRAME_BYTES = 256;
/** A server that is out of reach for as many calls in a row is given up; the same command goes on later. */
const ATTEMPTS = 60;
const PAUSE_MS = 1000;
/** Refused lines that are shown to people. With `--json` all are. */
const SHOWN = 50;

type Refused = { readonly line: number; readonly code: string; readonly message: string };

/** Lines that travel together, in the order of the file. */
class Batch {
  readonly lines: { readonly number: number; readonly value: Readonly<Record<string, unknown>> }[] = [];
  readonly refused: Refused[] = [];
  end = 0;
  #bytes = FRAME_BYTES;

  /** Whether there is room for it. */
  add(line: FileLine): boolean {
    const value = parsed(line.text);
    const bytes = Buffer.byteLength(JSON.stringify(value ?? null)) + 1;
    if (value === undefined) this.#refuse(line, "bad_request", "it is not a JSON object");
    else if (FRAME_BYTES + bytes > LIMITS.frameBytes) this.#refuse(line, "too_large", "it is too long");
    else if (this.#bytes + bytes > LIMITS.frameBytes || this.lines.length === LIMITS.importLines) return false;
    else {
      this.lines.push({ number: line.number, value });
      this.#bytes += bytes;
    }
    this.end = line.end;
    return true;
  }

  #refuse({ number }: FileLine, code: string, why: string): void {
    this.refused.push({ line: number, code, message: `unable to read the line; ${why}` });
  }
}

const parsed = (text: string): Record<string, unknown> | undefined => {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

const mustComeAgain = ({ status, code }: ImportResult): boolean =>
  status === "refused" && code !== undefined && isRetryable(code as ErrorCode);

/** Sends a file, batch by batch: one is known to be there before the next one leaves. */
class Sending {
  readonly #tools: Tools;
  readonly #source: string;
  readonly #journal: Journal;
  readonly #startedAt = performance.now();
  readonly refused: Refused[] = [];
  /** The server answered once: when it does not any more, it is waited for. */
  #isReached = false;

  constructor(tools: Tools, source: string, journal: Journal) {
    this.#tools = tools;
    this.#source = source;
    this.#journal = journal;
  }

  async all(file: string): Promise<void> {
    const { end, lines } = this.#journal.at;
    let batch = new Batch();
    let last = lines;
    for await (const line of linesOf(file, end, lines + 1)) {
      if (!batch.add(line)) {
        await this.#send(batch, last);
        batch = new Batch();
        batch.add(line);
      }
      last = line.number;
    }
    if (batch.end > 0) await this.#send(batch, last);
  }

  /** `last`: the number of the line that it ends with. */
  async #send(batch: Batch, last: number): Promise<void> {
    const results = batch.lines.length === 0 ? [] : await this.#results(batch);
    const refused = [...batch.refused];
    let [done, duplicates] = [0, 0];
    for (const { line, status, code = "internal", message = "" } of results) {
      const sent = batch.lines[line];
      if (status === "refused") {
        refused.push({ line: sent?.number ?? 0, code, message });
        continue;
      }
      if (status === "done") done++;
      else duplicates++;
      const { kind, id, conversation } = sent?.value ?? {};
      this.#journal.saw(String(kind), String(kind === "conversation" ? id : conversation));
    }
    this.refused.push(...refused.toSorted((a, b) => a.line - b.line));
    const lines = last - this.#journal.at.lines;
    await this.#journal.reached({ end: batch.end, lines, done, duplicates, refused: refused.length });
    this.#tell();
  }

  /** Until the server has looked at every line. What it did before a crash it says is a duplicate. */
  async #results({ lines }: Batch): Promise<readonly ImportResult[]> {
    const { admin, pause } = this.#tools;
    const body = { source: this.#source, lines: lines.map(({ value }) => value) };
    for (let attempt = 1; ; attempt++) {
      const results = await this.#once(() => admin.call("adminImport", { body }), attempt);
      if (results && !results.some(mustComeAgain)) return results;
      if (attempt === ATTEMPTS) throw new CommandError("the server is busy; the same command goes on with it");
      await pause(PAUSE_MS);
    }
  }

  /** `undefined`: it was not reached, and is worth asking again. */
  async #once(
    call: () => Promise<{ readonly results: readonly ImportResult[] }>,
    attempt: number,
  ): Promise<readonly ImportResult[] | undefined> {
    try {
      const { results } = await call();
      this.#isReached = true;
      return results;
    } catch (error) {
      const isHopeless = !this.#isReached || attempt === ATTEMPTS;
      if (!(error instanceof ParleyError) || !isRetryable(error.code) || isHopeless) throw error;
      return undefined;
    }
  }

  #tell(): void {
    const { end, lines, refused } = this.#journal.at;
    const share = this.#journal.size === 0 ? 1 : end / this.#journal.size;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const left = refused === 0 ? "" : `, ${String(refused)} refused`;
    this.#tools.out.progress(
      `importing: ${String(lines)} lines, ${String(Math.floor(share * 100))} % after ${seconds.toFixed(0)} s${left}`,
    );
  }
}

const importFile: Command = {
  name: "import",
  takes: "FILE [--source NAME] [--from-start]",
  does: "conversations of another system, as lines of docs/import.md; interrupted, the same command goes on with it",
  options: { source: { type: "string" }, "from-start": { type: "boolean" } },
  async run(args, tools) {
    const [file] = args.words("FILE");
    const source = args.text("source") ?? "import";
    if (!/^[A-Za-z0-9_.-]{1,32}$/.test(source))
      throw new UsageError(`--source: "${source}" is not 1 to 32 of A-Z a-z 0-9 _ . -`);
    const journal = new Journal(file, source);
    const sending = new Sending(tools, source, journal);
    try {
      await journal.begin(args.flag("from-start"));
      await sending.all(file);
    } catch (error) {
      if (!(error instanceof Error) || !("syscall" in error)) throw error;
      throw new CommandError(`unable to read ${file}; ${error.message}`, { cause: error });
    }
    const { out } = tools;
    const { lines, done, duplicates, refused } = journal.at;
    const shown = out.isJson ? sending.refused : sending.refused.slice(0, SHOWN);
    if (shown.length > 0) out.table(shown, ["line", "code", "message"], "");
    if (refused > shown.length) out.note(`${String(refused - shown.length)} more lines were refused.`);
    if (journal.open.size > 0)
      out.note(`${String(journal.open.size)} conversations have no end: nobody sees them until it comes.`);
    await journal.end();
    const result = { ok: refused === 0, lines, done, duplicates, refused, open: journal.open.size };
    out.record(
      result,
      `${String(lines)} lines: ${String(done)} done, ${String(duplicates)} were there, ${String(refused)} refused`,
    );
    return refused === 0 ? EXIT.done : EXIT.unsound;
  },
};

export const importCommands = [importFile];
