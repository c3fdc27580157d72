import type { Imported, ImportCall } from "../core/import/importer.ts";
import type { Foreign } from "../core/import/register.ts";
import type { ConversationId } from "../shared/ids.ts";

/** What the edge may ask of the object of a job. */
export interface JobsRpc {
  /** Of an import: which of ours each conversation of the other system is; `undefined`: nobody said so yet. */
  registerImports(foreign: readonly Foreign[]): Promise<readonly (ConversationId | undefined)[]>;
}

/** What the edge asks of a conversation that is brought in from another system. */
export interface ImportRpc {
  /** Lines of it, and what became of each. */
  importLines(call: ImportCall): Promise<readonly Imported[]>;
}
