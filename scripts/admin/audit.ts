import { readFile } from "node:fs/promises";
import { canonicalJson, ChainCheck, sha256Hex } from "../../client/src/admin/index.ts";
import type { AuditHead, AuditVerdict, ChainedEntry } from "../../client/src/admin/index.ts";
import { CommandError, EXIT, UsageError } from "./command.ts";
import type { Command, ExitCode } from "./command.ts";
import type { Output } from "./output.ts";

const PAGE = 200;

/** As `audit head` prints it. */
const headOf = (text: string): AuditHead => {
  const [, index, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (index === undefined || hash === undefined) {
    throw new UsageError(`"${text}" is not a head such as 42:9f86…, as audit head prints it`);
  }
  return { index: Number(index), hash };
};

const listEntries: Command = {
  name: "audit list",
  takes: "[--after INDEX] [--limit N]",
  does: "what operators did, oldest first; with --json in the form that audit verify --file takes",
  options: { after: { type: "string" }, limit: { type: "string" } },
  async run(args, { admin, out }) {
    args.words();
    let after = args.number("after") ?? 0;
    let left = args.number("limit") ?? Number.POSITIVE_INFINITY;
    // What is added while it is read, by reading perhaps, is not waited for.
    const { index: last } = await admin.call("adminAuditHead", {});
    const rows = [];
    while (left > 0 && after < last) {
      const { entries } = await admin.call("adminAudit", { query: { after, limit: Math.min(PAGE, left) } });
      if (entries.length === 0) break;
      if (out.isJson) for (const entry of entries) out.line(canonicalJson(entry));
      else rows.push(...entries);
      after = entries.at(-1)?.index ?? last;
      left -= entries.length;
    }
    if (!out.isJson) {
      out.table(rows, ["index", "at", "actor", "action", "target", "outcome", "reason"], "Nothing was done.");
    }
    return EXIT.done;
  },
};

const showHead: Command = {
  name: "audit head",
  takes: "",
  does: "the newest entry, to be noted elsewhere: what came before it can be checked by it",
  async run(args, { admin, out }) {
    args.words();
    const head = await admin.call("adminAuditHead", {});
    out.record(head, `${String(head.index)}:${head.hash}`);
    return EXIT.done;
  },
};

const linesOf = async (file: string): Promise<string[]> => {
  try {
    return (await readFile(file, "utf8")).split("\n");
  } catch (error) {
    throw new CommandError(`unable to read ${file}; ${(error as Error).message}`, { cause: error });
  }
};

/** An entry as it was written down; nothing where the line is not exactly that. */
const entryOf = (line: string): ChainedEntry | undefined => {
  try {
    const entry = JSON.parse(line) as ChainedEntry;
    return canonicalJson(entry) === line ? entry : undefined;
  } catch {
    // Not even JSON: it was changed.
    return undefined;
  }
};

const verifyFile = async (file: string, since: AuditHead | undefined, noted: AuditHead[]): Promise<AuditVerdict> => {
  const lines = await linesOf(file);
  if (lines.at(-1) === "") lines.pop();
  const first = entryOf(lines[0] ?? "");
  // A file may begin where an earlier one ended: then the head of that one has to be named.
  const follows = since !== undefined && first?.index === since.index + 1;
  const check = new ChainCheck(sha256Hex, follows ? since : undefined, follows || !since ? noted : [...noted, since]);
  const from = check.head.index;
  for (const line of lines) {
    const entry = entryOf(line);
    const fault =
      entry === undefined
        ? { index: check.head.index + 1, why: "the line is not an entry as it was written down" }
        : await check.add(entry);
    if (fault !== undefined) return { checked: check.head.index - from, head: check.head, fault };
  }
  const fault = check.end();
  return { checked: check.head.index - from, head: check.head, ...(fault === undefined ? {} : { fault }) };
};

const tell = (out: Output, { checked, head, fault }: AuditVerdict): ExitCode => {
  const { index, hash } = head;
  const result = { ok: fault === undefined, checked, head, ...(fault === undefined ? {} : { fault }) };
  if (fault === undefined) {
    out.record(result, `${String(checked)} entries are as they were written, up to ${String(index)}:${hash}`);
    return EXIT.done;
  }
  const sound = index === 0 ? "" : ` Up to ${String(index)}:${hash} it is as it was written.`;
  out.record(result, `The audit log is not whole. Entry ${String(fault.index)}: ${fault.why}.${sound}`);
  return EXIT.unsound;
};

const verify: Command = {
  name: "audit verify",
  takes: "[--file FILE] [--since HEAD] [--noted HEAD]…",
  does: "whether anything was changed, left out or cut off; by heads that were noted, also by whoever rewrites all of it",
  options: { file: { type: "string" }, since: { type: "string" }, noted: { type: "string", multiple: true } },
  async run(args, { admin, out }) {
    args.words();
    const noted = args.texts("noted").map((text) => headOf(text));
    const text = args.text("since");
    const since = text === undefined ? undefined : headOf(text);
    const file = args.text("file");
    if (file !== undefined) return tell(out, await verifyFile(file, since, noted));
    const onProgress = (checked: number, of: number): void =>
      out.progress(`${String(checked)} of ${String(of)} entries`);
    return tell(out, await admin.verifyAudit({ ...(since === undefined ? {} : { since }), noted, onProgress }));
  },
};

export const auditCommands = [listEntries, showHead, verify];
