import { AUDIT_START, ChainCheck } from "../../../src/shared/audit-chain.ts";
import type { AuditHead, ChainedEntry, ChainFault } from "../../../src/shared/audit-chain.ts";
import { ParleyError } from "../parley-error.ts";

/** SHA-256 of bytes, or of the UTF-8 of a text, in hexadecimal. */
export const sha256Hex = async (of: string | ArrayBuffer): Promise<string> => {
  // Browsers have it in secure contexts only.
  const { subtle } = crypto as { readonly subtle?: SubtleCrypto };
  if (subtle === undefined)
    throw new ParleyError("unsupported", "unable to check it here; the page has to come by https");
  const hash = await subtle.digest("SHA-256", typeof of === "string" ? new TextEncoder().encode(of) : of);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
};

export interface AuditOptions {
  /** A head that was noted earlier: only what came after it is read, and it itself. */
  readonly since?: AuditHead;
  /** Heads that were noted earlier: the log has to lead through them. */
  readonly noted?: readonly AuditHead[];
  /** Entries that are checked, of how many. */
  readonly onProgress?: (checked: number, of: number) => void;
}

/** What the check of an audit log came to: how far it is whole, and where it is not. */
export interface AuditVerdict {
  readonly checked: number;
  /** The last entry that is as it was. */
  readonly head: AuditHead;
  readonly fault?: ChainFault;
}

/** What a check reads from. */
export interface AuditSource {
  head(): Promise<AuditHead>;
  /** Entries behind one, oldest first; none at the end. */
  after(index: number): Promise<readonly ChainedEntry[]>;
}

/** Where the check begins: before the entry of which the head was noted, so that this one is looked at, too. */
const startOf = async (source: AuditSource, since: AuditHead): Promise<AuditHead> => {
  if (since.index <= 1) return AUDIT_START;
  const [entry] = await source.after(since.index - 1);
  return { index: since.index - 1, hash: entry?.prev_hash ?? "" };
};

/** Reads the log of what operators did, and checks that nothing in it was changed, left out or cut off. */
export const verifyAudit = async (
  source: AuditSource,
  { since = AUDIT_START, noted = [], onProgress }: AuditOptions = {},
): Promise<AuditVerdict> => {
  // Asked for first: what is added meanwhile, by this very check perhaps, is not waited for.
  const head = await source.head();
  const start = await startOf(source, since);
  const heads = [...noted, head, since].filter(({ index }) => index > start.index);
  const check = new ChainCheck(sha256Hex, start, heads);
  while (check.head.index < head.index) {
    const entries = await source.after(check.head.index);
    if (entries.length === 0) break;
    for (const entry of entries) {
      const fault = await check.add(entry);
      if (fault !== undefined) return { checked: check.head.index - start.index, head: check.head, fault };
    }
    onProgress?.(check.head.index - start.index, head.index - start.index);
  }
  const fault = check.end();
  return { checked: check.head.index - start.index, head: check.head, ...(fault === undefined ? {} : { fault }) };
};
