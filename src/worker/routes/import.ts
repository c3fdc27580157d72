import { inBatches } from "../../core/batches.ts";
import type { Imported, ImportRecord } from "../../core/import/importer.ts";
import { channelConversationId, directConversationId, groupConversationId } from "../../platform/conversation-ids.ts";
import { failure } from "../../platform/failure.ts";
import { conversationsOf } from "../../platform/placement.ts";
import { regionsOf } from "../../platform/regions.ts";
import { importedMessageId } from "../../platform/uuid.ts";
import type { EdgeBindings } from "../../rpc/bindings.ts";
import type { ConversationId } from "../../shared/ids.ts";
import type { ImportResult } from "../../shared/protocol/http-data.ts";
import { importLine } from "../../shared/protocol/import.ts";
import type { ImportedConversation, ImportLine } from "../../shared/protocol/import.ts";
import { refusalOf } from "../../shared/protocol/refusal-of.ts";
import { refuse } from "../../shared/result.ts";
import type { Err } from "../../shared/result.ts";
import type { Handlers } from "../handler.ts";
import { json } from "../problem.ts";

/** Lines of one conversation, in their order, each with its place in the call. */
interface Lines {
  readonly foreignId: string;
  readonly lines: { readonly line: number; readonly record: ImportLine }[];
}

const NO_CONVERSATION = refuse("not_found", "unable to import the line; the line of its conversation did not come");

const resultOf = (line: number, imported: Imported): ImportResult => {
  if (imported.ok) return { line, status: imported.value.duplicate ? "duplicate" : "done" };
  const { code, message } = imported.refusal;
  return { line, status: "refused", code, message };
};

/** One of the two of a direct conversation that is brought in may found it here too: it has the same id. */
const idOf = async (
  region: string,
  source: string,
  line: ImportedConversation,
): Promise<ConversationId | undefined> => {
  const [one, other] = line.members;
  if (line.type === "direct") return one && other && directConversationId(region, one.user_id, other.user_id);
  const idFrom = line.type === "group" ? groupConversationId : channelConversationId;
  return idFrom(region, `import ${source}`, line.id);
};

/** What each line says, by conversation; what is malformed is refused here. */
const sorted = (lines: readonly unknown[], results: ImportResult[]): Map<string, Lines> => {
  const byConversation = new Map<string, Lines>();
  for (const [line, given] of lines.entries()) {
    const parsed = importLine.safeParse(given);
    if (!parsed.success) {
      results.push(resultOf(line, { ok: false, refusal: refusalOf(parsed.error, "import the line") }));
      continue;
    }
    const record = parsed.data;
    const foreignId = record.kind === "conversation" ? record.id : record.conversation;
    const known = byConversation.get(foreignId) ?? { foreignId, lines: [] };
    known.lines.push({ line, record });
    byConversation.set(foreignId, known);
  }
  return byConversation;
};

/** Brings in the lines of one source. */
class Import {
  readonly #env: EdgeBindings;
  readonly #source: string;

  constructor(env: EdgeBindings, source: string) {
    this.#env = env;
    this.#source = source;
  }

  async take(given: readonly unknown[]): Promise<ImportResult[]> {
    const results: ImportResult[] = [];
    const conversations = [...sorted(given, results).values()];
    const foreign = await Promise.all(conversations.map((one) => this.#foreign(one)));
    const ids = await this.#env.JOBS.getByName(`import/${this.#source}`).registerImports(foreign);
    const known = conversations.map((one, index) => [one, ids[index]] as const);
    for (const some of await inBatches(known, ([one, id]) => this.#conversation(one, id))) results.push(...some);
    return results.sort((a, b) => a.line - b.line);
  }

  /** Only a line that can be taken says which conversation it is to be. */
  async #foreign({ foreignId, lines }: Lines): Promise<{ id: string; conversation_id?: ConversationId }> {
    const line = lines.find(({ record }) => record.kind === "conversation")?.record;
    if (line?.kind !== "conversation" || this.#refusal(line)) return { id: foreignId };
    const conversation_id = await idOf(await this.#regionOf(line), this.#source, line);
    return { id: foreignId, ...(conversation_id === undefined ? {} : { conversation_id }) };
  }

  /** [REG-3] A direct one is where the two would find it: at home with the one whose id sorts first, if that is fixed. */
  async #regionOf({ type, region, members }: ImportedConversation): Promise<string> {
    const { names, usual } = regionsOf(this.#env);
    if (type !== "direct" || names.length === 1) return region ?? usual;
    const [first = ""] = members.map(({ user_id }) => user_id).toSorted();
    return this.#env.USER.getByName(first).settle(region);
  }

  #refusal({ region }: ImportedConversation): Err | undefined {
    return region === undefined || regionsOf(this.#env).get(region)
      ? undefined
      : refuse("bad_request", "unable to import the conversation; this server has no such region");
  }

  async #conversation({ foreignId, lines }: Lines, id: ConversationId | undefined): Promise<ImportResult[]> {
    const refused: ImportResult[] = [];
    const taken = lines.filter(({ line, record }) => {
      const refusal = id === undefined ? NO_CONVERSATION : undefined;
      const why = record.kind === "conversation" ? (this.#refusal(record) ?? refusal) : refusal;
      if (why) refused.push(resultOf(line, why));
      return !why;
    });
    if (id === undefined || taken.length === 0) return refused;
    const records = await Promise.all(taken.map(({ record }) => this.#record(foreignId, record)));
    const imported = await this.#call(id, foreignId, records);
    return [...refused, ...taken.map(({ line }, index) => resultOf(line, imported[index] ?? NO_CONVERSATION))];
  }

  async #record(foreignId: string, record: ImportLine): Promise<ImportRecord> {
    if (record.kind !== "message") return record;
    const client_id = await importedMessageId([this.#source, foreignId, record.id], record.timestamp);
    return { ...record, client_id };
  }

  /** May be repeated: a line that was done is a duplicate then. */
  async #call(id: ConversationId, foreign_id: string, records: readonly ImportRecord[]): Promise<readonly Imported[]> {
    const region = regionsOf(this.#env).of(id)?.name ?? "";
    const call = { conversation_id: id, region, source: this.#source, foreign_id, records };
    try {
      return await conversationsOf(this.#env).getByName(id).importLines(call);
    } catch (error) {
      const failed = failure("conversation", "importLines", error);
      return records.map(() => failed);
    }
  }
}

export const importHandlers = {
  async adminImport({ env, body }) {
    const results = await new Import(env, body.source).take(body.lines);
    return json(JSON.stringify({ results }));
  },
} satisfies Handlers;
