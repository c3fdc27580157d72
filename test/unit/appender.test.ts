import { describe, expect, it } from "vitest";
import { messageIdOf } from "../../src/core/conversation/message-id.ts";
import type { Acked } from "../../src/core/conversation/write.ts";
import type { Result } from "../../src/shared/result.ts";
import { seeded } from "../support/random.ts";
import { draftOf, Log, MARK } from "./log-fixtures.ts";
import { uuid4From, uuid7At } from "./uuids.ts";

const random = seeded(12);
const seqs = (results: readonly Result<Acked>[]): (number | string)[] =>
  results.map((result) => (result.ok ? result.value.seq : result.refusal.code));

describe("appending", () => {
  it("[SEQ-1] places rise by one, also over a reload and over batches", () => {
    const log = new Log();
    const id = (): string => uuid7At(log.time.now(), random);
    log.append("ann", id());
    log.append("bob", id(), id(), id());
    log.reload();
    log.append("ann", id(), id());
    expect(log.rows().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(log.appender.head).toBe(7);
  });

  it("[ID-5] stamps never fall, whatever the clock does", () => {
    const log = new Log();
    const start = log.time.now();
    for (const ms of [0, 50, 20, -3_600_000, 60, 51]) {
      log.time.jumpTo(start + ms);
      if (ms === 20) log.reload();
      log.place("ann", uuid7At(start, random));
    }
    const stamps = log.rows().map(({ at }) => at - start);
    expect(stamps).toEqual([0, 0, 50, 50, 50, 60, 60]);
  });

  it("[ID-5] ids sort by time and place, and are those of their entries", async () => {
    const log = new Log();
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) {
      ids.push(log.place("ann", uuid7At(log.time.now(), random)).message_id);
      if (i % 3 === 0) await log.time.pass(7);
    }
    expect(ids).toEqual(ids.toSorted());
    expect(ids).toEqual(
      log
        .rows()
        .slice(1)
        .map(({ at, seq }) => messageIdOf(at, seq, MARK)),
    );
  });

  it("[IDEM-1] an id twice in one batch is one entry and one answer", () => {
    for (const id of [uuid7At(Date.UTC(2026, 10, 22), random), uuid4From(random)]) {
      const log = new Log();
      const other = uuid4From(random);
      const results = log.append("ann", id, other, id, id);
      expect(seqs(results)).toEqual([2, 3, 2, 2]);
      expect(results.map((result) => result.ok && result.value.duplicate)).toEqual([false, false, true, true]);
      expect(log.rows()).toHaveLength(3);
    }
  });

  it("[IDEM-1] a batch of old and new places only the new", () => {
    const log = new Log();
    const [a, b, c] = [uuid4From(random), uuid7At(log.time.now(), random), uuid4From(random)];
    log.append("ann", a, b);
    expect(seqs(log.append("ann", b, c, a))).toEqual([3, 4, 2]);
    expect(log.rows()).toHaveLength(4);
  });

  it("[SEND-2] a mention of who is no member is refused, and leaves nothing behind", () => {
    const log = new Log();
    const id = uuid4From(random);
    const results = log.write(
      "ann",
      draftOf(id, { mentions: ["bob", "eve"] }),
      draftOf(uuid4From(random), { mentions: ["bob", "ann"] }),
    );
    expect(seqs(results)).toEqual(["bad_request", 2]);
    expect(log.rows()).toHaveLength(2);
    expect(log.rows()[1]?.mentions).toBe('["bob","ann"]');
    // A refused id is free: mended, it is a message.
    expect(log.place("ann", id)).toMatchObject({ seq: 3, duplicate: false });
  });

  it("reply_to names a message of this conversation, or is refused and leaves nothing behind", () => {
    const log = new Log();
    const { message_id, at } = log.place("bob", uuid4From(random));
    const reply = (reply_to: string): (number | string)[] =>
      seqs(log.write("ann", draftOf(uuid4From(random), { reply_to })));
    const founding = messageIdOf(log.rows()[0]?.at ?? 0, 1, MARK);
    const wrong = [
      founding,
      messageIdOf(at, 99, MARK),
      messageIdOf(at + 1, 2, MARK),
      `${message_id.slice(0, -1)}${message_id.endsWith("0") ? "1" : "0"}`,
      "not an id",
      "",
    ];
    for (const id of wrong) expect(reply(id)).toEqual(["bad_request"]);
    expect(log.rows()).toHaveLength(2);
    expect(reply(message_id)).toEqual([3]);
    expect(JSON.parse(log.rows()[2]?.body ?? "")).toMatchObject({ reply_to: message_id });
  });

  it("a message costs one row, and a batch is all or nothing", () => {
    const log = new Log();
    const before = log.sql.rowsWritten;
    log.place("ann", uuid7At(log.time.now(), random));
    expect(log.sql.rowsWritten - before).toBe(1);
    log.place("ann", uuid4From(random));
    expect(log.sql.rowsWritten - before).toBe(3);
  });

  it("what cannot be written is not there, and its place is given to the next", () => {
    const log = new Log();
    const [first, second] = [uuid4From(random), uuid4From(random)];
    // Somebody else has the second one's place among the ids: the batch cannot be written.
    log.sql.run("INSERT INTO seen (sender_id, client_id, seq) VALUES (?, ?, ?)", "ann", second, 999);
    expect(() => log.append("ann", first, second)).toThrow();
    expect(log.rows()).toHaveLength(1);
    // An object in which a write threw begins anew: memory is not rolled back.
    log.reload();
    expect(log.appender.head).toBe(1);
    expect(log.place("ann", first)).toMatchObject({ seq: 2, duplicate: false });
  });
});
