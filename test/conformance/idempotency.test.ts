import { describe, expect, test } from "vitest";
import type { Person } from "../support/person.ts";
import { uuid4, uuid7 } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { Writer } from "../support/writer.ts";
import {
  adding,
  changing,
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

interface Scene {
  readonly ann: Person;
  readonly bob: Person;
  readonly carl: Person;
  readonly dora: Person;
  readonly id: string;
  /** Messages of ann's: a plain one, one that she reacted to, one that is pinned. */
  readonly plain: string;
  readonly reacted: string;
  readonly pinned: string;
}

const setUp = async (): Promise<Scene> => {
  const trio = await target.trio();
  const { ann, id } = trio;
  const dora = await target.person("dora");
  const [plain, reacted, pinned] = [await ann.send(id, "1"), await ann.send(id, "2"), await ann.send(id, "3")];
  await ann.does(reacting(id, reacted.message_id));
  await ann.does(pinning(id, pinned.message_id));
  return { ...trio, dora, plain: plain.message_id, reacted: reacted.message_id, pinned: pinned.message_id };
};

/** Every write of the owner's that has a place in the log, and what undoes or overlays it afterwards. */
const WRITES: Record<string, (scene: Scene, cid: string) => { write: Write; after: Write[] }> = {
  send: ({ id, plain }, cid) => ({ write: sending(id, "x", { cid, reply_to: plain }), after: [deleting(id, plain)] }),
  edit: ({ id, plain }, cid) => ({
    write: editing(id, plain, "x", cid),
    after: [editing(id, plain, "y"), deleting(id, plain)],
  }),
  delete: ({ id, plain }, cid) => ({ write: deleting(id, plain, cid), after: [] }),
  react: ({ id, plain }, cid) => ({
    write: reacting(id, plain, "🎉", cid),
    after: [unreacting(id, plain, "🎉"), deleting(id, plain)],
  }),
  unreact: ({ id, reacted }, cid) => ({ write: unreacting(id, reacted, "👍", cid), after: [reacting(id, reacted)] }),
  pin: ({ id, plain }, cid) => ({ write: pinning(id, plain, cid), after: [unpinning(id, plain)] }),
  unpin: ({ id, pinned }, cid) => ({ write: unpinning(id, pinned, cid), after: [pinning(id, pinned)] }),
  add: ({ id, dora }, cid) => ({ write: adding(id, [dora], undefined, cid), after: [removing(id, dora)] }),
  "change a role": ({ id, bob }, cid) => ({ write: naming(id, bob, "admin", cid), after: [naming(id, bob, "member")] }),
  remove: ({ id, bob }, cid) => ({ write: removing(id, bob, cid), after: [adding(id, [bob])] }),
};

const NOISE = 3;

describe.each(Object.keys(WRITES))("%s", (name) => {
  const make = (scene: Scene, cid: string): { write: Write; after: Write[] } => {
    const found = WRITES[name]?.(scene, cid);
    if (found === undefined) throw new Error(`${name} is not a write`);
    return found;
  };

  test.each([
    ["4", uuid4],
    ["7", () => uuid7()],
    ["7 of a month ago", () => uuid7(Date.now() - 30 * 86_400_000)],
  ])(
    "[IDEM-1] [IDEM-2] with a UUID of version %s: the same place on every repeat, over both transports",
    async (_version, makeId) => {
      const scene = await setUp();
      const { ann, carl, id } = scene;
      const { write, after } = make(scene, makeId());
      const first = await Writer.http(ann.rest).outcome(write);
      expect(first.status).toBe(201);
      expect(first.sent?.duplicate ?? false).toBe(false);
      const due = {
        seq: first.sent?.seq,
        message_id: first.sent?.message_id,
        timestamp: first.sent?.timestamp,
        client_message_id: first.sent?.client_message_id,
        duplicate: true,
      };
      const socket = write.frame === undefined ? undefined : Writer.socket(await ann.connect());
      const repeat = async (): Promise<void> => {
        const again = await Writer.http(ann.rest).outcome(write);
        expect(again.status).toBe(200);
        expect(again.sent).toMatchObject(due);
        if (socket !== undefined) expect(await socket.does(write)).toMatchObject(due);
      };
      await repeat();
      for (let i = 0; i < NOISE; i++) await carl.send(id, "noise");
      for (const later of after) await ann.does(later);
      const log = await ann.log(id);
      await repeat();
      expect(await ann.log(id)).toEqual(log);
      expect(log.filter((entry) => entry.client_message_id === due.client_message_id).length).toBe(1);
    },
  );

  test("[DLV-4] a storm of one id makes one entry", async () => {
    const scene = await setUp();
    const { ann, id } = scene;
    const { write } = make(scene, uuid7());
    const writers = [Writer.http(ann.rest)];
    if (write.frame !== undefined) {
      const tablet = await target.person("tablet", { userId: ann.userId });
      writers.push(Writer.socket(await ann.connect()), Writer.socket(await tablet.connect()));
    }
    const head = (await ann.log(id)).length;
    const answers = await Promise.all(
      writers.flatMap((writer) => Array.from({ length: 24 / writers.length }, () => writer.does(write))),
    );
    expect(new Set(answers.map((one) => `${one.seq} ${one.message_id} ${one.timestamp}`)).size).toBe(1);
    expect(answers.filter((one) => one.duplicate !== true).length).toBe(1);
    expect((await ann.log(id)).length).toBe(head + 1);
  });

  test("[IDEM-4] the same id of somebody else, or in another conversation, is another write", async () => {
    const [one, two] = [await setUp(), await setUp()];
    const cid = uuid7();
    const first = await one.ann.does(make(one, cid).write);
    // The same id in another conversation, of another user.
    const second = await two.ann.does(make(two, cid).write);
    expect(second.duplicate ?? false).toBe(false);
    const third = await one.bob.tries(sending(one.id, "mine", { cid }));
    expect(third).toBe(name === "remove" ? "not_found" : "ok");
    const named = (await one.ann.log(one.id)).filter((entry) => entry.client_message_id === cid);
    expect(named[0]?.seq).toBe(first.seq);
    expect(named.length).toBe(name === "remove" ? 1 : 2);
  });
});

describe("a refused write", () => {
  test("[IDEM-1] does not use up its id", async () => {
    const { ann, bob, id, plain } = await setUp();
    const cid = uuid7();
    expect(await bob.tries(deleting(id, plain, cid))).toBe("forbidden");
    expect(await bob.tries(pinning(id, plain, cid))).toBe("forbidden");
    expect(await bob.tries(changing(id, { name: "mine" }, cid))).toBe("forbidden");
    const sent = await bob.does(sending(id, "allowed", { cid }));
    expect(sent.duplicate ?? false).toBe(false);
    expect((await ann.log(id)).at(-1)).toMatchObject({ seq: sent.seq, client_message_id: cid });
  });
});
