/** A place in the log of what operators did, by which it can be told later that nothing before it was changed. */
export interface AuditHead {
  /** 1, 2, 3, … without gaps; 0: before everything. */
  readonly index: number;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
}

/** An entry as far as the chain goes: every field but `hash` is under its hash, also one that nobody knows yet. */
export interface ChainedEntry extends AuditHead {
  /** The hash of the entry before it. */
  readonly prev_hash: string;
}

/** SHA-256 of the UTF-8 of `text`, in hexadecimal. */
export type Sha256 = (text: string) => string | Promise<string>;

/** Before the first entry. */
export const AUDIT_START: AuditHead = { index: 0, hash: "0".repeat(64) };

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** JSON of which there is one form only: fields in the order of their names, no spaces, nothing that is undefined. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((inner) => canonicalJson(inner)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${fields
    .toSorted(byName)
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`)
    .join(",")}}`;
};

/** What the hash of an entry is made of: everything else in it, the hash of the entry before it included. */
export const hashedText = (entry: Omit<ChainedEntry, "hash">): string => canonicalJson({ ...entry, hash: undefined });

/** The first entry that is not what it was, and how it shows. */
export interface ChainFault {
  readonly index: number;
  readonly why: string;
}

/** Follows the chain, entry by entry, from a place that is known. */
export class ChainCheck {
  readonly #sha256: Sha256;
  readonly #noted: readonly AuditHead[];
  #head: AuditHead;

  /** `noted`: heads that were written down earlier, elsewhere; whoever rewrote the whole chain cannot have changed those. */
  constructor(sha256: Sha256, from: AuditHead = AUDIT_START, noted: readonly AuditHead[] = []) {
    this.#sha256 = sha256;
    this.#head = from;
    this.#noted = noted;
  }

  get head(): AuditHead {
    return this.#head;
  }

  /** The next entry. After a fault there is no going on. */
  async add(entry: ChainedEntry): Promise<ChainFault | undefined> {
    const index = this.#head.index + 1;
    if (entry.index !== index) return { index, why: `the entry is missing: ${String(entry.index)} is in its place` };
    if (entry.prev_hash !== this.#head.hash) return { index, why: "the entry does not follow from the one before it" };
    if (entry.hash !== (await this.#sha256(hashedText(entry)))) return { index, why: "the entry was changed" };
    const noted = this.#noted.find((head) => head.index === index);
    if (noted !== undefined && noted.hash !== entry.hash)
      return { index, why: "the entry is not the one of which the head was noted" };
    this.#head = { index, hash: entry.hash };
    return undefined;
  }

  /** When there are no more entries: whether there were more once. */
  end(): ChainFault | undefined {
    const beyond = this.#noted.find((head) => head.index > this.#head.index);
    if (beyond === undefined) return undefined;
    return { index: this.#head.index + 1, why: `the log ends before entry ${String(beyond.index)}, which was noted` };
  }
}
