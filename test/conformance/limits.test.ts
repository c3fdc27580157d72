import { describe, expect, test } from "vitest";
import { uuid7 } from "../support/random.ts";
import { describeOwn, useServer } from "../support/target.ts";
import { delay } from "../support/wait.ts";

const target = useServer();
const frame = (id: string, content: string, client_message_id = uuid7()) =>
  ({ type: "send", conversation_id: id, client_message_id, content }) as const;

describeOwn("sends per user at the default rate", () => {
  test("[LIM-8] 30 at once pass, the 31st is rate_limited and says when to come back", async () => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    const before = (await ann.row(id)).head_seq;
    const ids = Array.from({ length: 60 }, () => uuid7());
    const started = Date.now();
    const answers = await Promise.all(ids.map((cid) => session.request(frame(id, cid, cid))));
    const elapsed = Date.now() - started;
    const acks = answers.filter((answer) => answer.type === "ack");
    expect(answers.slice(0, 30).every((answer) => answer.type === "ack")).toBe(true);
    // A slow machine lets a few more through: ten for each second that the burst took.
    expect(acks.length).toBeLessThanOrEqual(30 + Math.ceil(elapsed / 100) + 1);
    const refused = answers.filter((answer) => answer.type === "error");
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ code: "rate_limited" });
    expect(refused.every((error) => (error.retry_after_ms ?? 0) > 0)).toBe(true);
    expect((await ann.log(id)).length).toBe(before + acks.length);

    const late = ids.find((cid) => !acks.some((ack) => ack.client_message_id === cid)) ?? "";
    const wait = refused[0]?.type === "error" ? (refused[0].retry_after_ms ?? 0) : 0;
    expect(wait).toBeLessThanOrEqual(5000);
    await delay(wait + 100);
    const ack = await session.ask("ack", frame(id, late, late));
    expect(ack.duplicate ?? false).toBe(false);
    await session.ping();
    expect(session.closedBy).toBeUndefined();
  });

  test("[LIM-8] the limit is one user's, over HTTP and all devices together", async () => {
    const { ann, bob, id } = await target.pair();
    const tablet = await target.person("ann", { userId: ann.userId });
    const body = (): object => ({ conversation_id: id, client_message_id: uuid7(), type: "text", content: "x" });
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_x, i) => (i % 2 === 0 ? ann : tablet).rest.call("sendMessage", { body: body() })),
    );
    const limited = answers.filter((answer) => answer.status === 429);
    expect(limited.length).toBeGreaterThan(0);
    for (const { problem } of limited) {
      expect(problem).toMatchObject({ code: "rate_limited" });
      expect(problem?.retry_after_ms).toBeGreaterThan(0);
    }
    expect((await bob.rest.call("sendMessage", { body: body() })).status).toBe(201);
  });

  test("[LIM-8] a repeat of what was acknowledged gives the old answer when the rate allows it", async () => {
    const { ann, id } = await target.pair();
    const session = await ann.connect();
    const cid = uuid7();
    const first = await session.ask("ack", frame(id, "x", cid));
    const answers = await Promise.all(Array.from({ length: 40 }, () => session.request(frame(id, "x", cid))));
    for (const answer of answers) {
      if (answer.type === "ack") expect(answer).toMatchObject({ seq: first.seq, duplicate: true });
      else expect(answer).toMatchObject({ type: "error", code: "rate_limited" });
    }
    expect((await ann.log(id)).filter((entry) => entry.client_message_id === cid).length).toBe(1);
  });
});

describe("after a refusal", () => {
  test("[WS-7] every kind of error leaves the connection open and the log as it was", async () => {
    const { ann, bob, id } = await target.pair();
    const mine = await bob.group([]);
    const session = await ann.connect();
    const head = (await ann.row(id)).head_seq;
    const wrong: [object, string][] = [
      [frame(id, "x".repeat(17_000)), "too_large"],
      [frame("no-such-conversation", "x"), "not_found"],
      [frame(mine.conversation_id, "x"), "not_found"],
      [{ ...frame(id, "x"), client_message_id: "x" }, "bad_request"],
      [{ type: "log", conversation_id: mine.conversation_id, after: 0 }, "not_found"],
      [{ type: "nothing" }, "bad_request"],
      [{ type: "call", conversation_id: id, call_id: "c", signal: "invite", payload: {} }, "unsupported"],
    ];
    for (const [command, code] of wrong) {
      expect(await session.provoke(JSON.stringify(command)), JSON.stringify(command).slice(0, 100)).toMatchObject({
        code,
      });
    }
    const ack = await session.ask("ack", frame(id, "alive"));
    expect(ack.seq).toBe(head + 1);
    expect((await bob.log(id)).length).toBe(head + 1);
  });
});
