import { execFile, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../scripts/server.ts";
import type { RunningServer } from "../../scripts/server.ts";
import { canonicalJson } from "../../src/shared/audit-chain.ts";
import { operate } from "../support/operator.ts";
import type { Said } from "../support/operator.ts";
import { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import { tokenFor } from "../support/tokens.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

let dataDir: string;
let server: RunningServer;
const admin = (...argv: string[]): Promise<Said> =>
  operate([...argv, "--url", server.url], { env: { DATA_DIR: dataDir } });
const person = async (): Promise<Person> => {
  const who = { userId: unique("user"), deviceId: "phone" };
  return new Person(server.url, { ...who, token: await tokenFor(server.url, who) });
};

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "parley-admin-"));
  server = await startServer({ dataDir });
});
afterAll(async () => {
  await server.kill();
  await rm(dataDir, { recursive: true, force: true });
});

describe("npm run admin", () => {
  it("[ADM-3] works right after the start, signed by the development server's own secret", async () => {
    const [ann, bob] = [await person(), await person()];
    const { conversation_id } = await ann.direct(bob);
    await ann.send(conversation_id, "hello");
    const run = promisify(execFile);
    const env = { PATH: process.env["PATH"], DATA_DIR: dataDir, PARLEY_URL: server.url };
    const argv = [path.join(ROOT, "scripts/admin.ts"), "show", "delivery", conversation_id, "--json"];
    const { stdout, stderr } = await run(process.execPath, argv, { env });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ members: 2, parked: [] });
    const said = await admin("show", "delivery", conversation_id);
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toMatch(/^members +2$/m);
    expect(said.out).toMatch(/^parked +none$/m);
  });

  it("[ADM-1] ends with 1 and the server's words when it is refused, and when there is no server", async () => {
    const { token } = await person();
    const env = { PARLEY_ADMIN_TOKEN: token, PARLEY_URL: server.url };
    const refused = await operate(["dead-letters", "list"], { env });
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toBe(`unable to do this; it takes the scope admin (forbidden, ${server.url})\n`);
    const nowhere = await operate(["audit", "head"], { env: { ...env, PARLEY_URL: "http://127.0.0.1:1" } });
    expect(nowhere).toMatchObject({ code: 1, out: "" });
    expect(nowhere.err).toMatch(/^unable to reach the server; [^\n]+\n$/);
  });

  it("[ADM-2] lists, replays and drops dead letters", async () => {
    expect(await admin("dead-letters", "list")).toMatchObject({ code: 0, out: "No dead letters.\n" });
    const replayed = await admin("dead-letters", "replay", "fcm", "--json");
    expect(replayed).toMatchObject({ code: 0, json: [{ replayed: 0, remaining: 0 }] });
    expect(await admin("dead-letters", "drop", "fcm", "--yes")).toMatchObject({ code: 0 });
  });

  it("[ADM-9] [ADM-10] [ADM-11] keeps, for a hold, what it takes down", async () => {
    const [ann, bob] = [await person(), await person()];
    const { conversation_id: id } = await ann.direct(bob);
    const { message_id } = await ann.send(id, "\u001b[2Jnot to stand");
    expect((await admin("held", id)).out).toBe("Nothing is kept.\n");
    const placed = await admin("hold", "add", "--conversation", id, "--reason", "case 7", "--json");
    expect(placed).toMatchObject({ code: 0, json: [{ conversation_id: id, reason: "case 7", placed_by: "operator" }] });
    const [{ hold_id }] = placed.json as [{ hold_id: string }];
    const same = await admin("hold", "add", "--conversation", id, "--reason", "case 7", "--id", hold_id, "--json");
    expect(same).toMatchObject({ code: 0, json: placed.json });
    expect((await admin("hold", "list", "--json")).json).toMatchObject([{ hold_id }]);
    expect(await admin("takedown", id, message_id, "--reason", "rules")).toMatchObject({ code: 0, err: "" });
    expect((await ann.messages(id))[0]).toMatchObject({ message_id, content: "" });
    const held = await admin("held", id);
    // What somebody wrote does not steer the terminal of whoever looks at it.
    expect(held.out).toContain("taken_down");
    expect(held.out).toContain("\ufffd[2Jnot to stand");
    expect((await admin("held", id, "--json")).json).toMatchObject([{ content: "\u001b[2Jnot to stand" }]);
    const shown = await admin("show", "conversation", id);
    expect(shown.out).toMatch(/^members +2$/m);
    expect(shown.out).toMatch(/^held +1$/m);
    expect(await admin("hold", "release", hold_id, "--reason", "closed")).toMatchObject({ code: 0 });
    expect((await admin("hold", "list")).out).toBe("There are no holds.\n");
    const unknown = await admin("takedown", id, "nothing", "--reason", "rules");
    expect(unknown).toMatchObject({ code: 1, out: "" });
    expect(unknown.err).toMatch(/^[^\n]+\(not_found, http[^\n]+\)\n$/);
  });

  it("asks before what cannot be undone, and does nothing where nobody answers", async () => {
    const drop = async (input: string): Promise<{ code: number | null; said: string }> => {
      const env = { PATH: process.env["PATH"], DATA_DIR: dataDir, PARLEY_URL: server.url };
      const child = spawn(process.execPath, [path.join(ROOT, "scripts/admin.ts"), "dead-letters", "drop", "fcm"], {
        env,
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += String(text)));
      child.stdin.end(input);
      const [code] = (await once(child, "close")) as [number | null];
      return { code, said };
    };
    expect(await drop("")).toMatchObject({ code: 1, said: expect.stringContaining("not done") as string });
    expect(await drop("no\n")).toMatchObject({ code: 1 });
    expect(await drop("yes\n")).toMatchObject({ code: 0, said: expect.stringContaining("are forgotten") as string });
  });

  it("[ADM-5] [ADM-12] suspends an account and lifts that again", async () => {
    const ann = await person();
    await ann.list();
    expect(await admin("suspend", ann.userId, "--reason", "spam")).toMatchObject({ code: 0 });
    expect(await ann.rest.refused("listConversations")).toMatchObject({ code: "forbidden" });
    const shown = await admin("show", "user", ann.userId, "--json");
    expect(shown.json).toMatchObject([{ suspended: { by: "operator", reason: "spam" } }]);
    expect(await admin("unsuspend", ann.userId, "--reason", "a mistake")).toMatchObject({ code: 0 });
    await ann.list();
  });

  it("[ADM-7] sets policies of retention, lists them and takes them away", async () => {
    expect(await admin("retention", "list")).toMatchObject({ code: 0, out: "Messages are kept for ever.\n" });
    const of = ["--type", "channel", "--region", "local"];
    const set = await admin("retention", "set", "--days", "30", ...of, "--reason", "house rules");
    expect(set).toMatchObject({ code: 0, out: "Messages of channel conversations in local are kept for 30 days.\n" });
    expect(await admin("retention", "set", "--days", "365", "--reason", "the law")).toMatchObject({ code: 0 });
    const listed = (await admin("retention", "list", "--json")).json;
    expect(listed).toHaveLength(2);
    expect(listed).toContainEqual(
      expect.objectContaining({ type: "channel", region: "local", days: 30, reason: "house rules" }),
    );
    expect(await admin("retention", "clear", ...of, "--reason", "over")).toMatchObject({ code: 0 });
    expect(await admin("retention", "clear", "--reason", "over")).toMatchObject({ code: 0 });
    expect((await admin("retention", "list", "--json")).json).toEqual([]);
  });

  it("[ADM-8] sets for how long one conversation keeps its messages, whatever the policies say", async () => {
    const [ann, bob] = [await person(), await person()];
    const { conversation_id: id } = await ann.direct(bob);
    const retention = async (): Promise<unknown> => {
      const [state] = (await admin("show", "conversation", id, "--json")).json as [{ retention?: unknown }];
      return state.retention;
    };
    const of = ["--conversation", id, "--reason", "a contract"];
    const set = await admin("retention", "set", "--days", "90", ...of);
    expect(set).toMatchObject({ code: 0, out: `Messages of ${id} are kept for 90 days.\n` });
    expect(await retention()).toEqual({ days: 90, by: "conversation" });
    expect(await admin("retention", "clear", ...of)).toMatchObject({ code: 0 });
    expect(await retention()).toBeUndefined();
  });

  it("[ADM-13] says so where the platform cannot go back in time", async () => {
    const [ann, bob] = [await person(), await person()];
    const { conversation_id: id } = await ann.direct(bob);
    await ann.send(id, "still here");
    const argv = ["restore", id, "--at", new Date().toISOString(), "--reason", "a mistake", "--yes"];
    const said = await admin(...argv);
    expect(said).toMatchObject({ code: 1, out: "" });
    expect(said.err).toMatch(/^[^\n]+\(unsupported, http[^\n]+\)\n$/);
    expect((await ann.messages(id))[0]).toMatchObject({ content: "still here" });
  });

  it("[ADM-14] exports a person's data into a file that is what the server made", async () => {
    const [ann, bob] = [await person(), await person()];
    const { conversation_id } = await ann.direct(bob);
    for (const text of ["one", "two"]) await ann.send(conversation_id, text);
    await bob.send(conversation_id, "three");
    const linesOf = async (...more: string[]): Promise<Record<string, unknown>[]> => {
      const file = path.join(dataDir, `${unique("export")}.jsonl.gz`);
      const said = await admin("export", ann.userId, "--out", file, ...more);
      expect(said).toMatchObject({ code: 0, err: "" });
      expect(said.out).toMatch(/: \d+ bytes, SHA-256 [0-9a-f]{64}\n$/);
      const text = gunzipSync(await readFile(file)).toString();
      return text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    const textsIn = (lines: readonly Record<string, unknown>[]): unknown[] =>
      lines.filter(({ kind }) => kind === "message").map(({ content }) => content);
    expect(textsIn(await linesOf())).toEqual(["one", "two"]);
    expect(textsIn(await linesOf("--include", "readable", "--reason", "asked"))).toEqual(["one", "two", "three"]);
    // The first half is there already: the same export gives the rest.
    const [whole, half] = [path.join(dataDir, "whole.gz"), path.join(dataDir, "half.gz")];
    const export_id = randomUUID();
    expect(await admin("export", ann.userId, "--id", export_id, "--out", whole)).toMatchObject({ code: 0 });
    const bytes = await readFile(whole);
    await writeFile(`${half}.part`, bytes.subarray(0, bytes.length >> 1));
    await writeFile(`${half}.part.json`, JSON.stringify({ user_id: ann.userId, export_id }));
    expect(await admin("export", ann.userId, "--out", half)).toMatchObject({ code: 0 });
    expect(bytes.equals(await readFile(half))).toBe(true);
    const [shown] = (await admin("show", "export", export_id, "--json")).json;
    expect(shown).toMatchObject({ export_id, status: "done", user_id: ann.userId });
  });

  it("[ADM-15] erases a person when his id was typed, and prints and keeps the certificate", async () => {
    const [ann, bob] = [await person(), await person()];
    const { conversation_id } = await ann.direct(bob);
    await ann.send(conversation_id, "to be forgotten");
    await bob.send(conversation_id, "mine");
    const argv = ["erase", ann.userId, "--reason", "she asked"];
    const operator = (types: string, ...more: string[]): Promise<Said> =>
      operate([...argv, ...more, "--url", server.url], { env: { DATA_DIR: dataDir }, types });
    expect(await operator("yes")).toMatchObject({ code: 1, out: "" });
    expect((await bob.messages(conversation_id)).map(({ content }) => content)).toContain("to be forgotten");
    const file = path.join(dataDir, "certificate.json");
    const erased = await operator(ann.userId, "--out", file);
    expect(erased.code).toBe(0);
    const erasure_id = /^.*Erasure ([0-9a-f-]{36}) is under way/.exec(erased.err)?.[1] ?? "";
    expect(erased.out).toMatch(new RegExp(`^user_id +${ann.userId}$`, "m"));
    const kept = JSON.parse(await readFile(file, "utf8")) as { hash: string };
    const { hash, ...rest } = kept;
    expect(createHash("sha256").update(canonicalJson(rest)).digest("hex")).toBe(hash);
    expect((await admin("show", "erasure", erasure_id, "--json")).json).toMatchObject([{ certificate: kept }]);
    expect((await bob.messages(conversation_id)).map(({ content }) => content)).not.toContain("to be forgotten");
    // The same erasure again is the same one, and has the same certificate.
    const again = await operator("", "--yes", "--id", erasure_id, "--json");
    expect(again).toMatchObject({ code: 0, json: [kept] });
  });

  it("[AUDIT-1] lists what was done, and checks it at the server, in a file, and from a head that was noted", async () => {
    const noted = (await admin("audit", "head")).out.trim();
    expect(noted).toMatch(/^\d+:[0-9a-f]{64}$/);
    expect(await admin("dead-letters", "drop", "apns", "--yes", "--as", "carla")).toMatchObject({ code: 0 });
    const table = await admin("audit", "list", "--after", noted.split(":")[0] ?? "");
    expect(table.code).toBe(0);
    expect(table.out).toMatch(/ carla /);
    const listed = await admin("audit", "list", "--json");
    const count = listed.json.length;
    expect(listed.json).toMatchObject(Array.from({ length: count }, (_, at) => ({ index: at + 1 })));
    expect((await admin("audit", "list", "--limit", "1", "--json")).json).toMatchObject([{ index: 1 }]);
    const whole = { code: 0, json: [{ ok: true, head: { index: count } }] };
    expect(await admin("audit", "verify", "--json")).toMatchObject(whole);
    expect(await admin("audit", "verify", "--noted", noted, "--json")).toMatchObject(whole);
    const later = await admin("audit", "verify", "--since", noted, "--json");
    expect(later).toMatchObject(whole);
    expect(later.json).not.toMatchObject([{ checked: count }]);
    const other = `${noted.slice(0, -1)}${noted.endsWith("0") ? "1" : "0"}`;
    for (const how of ["--noted", "--since"]) {
      const said = await admin("audit", "verify", how, other);
      expect(said).toMatchObject({ code: 3, err: "" });
      expect(said.out).toMatch(/^The audit log is not whole\. Entry \d+: /);
    }
    const file = path.join(dataDir, "audit.jsonl");
    await writeFile(file, listed.out);
    expect(await admin("audit", "verify", "--file", file, "--noted", noted, "--json")).toMatchObject(whole);
    await writeFile(file, (await readFile(file, "utf8")).replace("carla", "clara"));
    expect(await admin("audit", "verify", "--file", file)).toMatchObject({ code: 3 });
  });
});
