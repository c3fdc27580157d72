import { parseArgs } from "node:util";
import { AdminClient, ParleyError } from "../../client/src/admin/index.ts";
import type { Environment } from "../settings.ts";
import { Arguments, CommandError, EXIT, UsageError } from "./command.ts";
import type { Command, ExitCode, Options, Tools } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { Output } from "./output.ts";
import type { Streams } from "./output.ts";
import { tokensOf } from "./token.ts";

/** Everything that the command line needs of the world. */
export interface World extends Streams, Pick<Tools, "ask" | "pause"> {
  readonly env: Environment;
}

const DEFAULT_URL = "http://127.0.0.1:8787";
const EVERYWHERE: Options = {
  url: { type: "string" },
  as: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

const USAGE = "npm run admin -- COMMAND …";
const GENERAL = `
  --url URL    where the server is (PARLEY_URL, otherwise ${DEFAULT_URL})
  --as NAME    whom the audit log names, where the token is signed here (otherwise operator)
  --json       one JSON value a line, instead of tables
  --help       of a command: what it takes

The token is PARLEY_ADMIN_TOKEN (a JWT with the scope admin); without one it is signed here by AUTH_SECRET, or by the secret
of a development server in DATA_DIR. Ends with 0: done; 1: refused or failed; 2: asked for wrongly; 3: looked at and found
not to be as it should.
`;

const synopsis = ({ name, takes }: Command): string => `${name} ${takes}`.trimEnd();

const overview = (): string => {
  const lines = COMMANDS.map((command) => [synopsis(command), command.does] as const);
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return `${USAGE}\n\n${lines
    .map(([, does], at) => `  ${(COMMANDS[at]?.name ?? "").padEnd(width)}  ${does}`)
    .join("\n")}\n${GENERAL}`;
};

const helpOf = (command: Command): string => `npm run admin -- ${synopsis(command)}\n\n  ${command.does}\n${GENERAL}`;

/** Which command the first words name, and the rest. */
const commandOf = (argv: readonly string[]): { command: Command; rest: readonly string[] } => {
  for (const length of [2, 1]) {
    const command = COMMANDS.find(({ name }) => name === argv.slice(0, length).join(" "));
    if (command !== undefined) return { command, rest: argv.slice(command.name.split(" ").length) };
  }
  const [word = ""] = argv;
  const alike = COMMANDS.filter(({ name }) => name.startsWith(`${word} `)).map(({ name }) => name);
  throw new UsageError(alike.length > 0 ? `say which: ${alike.join(", ")}` : `there is no command "${word}"`);
};

const parse = (command: Command, rest: readonly string[]): { values: Record<string, never>; words: string[] } => {
  try {
    const options = { ...EVERYWHERE, ...command.options };
    const { values, positionals } = parseArgs({ args: [...rest], options, allowPositionals: true });
    return { values: values as Record<string, never>, words: positionals };
  } catch (error) {
    // Node's own words for what was typed; the first sentence is the point.
    throw new UsageError((error as Error).message.split(". ")[0] ?? "", { cause: error });
  }
};

const urlOf = (args: Arguments, env: Environment): string => {
  const text = args.text("url") ?? (env["PARLEY_URL"]?.trim() || DEFAULT_URL);
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--url: "${text}" is not a URL such as ${DEFAULT_URL}`);
  }
  return url.origin;
};

const run = async (argv: readonly string[], world: World): Promise<ExitCode> => {
  if (argv.length === 0 || /^(-h|--help|help)$/.test(argv[0] ?? "")) {
    world.out(overview());
    return argv.length === 0 ? EXIT.usage : EXIT.done;
  }
  const { command, rest } = commandOf(argv);
  const { values, words } = parse(command, rest);
  const args = new Arguments(values, words);
  if (args.flag("help")) {
    world.out(helpOf(command));
    return EXIT.done;
  }
  const url = urlOf(args, world.env);
  const getToken = tokensOf(world.env, args.text("as") ?? "operator");
  const out = new Output(world, args.flag("json"));
  const { ask, pause } = world;
  try {
    return await command.run(args, { admin: new AdminClient({ url, getToken }), out, ask, pause });
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${error.message} (${synopsis(command)})`, { cause: error });
    if (!(error instanceof ParleyError)) throw error;
    throw new CommandError(`${error.message} (${error.code}, ${url})`, { cause: error });
  }
};

/** What the system says of a file, such as that there is no room for it. */
const isOfSystem = (error: unknown): error is Error => error instanceof Error && "syscall" in error;

/** Runs what was typed behind `npm run admin --`. Failures are one line on `err`. */
export const runAdmin = async (argv: readonly string[], world: World): Promise<ExitCode> => {
  try {
    return await run(argv, world);
  } catch (error) {
    const isExpected = error instanceof UsageError || error instanceof CommandError || isOfSystem(error);
    const text = isExpected ? error.message : String(error instanceof Error ? (error.stack ?? error) : error);
    world.err(`${isExpected ? text.replaceAll(/\s+/g, " ") : text}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
};
