import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { newActId, ParleyError } from "../../client/src/admin/index.ts";
import type { DataExport } from "../../client/src/admin/index.ts";
import { CommandError, EXIT } from "./command.ts";
import type { Command, Tools } from "./command.ts";
import { untilOver } from "./wait.ts";

/** Times in a row that a download may bring nothing. */
const ATTEMPTS = 5;
/** A connection that is silent for that long is given up. */
const SILENCE_MS = 60_000;

/** Somebody's data is for nobody else on this machine. */
const OWN = 0o600;

/** What is kept beside the file while it is not whole, so that the same command goes on where it was. */
class Begun {
  readonly part: string;
  readonly #note: string;

  constructor(file: string) {
    this.part = `${file}.part`;
    this.#note = `${file}.part.json`;
  }

  /** The name of the export that was begun for this file, for the same person. */
  async id(user: string): Promise<string | undefined> {
    if (!existsSync(this.#note)) return undefined;
    try {
      const note = JSON.parse(await readFile(this.#note, "utf8")) as { user_id?: string; export_id?: string };
      return note.user_id === user ? note.export_id : undefined;
    } catch {
      // Cut short by a crash: as good as none.
      return undefined;
    }
  }

  async begin(user_id: string, export_id: string): Promise<void> {
    if ((await this.id(user_id)) === export_id) return;
    await this.end();
    await writeFile(this.#note, JSON.stringify({ user_id, export_id }), { mode: OWN });
  }

  async size(): Promise<number> {
    return existsSync(this.part) ? (await stat(this.part)).size : 0;
  }

  async end(): Promise<void> {
    await rm(this.part, { force: true });
    await rm(this.#note, { force: true });
  }
}

/** Adds to the part what comes, and answers how many bytes did. */
const fetchMore = async ({ admin, out }: Tools, { export_id, bytes }: DataExport, part: string): Promise<void> => {
  const from = existsSync(part) ? (await stat(part)).size : 0;
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const response = await admin.exportFile(export_id, from, silence.signal);
  // Whoever answers with the whole file was not asked for the rest, or did not understand it.
  const file = await open(part, response.status === 206 ? "a" : "w", OWN);
  try {
    let size = response.status === 206 ? from : 0;
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      await file.writeFile(chunk);
      size += chunk.byteLength;
      out.progress(`downloading: ${String(size)} of ${String(bytes)} bytes`);
    }
  } finally {
    clearTimeout(timer);
    await file.close();
  }
};

const download = async (tools: Tools, job: DataExport, begun: Begun): Promise<void> => {
  if ((await begun.size()) > job.bytes) await rm(begun.part);
  for (let failures = 0; (await begun.size()) < job.bytes;) {
    const before = await begun.size();
    try {
      await fetchMore(tools, job, begun.part);
    } catch (error) {
      if (error instanceof ParleyError) throw error;
      failures = (await begun.size()) > before ? 0 : failures + 1;
      if (failures >= ATTEMPTS) {
        throw new CommandError(`the download broke off; the same command goes on with it`, { cause: error });
      }
      await tools.pause(500 * 2 ** failures);
    }
  }
};

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
};

const exportUser: Command = {
  name: "export",
  takes: "USER [--include own|readable] [--out FILE] [--reason TEXT] [--id UUID]",
  does: "a person's data as one file; interrupted, the same command goes on with it",
  options: {
    include: { type: "string" },
    out: { type: "string" },
    reason: { type: "string" },
    id: { type: "string" },
  },
  async run(args, tools) {
    const [user] = args.words("USER");
    const include = args.oneOf("include", ["own", "readable"]);
    const file = args.text("out") ?? `parley-export-${user.replaceAll(/[^\w.-]/g, "_")}.jsonl.gz`;
    if (existsSync(file)) throw new CommandError(`${file} is there already; name another with --out`);
    const begun = new Begun(file);
    const export_id = args.text("id") ?? (await begun.id(user)) ?? newActId();
    const { admin, out } = tools;
    const body = { export_id, include, reason: args.text("reason") };
    await admin.call("adminExport", { params: { id: user }, body });
    // Only now: what the server refused was not begun.
    await begun.begin(user, export_id);
    const job = await untilOver(tools, "exporting", () => admin.call("adminGetExport", { params: { id: export_id } }));
    if (job.status !== "done") {
      await begun.end();
      throw new CommandError(`export ${export_id} ${job.status === "expired" ? "is thrown away by now" : "failed"}`);
    }
    await download(tools, job, begun);
    const sha256 = await sha256Of(begun.part);
    if (sha256 !== job.sha256) {
      await rm(begun.part);
      out.record(
        { ...job, ok: false },
        `The file is not what the server made: ${sha256} is not ${String(job.sha256)}.`,
      );
      return EXIT.unsound;
    }
    await rename(begun.part, file);
    await begun.end();
    out.record({ ...job, file, ok: true }, `${file}: ${String(job.bytes)} bytes, SHA-256 ${sha256}`);
    return EXIT.done;
  },
};

const showExport: Command = {
  name: "show export",
  takes: "EXPORT",
  does: "how far an export has come",
  async run(args, { admin, out }) {
    const [id] = args.words("EXPORT");
    out.record(await admin.call("adminGetExport", { params: { id } }));
    return EXIT.done;
  },
};

export const exportCommands = [exportUser, showExport];
