/** Where a command writes to. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
  /** Whether `err` is a terminal: then a line of progress may be written over. */
  readonly isTerminal: boolean;
}

/** What is written by others must not steer the terminal: control characters, and those that turn the direction of text. */
const STEERING = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const plain = (text: string): string => text.replace(STEERING, "\ufffd");

const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return plain(value);
  return plain(JSON.stringify(value));
};

const pad = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - text.length));

/** What a command says: to people as tables, and with `--json` to programs, one JSON value a line. */
export class Output {
  readonly #streams: Streams;
  readonly isJson: boolean;
  #hasProgress = false;

  constructor(streams: Streams, isJson: boolean) {
    this.#streams = streams;
    this.isJson = isJson;
  }

  /** A result. `said`: to people, when the fields are not what they want to read. */
  record(value: Readonly<Record<string, unknown>>, said?: string): void {
    this.#endProgress();
    if (this.isJson) this.#streams.out(`${JSON.stringify(value)}\n`);
    else if (said !== undefined) this.#streams.out(`${said}\n`);
    else this.#fields(value, "");
  }

  /** Rows with the columns named. */
  table(rows: readonly Readonly<Record<string, unknown>>[], columns: readonly string[], none: string): void {
    this.#endProgress();
    if (this.isJson) {
      for (const row of rows) this.#streams.out(`${JSON.stringify(row)}\n`);
      return;
    }
    if (rows.length === 0) {
      this.#streams.out(`${none}\n`);
      return;
    }
    const cells = rows.map((row) => columns.map((column) => textOf(row[column])));
    const widths = columns.map((column, at) => Math.max(column.length, ...cells.map((row) => (row[at] ?? "").length)));
    for (const row of [columns, ...cells]) {
      this.#streams.out(
        `${row
          .map((cell, at) => pad(cell, widths[at] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
      );
    }
  }

  /** A line as it is, to people and programs alike. */
  line(text: string): void {
    this.#endProgress();
    this.#streams.out(`${text}\n`);
  }

  /** For people only, and not part of the result. */
  note(text: string): void {
    this.#endProgress();
    this.#streams.err(`${text}\n`);
  }

  /** How far it is: written over by the next one, and not written at all where nobody looks. */
  progress(text: string): void {
    if (!this.#streams.isTerminal) return;
    this.#streams.err(`\r\u001b[K${plain(text)}`);
    this.#hasProgress = true;
  }

  #endProgress(): void {
    if (this.#hasProgress) this.#streams.err("\r\u001b[K");
    this.#hasProgress = false;
  }

  #fields(value: Readonly<Record<string, unknown>>, indent: string): void {
    const shown = Object.entries(value).filter(([, inner]) => inner !== undefined);
    const width = Math.max(...shown.map(([name]) => name.length));
    for (const [name, inner] of shown) {
      if (Array.isArray(inner)) this.#list(name, inner, indent);
      else if (typeof inner === "object" && inner !== null) {
        this.#streams.out(`${indent}${name}\n`);
        this.#fields(inner as Record<string, unknown>, `${indent}  `);
      } else this.#streams.out(`${indent}${pad(name, width)}  ${textOf(inner)}`.trimEnd() + "\n");
    }
  }

  #list(name: string, items: readonly unknown[], indent: string): void {
    this.#streams.out(`${indent}${name}${items.length === 0 ? "  none" : ""}\n`);
    for (const item of items) this.#streams.out(`${indent}  ${textOf(item)}\n`);
  }
}
