import type { AuditNote } from "../core/audit/audit-log.ts";
import type { AuditHead } from "../shared/audit-chain.ts";

/** A deployment has one audit log. */
export const AUDIT_NAME = "deployment";

/** What operators did. */
export interface AuditRpc {
  /** Durable when it answers: only then what it says may happen. */
  append(note: AuditNote): Promise<AuditHead>;
  /** JSON of the contract's answer. */
  page(after: number, limit?: number): Promise<string>;
  head(): Promise<AuditHead>;
}
