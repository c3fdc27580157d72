import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AuditLog } from "../../src/core/audit/audit-log.ts";
import { openStore } from "../../src/core/store.ts";
import { canonicalJson, ChainCheck } from "../../src/shared/audit-chain.ts";
import type { AuditHead, ChainedEntry, ChainFault } from "../../src/shared/audit-chain.ts";
import { sha256 } from "../../src/shared/sha256.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { NodeSql } from "./node-sql.ts";
import { AUDIT } from "./stores.ts";

const setUp = (sql = new NodeSql()) => {
  let now = 1_700_000_000_000;
  const log = new AuditLog(openStore(sql, AUDIT), { now: () => (now += 1000) });
  return { log, sql };
};

const entriesOf = (page: string): ChainedEntry[] => (JSON.parse(page) as { entries: ChainedEntry[] }).entries;

const check = async (entries: readonly ChainedEntry[], from?: AuditHead): Promise<ChainFault | undefined> => {
  const chain = new ChainCheck(sha256, from);
  for (const entry of entries) {
    const fault = await chain.add(entry);
    if (fault) return fault;
  }
  return undefined;
};

const filled = () => {
  const set = setUp();
  const { log } = set;
  log.append({ actor: "root", action: "suspend", target: "user:bob", reason: "spam — über \u{1f600}" });
  log.append({ actor: "root", action: "suspend", target: "user:bob", outcome: "done", details: { of: 1 } });
  log.append({
    actor: "eve",
    action: "takedown",
    target: "conversation:c",
    details: { message_id: "0M", z: [1, null] },
  });
  return { ...set, entries: entriesOf(log.page(0)) };
};

describe("the hash", () => {
  it("is SHA-256 of a text's UTF-8", () => {
    const seed = chooseSeed();
    const random = seeded(seed);
    const letters = ["a", "é", "€", "\u{1f600}", "\0", "\ud800"];
    for (let length = 0; length < 300; length++) {
      const text = Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join("");
      const expected = createHash("sha256").update(text.toWellFormed()).digest("hex");
      expect(sha256(text), `seed ${seed}: ${JSON.stringify(text)}`).toBe(expected);
    }
  });
});

describe("the audit log", () => {
  it("[AUDIT-1] is one chain, and its head is its last entry", async () => {
    const { log, entries } = filled();
    expect(entries.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(await check(entries)).toBeUndefined();
    expect(log.head).toEqual({ index: 3, hash: entries[2]?.hash });
  });

  it("[AUDIT-1] every bit of what is stored is under the hashes", async () => {
    const { entries } = filled();
    const bytes = new TextEncoder().encode(entries.map((entry) => canonicalJson(entry)).join("\n"));
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(changed).split("\n");
        let found: unknown;
        try {
          const read = lines.map((line) => JSON.parse(line) as ChainedEntry);
          found = read.some((entry, index) => canonicalJson(entry) !== lines[index]) || (await check(read));
        } catch (error) {
          found = error;
        }
        expect(found, `byte ${at}, bit ${bit}`).toBeTruthy();
      }
    }
  });

  it("[AUDIT-1] goes on where it ended in another life, and is read from any place on", async () => {
    const { log, sql } = setUp();
    log.append({ actor: "root", action: "a", target: "t" });
    const again = new AuditLog(sql, { now: () => 0 });
    again.append({ actor: "root", action: "b", target: "t" });
    const entries = entriesOf(again.page(0));
    expect(entries).toHaveLength(2);
    expect(await check(entries)).toBeUndefined();
    expect(entriesOf(again.page(1, 1))).toEqual(entries.slice(1));
    expect(await check(entries.slice(1), entries[0])).toBeUndefined();
  });

  it("[AUDIT-2] its store refuses to change, to shorten and to fill in", () => {
    const { log, sql } = setUp();
    expect(log.page(0)).toBe(`{"entries":[]}`);
    expect(sql.all("SELECT name FROM sqlite_master")).toEqual([]);
    log.append({ actor: "root", action: "a", target: "t" });
    const entry = log.page(0);
    for (const statement of [
      "UPDATE entries SET entry = '{}' WHERE place = ?",
      "DELETE FROM entries WHERE place = ?",
      "INSERT OR REPLACE INTO entries (place, entry) VALUES (?, '{}')",
      "INSERT INTO entries (place, entry) VALUES (? + 2, '{}')",
    ])
      expect(() => sql.run(statement, 1), statement).toThrow(/audit log/);
    expect(log.page(0)).toBe(entry);
  });
});
