import { describe, expect, test } from "vitest";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import { comparable } from "../model/row-fold.ts";
import { Kept } from "../support/kept.ts";
import type { Person } from "../support/person.ts";
import type { Session } from "../support/session.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
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
} from "../support/write.ts";

const target = useServer(FAST);

/** Bob watches on one device; whatever happens, happens somewhere else. */
interface Scene {
  readonly ann: Person;
  readonly bob: Person;
  readonly carl: Person;
  readonly id: string;
  /** The last message is Bob's; the one before it mentions him. */
  readonly mine: { readonly message_id: string; readonly seq: number };
  readonly theirs: { readonly message_id: string; readonly seq: number };
  /** Another device of Bob's. */
  readonly tablet: Person;
  readonly tabletSession: Session;
}

const rowOf = async (person: Person, id: string): Promise<Conversation | undefined> => {
  const { conversations } = await person.rest.ok("sync", { query: { since: 0 } });
  return conversations.find((row) => row.conversation_id === id);
};

const sceneOf = async (kind: "group" | "direct"): Promise<Scene> => {
  const [ann, bob, carl] = await target.people("ann", "bob", "carl");
  const tablet = await target.person("tablet", { userId: bob.userId });
  const made = kind === "group" ? await ann.group([bob, carl]) : await ann.direct(bob);
  const id = made.conversation_id;
  const theirs = await ann.does(sending(id, "theirs", { mentions: [bob.userId] }));
  const mine = await bob.does(sending(id, "mine"));
  await until("both to be in Bob's list", async () => (await rowOf(bob, id))?.head_seq === mine.seq);
  return { ann, bob, carl, id, mine, theirs, tablet, tabletSession: await tablet.connect({ since: 0 }) };
};

type Change = (scene: Scene) => Promise<unknown>;
const prefers =
  (body: object): Change =>
  ({ tablet, id }) =>
    tablet.rest.ok("setPreferences", { params: { id }, body });

const EVERYWHERE: Readonly<Record<string, Change>> = {
  "a message": ({ ann, id }) => ann.send(id, "hello"),
  "a message that mentions, answers and expires": ({ ann, bob, id, mine }) =>
    ann.does(sending(id, "hello", { mentions: [bob.userId], reply_to: mine.message_id, expires_in: 600 })),
  "a message of one's own from another device": ({ tablet, id }) => tablet.send(id, "hello"),
  "a reply in a thread": ({ ann, id, mine }) => ann.does(sending(id, "reply", { thread_root: mine.message_id })),
  "an edit of the last message": ({ tablet, id, mine }) => tablet.does(editing(id, mine.message_id, "edited")),
  "an edit of an earlier message": ({ ann, id, theirs }) => ann.does(editing(id, theirs.message_id, "edited")),
  "a deletion of the last message": ({ tablet, id, mine }) => tablet.does(deleting(id, mine.message_id)),
  "a deletion of what is unread": ({ ann, id, theirs }) => ann.does(deleting(id, theirs.message_id)),
  "a message that was edited and is deleted": async ({ ann, id }) => {
    const { message_id } = await ann.does(sending(id, "once"));
    await ann.does(editing(id, message_id, "twice"));
    await ann.does(deleting(id, message_id));
  },
  "a reaction": ({ ann, id, mine }) => ann.does(reacting(id, mine.message_id)),
  "a pin and its end": async ({ ann, id, mine }) => {
    await ann.does(pinning(id, mine.message_id));
    await ann.does(unpinning(id, mine.message_id));
  },
  "a reading on another device": ({ tablet, id, theirs }) => tablet.read(id, theirs.seq),
  "a reading by frame": async ({ tabletSession, id, theirs }) =>
    tabletSession.tell({ type: "read", conversation_id: id, up_to: theirs.seq }),
  "a reading of somebody else": ({ ann, id, mine }) => ann.read(id, mine.seq),
  "a delivery to somebody else": ({ ann, id, mine }) => ann.delivered(id, mine.seq),
  "a draft": ({ tablet, id, theirs }) =>
    tablet.rest.ok("putDraft", { params: { id }, body: { content: "begun", reply_to: theirs.message_id } }),
  muting: prefers({ muted_until: "2031-05-06T07:08:09.000Z" }),
  archiving: prefers({ archived: true }),
  "pinning the conversation": prefers({ pinned: true }),
  "what one is notified of": prefers({ notify: "mentions" }),
};

const IN_GROUPS: Readonly<Record<string, Change>> = {
  "a name": ({ ann, id }) => ann.does(changing(id, { name: "Another" })),
  settings: ({ ann, id }) => ann.does(changing(id, { settings: { write: "admins", expires_in: 600 } })),
  "somebody more": async ({ ann, id }) => ann.does(adding(id, [await target.person("dave")])),
  "somebody less": ({ ann, carl, id }) => ann.does(removing(id, carl)),
  "another role": ({ ann, bob, id }) => ann.does(naming(id, bob, "admin")),
  "leaving on another device": ({ tablet, id }) => tablet.does(removing(id, tablet)),
  "being removed": ({ ann, bob, id }) => ann.does(removing(id, bob)),
  "being removed, and added again": async ({ ann, bob, id }) => {
    await ann.does(removing(id, bob));
    await ann.send(id, "without him");
    await ann.does(adding(id, [bob]));
    await ann.send(id, "with him");
  },
  "a mention of everybody": ({ ann, id }) => ann.does(sending(id, "all", { mentions: ["@all"] })),
};

describe("a snapshot and the frames after it are what a fresh snapshot is", () => {
  const cases = (kind: "group" | "direct", changes: Readonly<Record<string, Change>>) =>
    Object.entries(changes).map(([name, change]) => [kind, name, change] as const);
  const groups = cases("group", { ...EVERYWHERE, ...IN_GROUPS });
  const directs = cases("direct", EVERYWHERE);
  test.each([...groups, ...directs])("[SYNC-1] in a %s: %s", async (kind, _name, change) => {
    const scene = await sceneOf(kind);
    const { bob, tablet, id } = scene;
    const session = await bob.connect({ since: 0 });
    const kept = new Kept(bob.userId, session);
    const before = (await session.waitFor("sync")).conversations.find((row) => row.conversation_id === id);
    if (!before) throw new Error("the snapshot has no such row");
    const { rev } = before;
    await change(scene);
    let shown: readonly string[] = [];
    const isSame = async (): Promise<boolean> => {
      const fresh = await rowOf(tablet, id);
      shown = [comparable(kept.rows.get(id)), comparable(fresh)];
      return (fresh?.rev ?? 0) > rev && shown[0] === shown[1];
    };
    // What is shown when it does not come to be so says more than that it does not.
    await until("the device to know what a fresh snapshot says", isSame).catch(() => expect(shown[0]).toBe(shown[1]));
    expect((await rowOf(tablet, id))?.rev).toBeGreaterThan(rev);
    expect(await isSame()).toBe(true);
  });
});

describe("a device that was away", () => {
  test("[SYNC-4] [SEQ-5] is given what the log says, of every kind, whatever became of it", async () => {
    const scene = await sceneOf("group");
    const { ann, bob, carl, tablet, id, mine } = scene;
    await bob.delivered(id, mine.seq);
    const { rev } = await bob.rest.ok("sync", { query: { since: 0 } });
    await ann.does(sending(id, "soon gone", { expires_in: 1 }));
    const first = await ann.does(sending(id, "first", { mentions: [bob.userId], forwarded: true }));
    const second = await carl.does(sending(id, "second", { reply_to: first.message_id }));
    await ann.does(editing(id, first.message_id, "first, edited"));
    await carl.does(editing(id, second.message_id, "second, edited"));
    await ann.does(reacting(id, second.message_id));
    await carl.does(sending(id, "in a thread", { thread_root: first.message_id }));
    await tablet.send(id, "from the tablet");
    await ann.does(pinning(id, second.message_id));
    await ann.does(changing(id, { name: "Renamed", settings: { pin: "everyone" } }));
    await ann.does(adding(id, [await target.person("dave")]));
    await ann.does(naming(id, carl, "admin"));
    await ann.does(deleting(id, first.message_id));
    await tablet.does(deleting(id, mine.message_id));
    const expired = await until(
      "the message to expire",
      async () => (await ann.log(id)).filter(({ kind }) => kind === "delete").length === 3,
      20_000,
      100,
    );
    expect(expired).toBe(true);
    const log = await bob.log(id, mine.seq);
    const head = log.at(-1)?.seq ?? 0;
    await until("the list to have all of it", async () => (await rowOf(tablet, id))?.head_seq === head);
    const session = await bob.connect({ since: rev });
    const { entries, truncated } = await session.waitFor("sync");
    expect(truncated).toEqual([]);
    expect(entries[id]).toEqual(log);
    const said = JSON.stringify(entries[id]);
    for (const gone of ["soon gone", "first, edited", '"first"']) expect(said).not.toContain(gone);
    expect(said).toContain("second, edited");
  });
});
