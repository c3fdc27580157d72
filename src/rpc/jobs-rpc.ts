import type { ExportWish } from "../core/personal/export-job.ts";
import type { ErasedHere } from "../core/conversation/erasing.ts";
import type { ErasureWish } from "../core/personal/erasure-job.ts";
import type { PersonalData } from "../core/personal/personal-data.ts";
import type { Imported, ImportCall } from "../core/import/importer.ts";
import type { Foreign } from "../core/import/register.ts";
import type { ConversationId, UserId } from "../shared/ids.ts";
import type { DataExport, Erasure } from "../shared/protocol/http-data.ts";
import type { Result } from "../shared/result.ts";

/** Parts of a file, by their sizes in bytes, and the region whose store has them. */
export interface ExportFile {
  readonly region: string;
  readonly parts: readonly number[];
}

/** What the edge may ask of the object of a job. */
export interface JobsRpc {
  /** Of an import: which of ours each conversation of the other system is; `undefined`: nobody said so yet. */
  registerImports(foreign: readonly Foreign[]): Promise<readonly (ConversationId | undefined)[]>;
  /** The same again is the same export. */
  beginExport(wish: ExportWish): Promise<Result<DataExport>>;
  exportState(): Promise<Result<DataExport>>;
  exportFile(): Promise<Result<ExportFile>>;
  /** The same again is the same erasure. */
  beginErasure(wish: ErasureWish): Promise<Result<Erasure>>;
  erasureState(): Promise<Result<Erasure>>;
}

/** What the edge asks of a conversation that is brought in from another system. */
export interface ImportRpc {
  /** Lines of it, and what became of each. */
  importLines(call: ImportCall): Promise<readonly Imported[]>;
}

/** What an erasure asks of a conversation. */
export interface ErasureRpc {
  /** Takes a bounded part of a person out of it: asked until that is done. */
  erase(user: UserId): Promise<Result<ErasedHere>>;
}

/** What a job may ask of a person's object. */
export interface PersonRpc {
  /** What is known of him there, besides what is in conversations. */
  personalData(): Promise<PersonalData>;
  /** How much of what was erased. A throw: it is to be asked again, by then there is less to do. */
  eraseAccount(erasure_id: string): Promise<Readonly<Record<string, number>>>;
}
