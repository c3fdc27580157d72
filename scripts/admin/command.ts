import type { ParseArgsConfig } from "node:util";
import type { AdminClient } from "../../client/src/admin/index.ts";
import type { Output } from "./output.ts";

/** What the command line ends with. */
export const EXIT = {
  done: 0,
  /** The server refused it, or it could not be done. */
  failed: 1,
  /** Asked for in a way that it cannot be done. */
  usage: 2,
  /** It was looked at, and is not as it should be: a log that was changed, a file that differs, lines that were refused. */
  unsound: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type Options = NonNullable<ParseArgsConfig["options"]>;

/** What a command is run with besides what was typed. */
export interface Tools {
  readonly admin: AdminClient;
  readonly out: Output;
  /** A line that somebody types; empty when nobody is there. */
  readonly ask: (question: string) => Promise<string>;
  /** Lets a moment pass. */
  readonly pause: (ms: number) => Promise<void>;
}

/** One command of `npm run admin -- …`. */
export interface Command {
  /** One or two words. */
  readonly name: string;
  /** What follows them, such as `CONVERSATION --days N`. */
  readonly takes: string;
  /** One line. */
  readonly does: string;
  readonly options?: Options;
  run(args: Arguments, tools: Tools): Promise<ExitCode>;
}

/** Asked for in a way that it cannot be done. The message is one line, meant for whoever typed it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** It could not be done, for a reason that is not the server's. One line. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** What was typed behind the name of a command. */
export class Arguments {
  readonly #values: Values;
  readonly #words: readonly string[];

  constructor(values: Values, words: readonly string[]) {
    this.#values = values;
    this.#words = words;
  }

  /** The words that are not options have to be exactly these. */
  words<const N extends readonly string[]>(...names: N): { readonly [I in keyof N]: string } {
    const missing = names[this.#words.length];
    if (missing !== undefined) throw new UsageError(`${missing} is missing`);
    const more = this.#words[names.length];
    if (more !== undefined) throw new UsageError(`"${more}" is one word too many`);
    return this.#words as unknown as { readonly [I in keyof N]: string };
  }

  /** One word, or none. */
  word(): string | undefined {
    return this.#words.length === 0 ? undefined : this.words("")[0];
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    if (typeof value !== "string") return undefined;
    if (value === "") throw new UsageError(`--${name} is empty`);
    return value;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new UsageError(`--${name} is missing`);
    return value;
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,15}$/.test(value)) throw new UsageError(`--${name}: "${value}" is not a whole number`);
    return Number(value);
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const known = allowed.find((one) => one === value);
    if (known === undefined) throw new UsageError(`--${name}: "${value}" is not one of ${allowed.join(", ")}`);
    return known;
  }

  /** As the contract writes times. */
  time(name: string): string {
    const value = this.required(name);
    const ms = Date.parse(value);
    if (Number.isNaN(ms)) throw new UsageError(`--${name}: "${value}" is not a time such as 2026-01-31T12:00:00Z`);
    return new Date(ms).toISOString();
  }
}
