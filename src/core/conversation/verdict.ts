import type { Seq, UserId } from "../../shared/ids.ts";
import type { Err } from "../../shared/result.ts";
import type { LogRow, NewRow } from "./log-table.ts";

/** An entry that has no place yet. */
export type NewEntry = Omit<NewRow, "seq" | "at" | "client_id">;

/** What a write that is admitted does. The last entry bears the writer's id. */
export interface Admitted {
  readonly ok: true;
  readonly entries: readonly NewEntry[];
  /** What else changes when they are in the log, in the same transaction. */
  apply?(rows: readonly LogRow[]): void;
}

/** It was done before, by this entry. */
export interface Done {
  readonly ok: true;
  readonly done: Seq;
}

export type Verdict = Err | Admitted | Done;

export const entryOf = (
  sender_id: UserId,
  kind: NewRow["kind"],
  fields: object,
  hidden_from: UserId | null = null,
): NewEntry => ({ sender_id, kind, body: JSON.stringify(fields), hidden_from });
