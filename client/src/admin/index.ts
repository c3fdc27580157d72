export { AdminClient, newActId } from "./admin-client.ts";
export type { AdminOptions } from "./admin-client.ts";
export { sha256Hex } from "./audit.ts";
export type { AuditOptions, AuditVerdict } from "./audit.ts";
export type { AdminAnswer, AdminCall, AdminInput, ListCall } from "./calls.ts";
export { ParleyError } from "../parley-error.ts";
export { canonicalJson, ChainCheck } from "../../../src/shared/audit-chain.ts";
export type { AuditHead, ChainedEntry, ChainFault } from "../../../src/shared/audit-chain.ts";
export type {
  AuditEntry,
  ConversationState,
  HeldMessage,
  LegalHold,
  RetentionPolicy,
  UserState,
} from "../../../src/shared/protocol/http-admin.ts";
export type { DataExport, Erasure, ImportResult } from "../../../src/shared/protocol/http-data.ts";
