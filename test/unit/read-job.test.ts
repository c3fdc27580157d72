import { describe, expect, it } from "vitest";
import { jobOf } from "./push-jobs.ts";
import { readJob } from "../../src/worker/consumers/read-job.ts";

const good = jobOf(1_764_000_000_000, {
  address: { kind: "fcm", token: "t".repeat(20) },
});

describe("a job that comes out of a queue", () => {
  it("is what went in", () => {
    expect(readJob(JSON.parse(JSON.stringify(good)))).toEqual(good);
    const { conversation: _, collapse: __, ...test } = good;
    const note = { type: "test", badge: 0, timestamp: good.note.timestamp };
    expect(readJob({ ...test, note })).toEqual({ ...test, note });
  });

  const bad: [string, unknown][] = [
    ["nothing", undefined],
    ["a text", "job"],
    ["a list", [good]],
    ["one without an address", { ...good, address: undefined }],
    ["one to a kind that nobody knows", { ...good, address: { kind: "pager", token: "t".repeat(20) } }],
    ["one to nobody", { ...good, user: "" }],
    ["one that never ends", { ...good, ttlSeconds: Number.POSITIVE_INFINITY }],
    ["one whose time is a text", { ...good, dueAt: "now" }],
    ["one with an urgency that nobody knows", { ...good, urgency: "extreme" }],
    ["one without a note", { ...good, note: {} }],
  ];
  it.each(bad)("%s is none", (_what, body) => {
    expect(readJob(body)).toBeUndefined();
  });
});
