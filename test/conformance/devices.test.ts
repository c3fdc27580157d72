import { describe, expect, test } from "vitest";
import type { Session } from "../support/session.ts";
import { uuid7 } from "../support/random.ts";
import { useServer } from "../support/target.ts";
import { within } from "../support/wait.ts";

const target = useServer();

describe("several devices", () => {
  test("[EVT-3] what one device sends reaches the sender's other device and every device of the other", async () => {
    const { ann, bob, id } = await target.pair();
    const annTablet = await target.person("ann", { userId: ann.userId });
    const bobTablet = await target.person("bob", { userId: bob.userId });
    const sessions = await Promise.all([ann, annTablet, bob, bobTablet].map((person) => person.connect()));
    const [phone] = sessions;
    const ack = await phone?.ask("ack", {
      type: "send",
      conversation_id: id,
      client_message_id: uuid7(),
      content: "hi",
    });
    for (const session of sessions) {
      const event = await session.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === ack?.seq));
      expect(event.entries.find((entry) => entry.seq === ack?.seq)).toMatchObject({ message_id: ack?.message_id });
    }
    expect(sessions.slice(1).flatMap((session) => session.all("ack"))).toEqual([]);
  });

  test("[CLOSE-3] the same device connecting again replaces the old connection with 4502", async () => {
    const { ann, bob, id } = await target.pair();
    const first = await bob.connect();
    const second = await bob.connect();
    expect((await within(first.closed, 5000, "the close")).code).toBe(4502);
    const { seq } = await ann.send(id, "hi");
    await second.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === seq));
    expect(second.isOpen).toBe(true);
  });

  test("[CONN-5] an attempt that was given up and is late replaces nothing; a later one does", async () => {
    const { ann, bob, id } = await target.pair();
    const current = await bob.connect({ query: { attempt: "1000" } });
    const late = await target.open({ token: bob.token, query: { attempt: "999" } });
    const { code, reason } = await within(late.closed, 5000, "the close");
    expect([code, Number(reason) > 0]).toEqual([4429, true]);
    const { seq } = await ann.send(id, "hi");
    await current.entry(id, seq);
    const next = await bob.connect({ query: { attempt: "1001" } });
    expect((await within(current.closed, 5000, "the close")).code).toBe(4502);
    // One that does not say is taken at its word.
    await bob.connect();
    expect((await within(next.closed, 5000, "the close")).code).toBe(4502);
    const refused = await bob.connect({ query: { attempt: "soon" } }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 400 });
  });

  test("[LIM-7] 32 connections stay, the 33rd closes the oldest with 4502", { timeout: 30_000 }, async () => {
    const ann = await target.person("ann");
    const sessions: Session[] = [];
    for (let i = 0; i < 32; i++) {
      sessions.push(await (await target.person("ann", { userId: ann.userId, deviceId: `d${i}` })).connect());
    }
    const [oldest, ...others] = sessions;
    await oldest?.ping();
    expect(sessions.every((session) => session.isOpen)).toBe(true);
    const one = await (await target.person("ann", { userId: ann.userId, deviceId: "d32" })).connect();
    expect((await within(oldest?.closed ?? Promise.reject(new Error("none")), 5000, "the close")).code).toBe(4502);
    for (const session of [...others, one]) await session.ping();
    expect(others.every((session) => session.isOpen)).toBe(true);
  });

  test("[CMD-7] state is taken without an answer and without harm", async () => {
    const { ann, bob, id } = await target.pair();
    const session = await bob.connect();
    const from = session.mark;
    for (const active of [false, true, false]) session.tell({ type: "state", active });
    await session.ask("sync", { type: "sync", since: 0 });
    expect(session.all("error", from)).toEqual([]);
    const { seq } = await ann.send(id, "still here?");
    await session.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === seq));
  });

  test("[DLV-3] a device that was away has what it missed after one sync, another never lost it", async () => {
    const { ann, bob, id } = await target.pair();
    const tablet = await target.person("bob", { userId: bob.userId });
    const stays = await tablet.connect({ since: 0 });
    const leaves = await bob.connect({ since: 0 });
    const { rev } = await leaves.waitFor("sync");
    const head = (await bob.row(id)).head_seq;
    leaves.tell({ type: "delivered", conversation_id: id, up_to: head });
    await leaves.ask("sync", { type: "sync", since: rev });
    await leaves.close();
    const sent = [await ann.send(id, "1"), await ann.send(id, "2"), await ann.send(id, "3")].map((one) => one.seq);
    await stays.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === sent[2]));
    const back = await bob.connect({ since: rev });
    const { entries } = await back.waitFor("sync");
    expect((entries[id] ?? []).map((entry) => entry.seq)).toEqual(sent);
    const pushed = stays.all("entries").flatMap((event) => event.entries.map((entry) => entry.seq));
    expect(pushed.filter((seq) => seq > head)).toEqual(sent);
  });
});
