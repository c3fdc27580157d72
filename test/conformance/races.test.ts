import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { assertStanding, pinned } from "../support/standing.ts";
import { FAST, useServer } from "../support/target.ts";
import { Writer } from "../support/writer.ts";
import {
  adding,
  deleting,
  editing,
  naming,
  pinning,
  reacting,
  removing,
  sending,
  unpinning,
  unreacting,
} from "../support/write.ts";
import type { Write } from "../support/write.ts";

const target = useServer(FAST);

/** What everybody is shown is what the log says; the logs are the same. */
const assertAgreement = async (people: readonly Person[], id: string): Promise<readonly Entry[]> => {
  const logs = await Promise.all(people.map((person) => person.log(id)));
  const [log = []] = logs;
  for (const other of logs) expect(other).toEqual(log);
  for (const person of people) assertStanding(person.userId, await person.history(id), log);
  const pins = (await people[0]?.rest.ok("listPins", { params: { id }, query: { limit: 200 } }))?.messages ?? [];
  expect(pins.map((message) => message.message_id)).toEqual(pinned(log));
  return log;
};

const codes = async (writes: readonly (readonly [Person, Write])[]): Promise<string[]> =>
  (await Promise.all(writes.map(([person, write]) => person.tries(write)))).sort();

const admins = async () => {
  const trio = await target.trio();
  const { ann, bob, carl, id } = trio;
  await ann.does(naming(id, bob, "admin"));
  await ann.does(naming(id, carl, "admin"));
  return trio;
};

describe("at the same time", () => {
  test("[EDIT-1] [DEL-1] two delete one message: one entry, the other is told that it is gone", async () => {
    const { ann, bob, carl, id } = await admins();
    for (let round = 0; round < 8; round++) {
      const { message_id, seq } = await ann.send(id, "x");
      const answers = await codes([
        [ann, deleting(id, message_id)],
        [bob, deleting(id, message_id)],
        [carl, deleting(id, message_id)],
      ]);
      expect(answers).toEqual(["conflict", "conflict", "ok"]);
      expect((await ann.log(id)).length).toBe(seq + 1);
    }
    await assertAgreement([ann, bob, carl], id);
  });

  test("[EDIT-1] edits from two devices and a deletion: no edit after the deletion, nothing of the words left", async () => {
    const { ann, bob, id } = await admins();
    const tablet = await target.person("tablet", { userId: ann.userId });
    for (let round = 0; round < 8; round++) {
      const { message_id } = await ann.send(id, "words 0");
      const answers = await Promise.all([
        ann.tries(editing(id, message_id, "words 1")),
        tablet.tries(editing(id, message_id, "words 2")),
        bob.tries(deleting(id, message_id)),
        ann.tries(editing(id, message_id, "words 3")),
      ]);
      expect(answers[2]).toBe("ok");
      const log = await bob.log(id);
      const about = log.filter((entry) => "target" in entry && entry.target === message_id);
      expect(about.at(-1)?.kind).toBe("delete");
      expect(about.length).toBe(answers.filter((code) => code === "ok").length);
      expect(answers.filter((code) => code !== "ok").every((code) => code === "conflict")).toBe(true);
    }
    const log = await assertAgreement([ann, bob], id);
    expect(JSON.stringify(log)).not.toContain("words");
  });

  test("[REACT-1] ten devices of five people toggle one emoji: counts as the log says", async () => {
    const ann = await target.person("ann");
    const people = await target.people("b", "c", "d", "e");
    const id = (await ann.group(people)).conversation_id;
    const { message_id } = await ann.send(id, "x");
    const all = [ann, ...people];
    const writers = await Promise.all(
      all.flatMap((person) => [
        Promise.resolve(Writer.http(person.rest)),
        (async () => Writer.socket(await person.connect()))(),
      ]),
    );
    await Promise.all(
      writers.map(async (writer) => {
        for (let i = 0; i < 8; i++) {
          const write = i % 3 === 2 ? unreacting(id, message_id) : reacting(id, message_id);
          expect(["ok", "not_found"]).toContain(await writer.tries(write));
        }
      }),
    );
    const log = await assertAgreement(all, id);
    // Of each person, taking away and adding alternate.
    for (const person of all) {
      const mine = log.filter((entry) => entry.kind === "reaction" && entry.sender_id === person.userId);
      expect(mine.map((entry) => entry.kind === "reaction" && entry.op)).toEqual(
        mine.map((_entry, i) => (i % 2 === 0 ? "add" : "remove")),
      );
    }
  });

  test("[MEMB-5] two add the same people: each is there once", async () => {
    const { ann, bob, carl, id } = await admins();
    for (let round = 0; round < 5; round++) {
      const [dora, emil, fay] = await target.people("dora", "emil", "fay");
      const answers = await codes([
        [ann, adding(id, [dora, emil])],
        [bob, adding(id, [emil, fay])],
        [carl, adding(id, [dora, emil, fay])],
      ]);
      expect(answers.every((code) => code === "ok" || code === "conflict")).toBe(true);
      for (const who of [dora, emil, fay]) {
        const joined = (await ann.log(id)).filter((entry) => entry.kind === "member" && entry.user_id === who.userId);
        expect(joined.length).toBe(1);
        expect((await dora.members(id)).get(who.userId)).toBe("member");
      }
    }
    const head = (await ann.log(id)).length;
    expect(await settledRow(ann, id, head)).toMatchObject({ member_count: 18 });
    await assertAgreement([ann, bob, carl], id);
  });

  test("[ROLE-5] the last owner and others leave: there is always one owner, and the log says who", async () => {
    for (let round = 0; round < 6; round++) {
      const people = await target.people("a", "b", "c", "d", "e");
      const [ann, bob, carl, dora, emil] = people;
      const id = (await ann.group([bob, carl, dora, emil])).conversation_id;
      await ann.does(naming(id, bob, "admin"));
      const leaving = round % 2 === 0 ? [ann, bob] : [bob, ann, carl];
      expect(await codes(leaving.map((person) => [person, removing(id, person)] as const))).toEqual(
        leaving.map(() => "ok"),
      );
      const members = await emil.members(id);
      expect([...members.values()].filter((role) => role === "owner").length).toBe(1);
      expect(members.size).toBe(5 - leaving.length);
      const roles = new Map(people.map((person) => [person.userId, person === ann ? "owner" : "member"]));
      for (const entry of await emil.log(id)) {
        if (entry.kind !== "member") continue;
        if (entry.op === "remove") roles.delete(entry.user_id);
        else if (entry.role !== undefined) roles.set(entry.user_id, entry.role);
        // Somebody inherits before the owner is gone.
        expect([...roles.values()]).toContain("owner");
      }
      expect(Object.fromEntries(roles)).toEqual(Object.fromEntries(members));
    }
  });

  test("[ROLE-5] two owners step down: one of them stays", async () => {
    for (let round = 0; round < 6; round++) {
      const { ann, bob, carl, id } = await target.trio();
      await ann.does(naming(id, bob, "owner"));
      const answers = await codes([
        [ann, naming(id, ann, "member")],
        [bob, naming(id, bob, "member")],
      ]);
      expect(answers).toEqual(["conflict", "ok"]);
      expect([...(await carl.members(id)).values()].filter((role) => role === "owner").length).toBe(1);
    }
  });

  test("[ROLE-4] an admin who is being demoted removes nobody afterwards", async () => {
    const { ann, bob, carl, id } = await target.trio();
    await ann.does(naming(id, bob, "admin"));
    for (let round = 0; round < 6; round++) {
      const [demotion, removal] = await Promise.all([
        ann.does(naming(id, bob, "member")),
        bob.rest.call("removeMember", removing(id, carl).input),
      ]);
      if (removal.body === undefined) expect(removal.problem?.code).toBe("forbidden");
      else expect(removal.body.seq).toBeLessThan(demotion.seq);
      if (removal.body !== undefined) await ann.does(adding(id, [carl]));
      await ann.does(naming(id, bob, "admin"));
    }
  });

  test("[PIN-2] pins and their taking away: the list is what the log says", async () => {
    const { ann, bob, carl, id } = await admins();
    const sent = await Promise.all(Array.from({ length: 6 }, (_x, i) => ann.send(id, `${i}`)));
    await Promise.all(
      [ann, bob, carl].map(async (person, p) => {
        for (let i = 0; i < 12; i++) {
          const { message_id = "" } = sent[(i + p) % sent.length] ?? {};
          const code = await person.tries(i % 2 === 0 ? pinning(id, message_id) : unpinning(id, message_id));
          expect(["ok", "conflict", "not_found"]).toContain(code);
        }
      }),
    );
    await assertAgreement([ann, bob, carl], id);
  });
});

describe("everything at once", () => {
  test(
    "[DLV-2] [CONV-5] five people do whatever they may: logs, views and counts agree",
    { timeout: 60_000 },
    async () => {
      const seed = chooseSeed();
      console.log(`seed ${seed} (PARLEY_SEED)`);
      const random = seeded(seed);
      const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
      const ann = await target.person("ann");
      const others = await target.people("bob", "carl", "dora", "emil");
      const people = [ann, ...others];
      const id = (await ann.group(others)).conversation_id;
      await ann.does(naming(id, others[0], "admin"));
      const sessions = await Promise.all(people.map((person) => person.connect()));
      const known: string[] = [(await ann.send(id, "the first")).message_id];
      const act = async (person: Person): Promise<void> => {
        const message = pick(known);
        const dice = random();
        if (dice < 0.35) {
          const more = pick([{}, { reply_to: message }, { mentions: [pick(people).userId] }, { thread_root: message }]);
          const { sent } = await Writer.http(person.rest).outcome(sending(id, `${dice}`, more));
          if (sent !== undefined) known.push(sent.message_id);
        } else if (dice < 0.5) await person.tries(editing(id, message, `${dice}`));
        else if (dice < 0.6) await person.tries(deleting(id, message));
        else if (dice < 0.8) await person.tries(reacting(id, message, pick(["👍", "🎉"])));
        else if (dice < 0.9) await person.tries(unreacting(id, message, pick(["👍", "🎉"])));
        else if (dice < 0.95) await person.tries(pinning(id, message));
        else await person.read(id, Math.floor(random() * known.length * 2));
      };
      await Promise.all(
        people.map(async (person) => {
          for (let i = 0; i < 40; i++) await act(person);
        }),
      );
      const log = await assertAgreement(people, id);
      const head = log.length;
      for (const [i, session] of sessions.entries()) {
        await session.entry(id, head, 10_000);
        const seqs = session.pushed(id).map((entry) => entry.seq);
        expect(seqs).toEqual([...new Set(seqs)].sort((x, y) => x - y));
        const person = people[i];
        if (person !== undefined) await settledRow(person, id, head);
      }
    },
  );
});
