import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { DataExport } from "../../src/shared/protocol/http-data.ts";
import type { Person } from "../support/person.ts";
import { uuid4 } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { reacting } from "../support/write.ts";

const target = useServer(FAST);

type Line = Readonly<Record<string, unknown>>;

const begin = async (admin: Person, user: Person, more: object = {}): Promise<DataExport> =>
  admin.rest.ok("adminExport", { params: { id: user.userId }, body: { export_id: uuid4(), ...more } });

const finished = (admin: Person, { export_id }: DataExport): Promise<DataExport> =>
  until("the export", async () => {
    const state = await admin.rest.ok("adminGetExport", { params: { id: export_id } });
    return state.status === "running" ? undefined : state;
  });

const bytesOf = async (admin: Person, { export_id }: DataExport, range?: string): Promise<Response> =>
  fetch(`${target.base}/api/v1/admin/exports/${export_id}/file`, {
    headers: { authorization: `Bearer ${admin.token}`, ...(range === undefined ? {} : { range }) },
  });

const linesOf = async (admin: Person, job: DataExport): Promise<Line[]> => {
  const file = Buffer.from(await (await bytesOf(admin, job)).arrayBuffer());
  expect(file.byteLength).toBe(job.bytes);
  expect(createHash("sha256").update(file).digest("hex")).toBe(job.sha256);
  const lines = gunzipSync(file).toString("utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Line);
};

const kinds = (lines: readonly Line[], kind: string): Line[] => lines.filter((line) => line["kind"] === kind);

describe("[ADM-14] an export of a person's data", () => {
  test("[DATA-8] holds what is known of him, and what he wrote", async () => {
    const admin = await target.person("admin", { scope: "admin" });
    const { ann, bob, carl, id } = await target.trio();
    await ann.rest.ok("putMe", { body: { display_name: "Ann", privacy: { typing: "nobody" } } });
    await (await ann.connect()).close();
    await ann.rest.ok("block", { params: { user_id: carl.userId } });
    const theirs = await bob.send(id, "by bob");
    await ann.does(reacting(id, theirs.message_id, "👀"));
    for (let n = 0; n < 250; n++) await ann.send(id, `by ann ${n}`);
    const draft = { content: "begun" };
    await ann.rest.ok("putDraft", { params: { id }, body: draft });
    await ann.rest.ok("setPreferences", { params: { id }, body: { pinned: true } });
    const send_at = new Date(Date.now() + 86_400_000).toISOString();
    const later = { client_message_id: uuid4(), send_at, type: "text", content: "later" };
    await ann.rest.ok("scheduleMessage", { params: { id }, body: later });
    const begun = await begin(admin, ann, { reason: "she asked for it" });
    expect(begun).toMatchObject({ status: "running", include: "own", user_id: ann.userId });
    const job = await finished(admin, begun);
    expect(job).toMatchObject({ status: "done", done: 1, of: 1, reason: "she asked for it" });
    const lines = await linesOf(admin, job);
    expect(lines[0]).toMatchObject({ kind: "export", format: 1, user_id: ann.userId });
    expect(lines.at(-1)).toEqual({ kind: "end", lines: lines.length });
    expect(kinds(lines, "profile")).toMatchObject([{ display_name: "Ann", privacy: { typing: "nobody" } }]);
    expect(kinds(lines, "device")).toMatchObject([{ device_id: ann.deviceId }]);
    expect(kinds(lines, "block")).toEqual([{ kind: "block", user_id: carl.userId }]);
    expect(kinds(lines, "conversation")).toMatchObject([{ conversation_id: id, role: "owner", pinned: true, draft }]);
    expect(kinds(lines, "members")[0]?.["user_ids"]).toEqual([ann, bob, carl].map(({ userId }) => userId).toSorted());
    expect(kinds(lines, "scheduled")).toMatchObject([{ content: "later", conversation_id: id }]);
    expect(kinds(lines, "reaction")).toEqual([
      { kind: "reaction", conversation_id: id, message_id: theirs.message_id, emoji: "👀" },
    ]);
    const messages = kinds(lines, "message");
    expect(messages.map((message) => message["content"])).toEqual(
      Array.from({ length: 250 }, (_x, n) => `by ann ${n}`),
    );
    expect(JSON.stringify(lines)).not.toContain("by bob");
    expect(JSON.stringify(lines)).not.toContain(ann.token);
  });

  test("[DATA-8] with `readable` what others wrote, too", async () => {
    const admin = await target.person("admin", { scope: "admin" });
    const { ann, bob, id } = await target.pair();
    await bob.send(id, "by bob");
    await ann.send(id, "by ann");
    const lines = await linesOf(admin, await finished(admin, await begin(admin, ann, { include: "readable" })));
    expect(kinds(lines, "message").map((message) => message["content"])).toEqual(["by bob", "by ann"]);
  });

  test("[DATA-8] of somebody who never was here is empty; the same name again is the same export", async () => {
    const admin = await target.person("admin", { scope: "admin" });
    const nobody = await target.person("nobody");
    const begun = await begin(admin, nobody);
    const again = await begin(admin, nobody, { export_id: begun.export_id });
    expect(again.requested_at).toBe(begun.requested_at);
    const other = await target.person("other");
    const params = { id: other.userId };
    const body = { export_id: begun.export_id };
    expect(await admin.rest.refused("adminExport", { params, body })).toMatchObject({ code: "conflict" });
    const lines = await linesOf(admin, await finished(admin, begun));
    expect(lines.map((line) => line["kind"])).toEqual(["export", "profile", "end"]);
    const unknown = await admin.rest.refused("adminGetExport", { params: { id: uuid4() } });
    expect(unknown).toMatchObject({ code: "not_found" });
  });

  test("[DATA-10] its file is read in pieces", async () => {
    const admin = await target.person("admin", { scope: "admin" });
    const { ann, id } = await target.pair();
    await ann.send(id, "hello");
    const job = await finished(admin, await begin(admin, ann));
    const whole = Buffer.from(await (await bytesOf(admin, job)).arrayBuffer());
    const first = await bytesOf(admin, job, "bytes=0-99");
    expect(first.status).toBe(206);
    expect(first.headers.get("content-range")).toBe(`bytes 0-99/${job.bytes}`);
    const rest = await bytesOf(admin, job, "bytes=100-");
    const both = [await first.arrayBuffer(), await rest.arrayBuffer()].map((bytes) => Buffer.from(bytes));
    expect(Buffer.concat(both)).toEqual(whole);
    expect((await bytesOf(admin, job, `bytes=${job.bytes}-`)).status).toBe(400);
    expect((await bytesOf(ann, job)).status).toBe(403);
  });
});
