import { runAdmin } from "../../scripts/admin/cli.ts";

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What `--json` printed. */
  readonly json: readonly unknown[];
}

export interface OperatorOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What is typed when something is asked; nobody is there by default. */
  readonly types?: string;
  readonly isTerminal?: boolean;
}

/** Types a command behind `npm run admin --`. */
export const operate = async (argv: readonly string[], options: OperatorOptions = {}): Promise<Said> => {
  let [out, err] = ["", ""];
  const code = await runAdmin(argv, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    isTerminal: options.isTerminal ?? false,
    env: options.env ?? {},
    ask: (question) => {
      err += question;
      return Promise.resolve(options.types ?? "");
    },
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20))),
  });
  const lines = out.split("\n").filter((line) => line !== "");
  const json = argv.includes("--json") ? lines.map((line) => JSON.parse(line) as unknown) : [];
  return { code, out, err, json };
};
