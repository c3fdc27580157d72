import { describe, expect, test } from "vitest";
import { acquainted, block, everything, unblock } from "../support/blocking.ts";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { uuid7 } from "../support/random.ts";
import type { Session } from "../support/session.ts";
import { assertStanding } from "../support/standing.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { deleting, editing, pinning, reacting, sending, unreacting } from "../support/write.ts";

const target = useServer(FAST);

/** What ann sees of a conversation with somebody: names, places and times taken out of it. */
const storyOf = async (ann: Person, session: Session, other: Person): Promise<string> => {
  const mark = session.mark;
  const { conversation_id: id } = await ann.direct(other);
  session.tell({ type: "open", conversation_id: id });
  const one = await ann.send(id, "one");
  const again = { type: "send", conversation_id: id, client_message_id: uuid7(), content: "two" } as const;
  const story: unknown[] = [one, await session.request(again), await session.request(again)];
  for (const write of [
    sending(id, "re", { reply_to: one.message_id, mentions: [other.userId] }),
    sending(id, "in a thread", { thread_root: one.message_id }),
    editing(id, one.message_id, "edited"),
    reacting(id, one.message_id),
    pinning(id, one.message_id),
    unreacting(id, one.message_id, "👀"),
    sending(id, "to nobody", { mentions: ["nobody"] }),
    deleting(id, one.message_id),
  ])
    story.push(await ann.rest.call(write.route, write.input));
  session.tell({ type: "typing", conversation_id: id, state: "start" });
  await ann.read(id, 4);
  await ann.delivered(id, 4);
  const params = { id };
  const user_id = other.userId;
  story.push(
    await ann.rest.call("createConversation", { body: { type: "direct", user_id } }),
    await ann.rest.call("addMembers", { params, body: { user_ids: [user_id] } }),
    await ann.rest.call("removeMember", { params: { id, uid: user_id } }),
    await ann.rest.call("getUser", { params: { id: user_id } }),
    await everything(ann, id, [one.message_id]),
    (await ann.list()).find(({ conversation_id }) => conversation_id === id),
  );
  await session.settle();
  story.push(session.frames.slice(mark).filter((frame) => JSON.stringify(frame).includes(id)));
  return JSON.stringify(story)
    .replaceAll(other.userId, "OTHER")
    .replaceAll(id, "ID")
    .replaceAll(/"ref":"[^"]*"/g, "")
    .replaceAll(
      /"(rev|timestamp|edited_at|deleted_at|created_at|joined_at|last_reply_at|reacted_at)":("[^"]*"|\d+)/g,
      "",
    )
    .replaceAll(
      /\\"(rev|timestamp|edited_at|deleted_at|created_at|joined_at|last_reply_at|reacted_at)\\":(\\"[^"]*\\"|\d+)/g,
      "",
    )
    .replaceAll(/[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{8}-[0-9a-f-]{27}/g, "NAME");
};

test("[BLOCK-5] all that a blocked person is told is what he is told of somebody who is away", async () => {
  const stories = await Promise.all(
    ["blocks", "away"].map(async (how) => {
      const [ann, other] = await target.people("ann", "bob");
      if (how === "blocks") await block(other, ann);
      const session = await ann.connect();
      return (await storyOf(ann, session, other)).replaceAll(ann.userId, "ANN").replaceAll(ann.deviceId, "DEVICE");
    }),
  );
  expect(stories[0]?.length).toBeGreaterThan(2000);
  expect(stories[0]).toBe(stories[1]);
});

describe("races", () => {
  test("[BLOCK-1] of messages that are on their way, those acknowledged after the answer are hidden", async () => {
    const { ann, bob, id, a } = await acquainted(target);
    const acked: { readonly seq: number; readonly begunAfter: boolean; readonly endedBefore: boolean }[] = [];
    let answered = false;
    let asked = false;
    const lanes = Array.from({ length: 4 }, async (_none, lane) => {
      for (let after = 0; after < 5; after += answered ? 1 : 0) {
        const begunAfter = answered;
        const frame = {
          type: "send",
          conversation_id: id,
          client_message_id: uuid7(),
          content: `lane ${lane}`,
        } as const;
        const { seq } = await a.ask("ack", frame);
        acked.push({ seq, begunAfter, endedBefore: !asked });
      }
    });
    await until("messages", () => acked.length >= 10);
    asked = true;
    await block(bob, ann);
    answered = true;
    await Promise.all(lanes);
    const shown = new Set((await bob.history(id)).map(({ seq }) => seq));
    for (const { seq, begunAfter, endedBefore } of acked) {
      if (begunAfter) expect(shown.has(seq), `${seq} was begun after the answer`).toBe(false);
      if (endedBefore) expect(shown.has(seq), `${seq} was there before`).toBe(true);
    }
    // Once there is one that is hidden, all that follow are.
    const places = acked.map(({ seq }) => seq).sort((x, y) => x - y);
    const first = places.findIndex((seq) => !shown.has(seq));
    expect(places.slice(first).some((seq) => shown.has(seq))).toBe(false);
  });

  test("[BLOCK-1] founding and blocking at once: either the conversation is there, or nothing of it is", async () => {
    for (let i = 0; i < 8; i++) {
      const [ann, bob] = await target.people("ann", "bob");
      const [{ conversation_id: id }] = await Promise.all([ann.direct(bob), block(bob, ann)]);
      await ann.send(id, "secret");
      expect(await everything(bob, id)).not.toContain("secret");
    }
  });

  test("[BLOCK-1] a storm of blocks and unblocks: the last word counts, and every log is whole", async () => {
    const { ann, bob, id, a } = await acquainted(target);
    const sends = (async () => {
      for (let i = 0; i < 300; i++)
        await a.ask("ack", { type: "send", conversation_id: id, client_message_id: uuid7(), content: `${i}` });
    })();
    const other = await target.person("bob", { userId: bob.userId });
    for (let i = 0; i < 15; i++) await Promise.all([block(bob, ann), unblock(other, ann), block(other, ann)]);
    await Promise.all([unblock(bob, ann), unblock(other, ann)]);
    await block(bob, ann);
    await sends;
    const hidden = await ann.send(id, "secret");
    expect((await bob.history(id)).map(({ seq }) => seq)).not.toContain(hidden.seq);
    await unblock(bob, ann);
    const last = await ann.send(id, "last");
    await settledRow(bob, id, last.seq);
    const log = await bob.log(id);
    expect(log).toHaveLength(last.seq);
    assertStanding(bob.userId, await bob.history(id), log);
    expect((await ann.history(id)).length).toBeGreaterThan(log.filter(({ kind }) => kind === "message").length - 1);
  });
});
