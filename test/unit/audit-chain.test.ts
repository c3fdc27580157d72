import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AUDIT_START, canonicalJson, ChainCheck, hashedText } from "../../src/shared/audit-chain.ts";
import type { AuditHead, ChainedEntry, ChainFault } from "../../src/shared/audit-chain.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const chainOf = (acts: readonly object[]): ChainedEntry[] => {
  let head: AuditHead = AUDIT_START;
  return acts.map((act) => {
    const rest = { ...act, index: head.index + 1, prev_hash: head.hash };
    head = { ...rest, hash: sha256(hashedText(rest)) };
    return head as ChainedEntry;
  });
};

const acts = [
  { at: "2026-01-01T00:00:00.000Z", actor: "op", action: "hold", target: "d_eu_1", reason: "case 7" },
  {
    at: "2026-01-01T00:00:01.000Z",
    actor: "op",
    action: "takedown",
    target: "g_eu_2",
    details: { b: [1, null], a: "ü" },
  },
  { at: "2026-01-01T00:00:02.000Z", actor: "other", action: "release", target: "d_eu_1" },
  { at: "2026-01-01T00:00:03.000Z", actor: "op", action: "erase", target: "bob" },
];

const verify = async (
  entries: readonly ChainedEntry[],
  noted: readonly AuditHead[] = [],
  from: AuditHead = AUDIT_START,
): Promise<ChainFault | undefined> => {
  const check = new ChainCheck(sha256, from, noted);
  for (const entry of entries) {
    const fault = await check.add(entry);
    if (fault !== undefined) return fault;
  }
  return check.end();
};

describe("the chain of the audit log", () => {
  it("[AUDIT-1] is whole as it was written, also from a place in it and through JSON in another order", async () => {
    const entries = chainOf(acts);
    expect(await verify(entries, entries)).toBeUndefined();
    expect(await verify(entries.slice(2), entries, entries[1])).toBeUndefined();
    const turned = entries.map((entry) => Object.fromEntries(Object.entries(entry).toReversed()));
    expect(await verify(turned as unknown as ChainedEntry[])).toBeUndefined();
  });

  it("[AUDIT-1] shows every entry that is missing, doubled or in another's place", async () => {
    const entries = chainOf(acts);
    for (const at of entries.keys()) {
      const without = entries.filter((_entry, index) => index !== at);
      expect(await verify(without, [entries.at(-1) as AuditHead])).toMatchObject({ index: at + 1 });
      expect(await verify(entries.toSpliced(at, 0, entries[at] as ChainedEntry))).toMatchObject({ index: at + 2 });
    }
    const swapped = [entries[1], entries[0], entries[2]] as ChainedEntry[];
    expect(await verify(swapped)).toMatchObject({ index: 1 });
  });

  it("[AUDIT-1] shows that it was cut off or written anew, to whoever noted a head", async () => {
    const entries = chainOf(acts);
    const noted = [entries.at(-1) as AuditHead];
    expect(await verify(entries.slice(0, 2), noted)).toMatchObject({ index: 3 });
    expect(await verify([], noted)).toMatchObject({ index: 1 });
    const anew = chainOf(acts.map((act) => ({ ...act, actor: "nobody" })));
    expect(await verify(anew)).toBeUndefined();
    expect(await verify(anew, noted)).toMatchObject({ index: 4 });
  });

  it("[AUDIT-1] shows any byte that was changed in what it is written down as", async () => {
    const text = chainOf(acts)
      .map((entry) => canonicalJson(entry))
      .join("\n");
    const noted = [chainOf(acts).at(-1) as AuditHead];
    const read = (changed: string): ChainedEntry[] | undefined => {
      try {
        return changed.split("\n").map((line) => {
          const entry = JSON.parse(line) as ChainedEntry;
          // What is not written in the one form was changed, whatever it means.
          if (canonicalJson(entry) !== line) throw new Error("not canonical");
          return entry;
        });
      } catch {
        return undefined;
      }
    };
    expect(await verify(read(text) ?? [], noted)).toBeUndefined();
    const bytes = new TextEncoder().encode(text);
    for (const at of bytes.keys()) {
      for (const flip of [0x01, 0x20]) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        const entries = read(new TextDecoder().decode(changed));
        const found = entries === undefined || (await verify(entries, noted)) !== undefined;
        expect(found, `byte ${String(at)} with ${String(flip)}`).toBe(true);
      }
    }
  });

  it("has one JSON for one value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
    expect(canonicalJson({ b: undefined, c: 1, a: { z: [], y: "\ud800" } })).toBe(
      String.raw`{"a":{"y":"\ud800","z":[]},"c":1}`,
    );
  });
});
