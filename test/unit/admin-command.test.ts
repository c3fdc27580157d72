import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../scripts/admin/commands.ts";
import { Output } from "../../scripts/admin/output.ts";
import { AUDIT_START, canonicalJson, hashedText } from "../../src/shared/audit-chain.ts";
import type { AuditHead, ChainedEntry } from "../../src/shared/audit-chain.ts";
import { operate } from "../support/operator.ts";

const env = { PARLEY_ADMIN_TOKEN: "a.b.c", PARLEY_URL: "http://127.0.0.1:1" };

describe("the command line of operators", () => {
  it("says what there is, and of each command what it takes", async () => {
    const help = await operate(["--help"]);
    expect(help).toMatchObject({ code: 0, err: "" });
    for (const { name, takes, does } of COMMANDS) {
      expect(help.out).toContain(`  ${name} `);
      const one = await operate([...name.split(" "), "--help"]);
      expect(one).toMatchObject({ code: 0, err: "" });
      expect(one.out).toContain(`npm run admin -- ${`${name} ${takes}`.trimEnd()}\n`);
      expect(one.out).toContain(does);
    }
    expect(await operate([])).toMatchObject({ code: 2, out: help.out });
  });

  it.each([
    ["no such command", ["forget"], /there is no command "forget"/],
    ["half a command", ["hold"], /say which: hold add, hold list, hold release/],
    ["an option that is not there", ["hold", "list", "--force"], /'--force'/],
    ["a word too many", ["hold", "list", "all"], /"all" is one word too many \(hold list\)/],
    ["a word missing", ["takedown", "d_1", "--reason", "x"], /MESSAGE is missing/],
    ["no reason", ["suspend", "bob"], /--reason is missing/],
    ["an empty reason", ["suspend", "bob", "--reason", ""], /--reason is empty/],
    ["a hold on nothing", ["hold", "add", "--reason", "x"], /--conversation or on --user/],
    ["a hold on two", ["hold", "add", "--reason", "x", "--user", "b", "--conversation", "c"], /or on --user/],
    ["no number", ["retention", "set", "--reason", "x", "--days", "ten"], /"ten" is not a whole number/],
    ["no days", ["retention", "set", "--reason", "x", "--days", "0"], /from 1 on/],
    [
      "no kind",
      ["retention", "clear", "--reason", "x", "--type", "room"],
      /"room" is not one of direct, group, channel/,
    ],
    [
      "a conversation and a kind",
      ["retention", "set", "--reason", "x", "--days", "1", "--conversation", "c", "--type", "group"],
      /--conversation stands alone/,
    ],
    ["no time", ["restore", "c", "--reason", "x", "--at", "noon"], /"noon" is not a time/],
    ["no head", ["audit", "verify", "--since", "12"], /is not a head/],
    ["no push service", ["dead-letters", "drop", "pager"], /"pager" is not one of/],
    ["no address", ["hold", "list", "--url", "nowhere"], /"nowhere" is not a URL/],
  ])("ends with 2 and one line for %s", async (_what, argv, why) => {
    const said = await operate(argv, { env });
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toMatch(/^[^\n]+\n$/);
    expect(said.err).toMatch(why);
  });

  it("ends with 2 where it has no token, and names what gives one", async () => {
    const said = await operate(["hold", "list"], { env: { DATA_DIR: "/nowhere" } });
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toMatch(/^no token: set PARLEY_ADMIN_TOKEN [^\n]+\n$/);
  });

  it("does nothing that cannot be undone before the word was typed", async () => {
    for (const argv of [
      ["erase", "bob", "--reason", "x"],
      ["restore", "c", "--reason", "x", "--at", "2026-01-01T00:00:00Z"],
      ["dead-letters", "drop", "fcm"],
    ]) {
      const said = await operate(argv, { env, types: "y" });
      expect(said).toMatchObject({ code: 1, out: "" });
      expect(said.err).toMatch(/not done: "[^"]+" was not typed/);
    }
  });

  it("writes nothing to a terminal that would steer it", () => {
    let text = "";
    const streams = { out: (more: string) => void (text += more), err: () => undefined, isTerminal: true };
    const out = new Output(streams, false);
    const content = "a\u001b]0;owned\u0007b\nc\u202ed\u009b31m";
    out.table([{ content }], ["content"], "none");
    out.record({ content, inner: { content }, list: [content, { content }] });
    // eslint-disable-next-line no-control-regex -- that is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text.match(/owned/g)?.length).toBe(5);
  });
});

describe("an audit log that was written down", () => {
  let dir: string;
  const entries: ChainedEntry[] = [];
  const head = (index: number): string => `${String(index)}:${entries[index - 1]?.hash ?? ""}`;
  const verify = async (lines: readonly string[], ...options: string[]) => {
    const file = path.join(dir, "audit.jsonl");
    await writeFile(file, lines.map((line) => `${line}\n`).join(""));
    return await operate(["audit", "verify", "--file", file, ...options, "--json"], { env });
  };

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), "parley-audit-"));
    let last: AuditHead = AUDIT_START;
    for (let index = 1; index <= 5; index++) {
      const rest = {
        index,
        at: "2026-01-01T00:00:00.000Z",
        actor: "op",
        action: "a",
        target: "t",
        prev_hash: last.hash,
      };
      last = { ...rest, hash: createHash("sha256").update(hashedText(rest)).digest("hex") };
      entries.push(last as ChainedEntry);
    }
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it("[AUDIT-1] is whole, alone, by heads that were noted, and where it goes on from one", async () => {
    const lines = entries.map((entry) => canonicalJson(entry));
    const whole = { code: 0, json: [{ ok: true, checked: 5, head: { index: 5 } }] };
    expect(await verify(lines)).toMatchObject(whole);
    expect(await verify(lines, "--noted", head(2), "--noted", head(5), "--since", head(1))).toMatchObject(whole);
    expect(await verify(lines.slice(2), "--since", head(2))).toMatchObject({ code: 0, json: [{ checked: 3 }] });
  });

  it("[AUDIT-1] ends with 3 where it was changed, cut off, or is written otherwise", async () => {
    const lines = entries.map((entry) => canonicalJson(entry));
    const unsound = (index: number) => ({ code: 3, json: [{ ok: false, fault: { index } }] });
    expect(await verify(lines.with(2, (lines[2] ?? "").replace('"op"', '"me"')))).toMatchObject(unsound(3));
    expect(await verify(lines.with(3, `${String(lines[3])} `))).toMatchObject(unsound(4));
    expect(await verify(lines.slice(0, 4), "--noted", head(5))).toMatchObject(unsound(5));
    expect(await verify(lines.slice(1))).toMatchObject(unsound(1));
    expect(await verify(lines, "--noted", `3:${"0".repeat(64)}`)).toMatchObject(unsound(3));
    expect(await verify([], "--noted", head(1))).toMatchObject(unsound(1));
  });

  it("is said to be missing where it is", async () => {
    const said = await operate(["audit", "verify", "--file", path.join(dir, "none")], { env });
    expect(said).toMatchObject({ code: 1, out: "" });
    expect(said.err).toMatch(/^unable to read [^\n]+\n$/);
  });
});
