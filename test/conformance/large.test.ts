import { describe, expect, test } from "vitest";
import { Chatter } from "../support/chatter.ts";
import type { Person } from "../support/person.ts";
import { describeOwn, useServer } from "../support/target.ts";
import { delay, until } from "../support/wait.ts";

const SENDERS = 20;
const EACH = 500;
const WINDOW = 16;

const sayAll = async (chatter: Chatter, id: string): Promise<void> => {
  for (let i = 0; i < EACH; i++) {
    while (chatter.pending >= WINDOW) await delay(2);
    chatter.say(id, `${chatter.person.userId}/${i}`);
  }
  await until("the last acknowledgement", () => chatter.pending === 0, 60_000);
};

describeOwn("one group under load", () => {
  const target = useServer({ env: { SEND_RATE: "100000", SEND_BURST: "100000" } });

  describe(`${SENDERS} senders at once, ${SENDERS * EACH} messages`, { timeout: 240_000 }, () => {
    test("[DLV-2] every log is the same and gapless, and every device holds it", async () => {
      const people = await target.people(...Array.from({ length: SENDERS }, (_x, i) => `sender${i}`));
      const [first, ...others] = people as [Person, ...Person[]];
      const id = (await first.group(others)).conversation_id;
      const chatters = people.map((person) => new Chatter(target.base, person));
      for (const chatter of chatters) chatter.start();
      try {
        const started = Date.now();
        await Promise.all(chatters.map((chatter) => sayAll(chatter, id)));
        console.log(`${SENDERS * EACH} messages acknowledged in ${Date.now() - started} ms`);

        const log = await first.log(id);
        const head = log.length;
        const messages = log.filter((entry) => entry.kind === "message");
        expect(messages.length).toBe(SENDERS * EACH);
        for (const person of others) expect(await person.log(id)).toEqual(log);

        // Each sender's messages stand in the order in which they were sent.
        for (const { person } of chatters) {
          const mine = messages.filter((entry) => entry.sender_id === person.userId).map((entry) => entry.content);
          expect(mine).toEqual(Array.from({ length: EACH }, (_x, i) => `${person.userId}/${i}`));
        }
        await until("every device to hold it all", () => chatters.every((one) => one.holds(id, head)), 60_000, 100);
        const places = new Map(log.map((entry) => [entry.seq, entry.message_id]));
        for (const chatter of chatters) {
          expect(chatter.contradictions).toEqual([]);
          for (const [seq, entry] of chatter.logs.get(id) ?? []) expect(entry.message_id).toBe(places.get(seq));
          for (const { seq, message_id } of chatter.acked.values()) expect(places.get(seq)).toBe(message_id);
        }
      } finally {
        await Promise.all(chatters.map((chatter) => chatter.stop()));
      }
    });
  });
});
