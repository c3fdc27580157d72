import { array, asyncProperty, assert, constantFrom, integer, record } from "fast-check";
import type { Arbitrary } from "fast-check";
import { expect, test } from "vitest";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { ParleyClient } from "../src/api.ts";
import { OutboxJournal } from "../src/outbox-journal.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import type { FakeLog } from "./support/fake-log.ts";
import { FakeServer } from "./support/fake-server.ts";
import { FakeDatabase } from "./support/fake-tabs.ts";
import { generator } from "./support/generator.ts";
import { person } from "./support/person.ts";
import { shapeOf } from "./support/shape.ts";
import { budget } from "../../test/model/runs.ts";

const CONVERSATIONS = ["c1", "c2"] as const;
const OWN = ["send", "send", "reply", "edit", "delete", "react", "unreact", "read", "readThread"] as const;
const OTHERS = ["say", "mention", "answer", "change", "remove", "like", "unlike", "rename", "invite", "expel"] as const;
const WORLD = ["cut", "crash", "wait", "open", "leave", "older", "older", "away", "away"] as const;
const step = record({
  does: constantFrom(...OWN, ...OWN, ...OTHERS, ...OTHERS, ...WORLD),
  where: constantFrom(...CONVERSATIONS),
  /** Which message, counted from the end; which person. */
  which: integer({ min: 1, max: 5 }),
  ms: integer({ min: 0, max: 3000 }),
});
type Step = typeof step extends Arbitrary<infer S> ? S : never;

/** Frames are lost with their connection, doubled, refused, at random but told by the seed. */
const makeUnreliable = (server: FakeServer, random: () => number): void => {
  server.faults.down = (event) => {
    const dice = random();
    if (dice < 0.04) return "cut";
    if (dice < 0.12 && (event.type === "entries" || event.type === "ack" || event.type === "sync")) return "twice";
    return "pass";
  };
  server.faults.upgrade = () => random() > 0.1;
  server.faults.refuse = (command) => {
    if (!["send", "edit", "delete", "react", "log", "read", "delivered"].includes(command.type) || random() > 0.15)
      return undefined;
    const code = (["rate_limited", "overloaded", "internal"] as const)[Math.floor(random() * 3)] ?? "internal";
    return random() < 0.5 ? { code } : { code, retry_after_ms: Math.floor(random() * 1000) };
  };
  server.faults.slow = async () => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns--) await settle();
  };
  server.faults.rest = (method) => (method === "GET" && random() < 0.05 ? "unreachable" : undefined);
};

const makeReliable = (server: FakeServer): void => {
  for (const fault of ["down", "upgrade", "refuse", "rest", "slow"] as const) delete server.faults[fault];
};

/** The numbers that the messages of somebody bear, as they entered the log. */
const standing = (server: FakeServer, id: string): string[] =>
  (server.logs.get(id)?.entries ?? []).flatMap((entry) =>
    entry.kind === "message" && entry.sender_id === "ann" ? (/^ann \d+/.exec(entry.content)?.[0] ?? "") : [],
  );

const ROW = ["head_seq", "unread_count", "mention_count", "read_up_to", "name", "member_count", "role"] as const;

/** What the client shows of a conversation, and what the server has. */
const views = (server: FakeServer, client: ParleyClient, id: string) => {
  const log = server.logs.get(id);
  const events = (log?.entries ?? []).flatMap(({ kind, seq }) => (kind === "member" || kind === "settings" ? seq : []));
  const [row, known] = [log?.row("ann"), client.conversation(id)];
  const people = (conversation: Conversation | undefined) =>
    (conversation?.participants ?? []).map(({ user_id, role }) => `${user_id} ${role}`).sort();
  return {
    shown: {
      messages: client.messages(id).map(shapeOf),
      events: client.timeline(id).flatMap((item) => (item.kind === "event" ? item.entry.seq : [])),
      row: ROW.map((field) => known?.[field]),
      people: people(known),
    },
    true: {
      messages: (log?.messages("ann") ?? []).map(shapeOf),
      events,
      row: ROW.map((field) => row?.[field]),
      people: people(row),
    },
    received: log?.delivered.get("ann") === log?.head,
  };
};

const agree = (server: FakeServer, client: ParleyClient): boolean =>
  client.state.name === "online" &&
  CONVERSATIONS.every((id) => {
    const { shown, true: is, received } = views(server, client, id);
    return received && JSON.stringify(shown) === JSON.stringify(is);
  });

/** What somebody else does. */
const others = (server: FakeServer, log: FakeLog, { does, which }: Step, index: number): void => {
  const target = log.messages("ben").at(-which);
  const stands = target !== undefined && target.deleted_at === undefined;
  const sender_id = "ben";
  if (does === "say") server.say(log, sender_id, `ben ${index}`);
  if (does === "mention") server.say(log, sender_id, `ben ${index}`, false, { mentions: ["@all"] });
  if (does === "rename") server.append(log, { kind: "settings", sender_id, changes: { name: `name ${index}` } });
  const newcomer = `guest${which}`;
  const isThere = log.members.includes(newcomer);
  const op = does === "invite" ? "add" : "remove";
  if ((does === "invite" && !isThere) || (does === "expel" && isThere))
    server.append(log, { kind: "member", op, sender_id, user_id: newcomer, role: "member" });
  if (!stands) return;
  const about = { sender_id, target: target.message_id };
  if (does === "answer" && target.thread_root === undefined)
    server.say(log, sender_id, `ben ${index}`, false, { thread_root: target.message_id });
  if (does === "change" && target.sender_id === sender_id)
    server.append(log, { kind: "edit", ...about, content: `ben ${index}` });
  if (does === "remove") server.append(log, { kind: "delete", ...about });
  const reaction = { kind: "reaction", ...about, emoji: "👍" } as const;
  if (does === "like") server.append(log, { ...reaction, op: "add" });
  if (does === "unlike") server.append(log, { ...reaction, op: "remove" });
};

/** What the user does. `sent`: what he must find in the log, in the end. */
const own = (ann: ParleyClient, { does, where, which }: Step, index: number, sent: Set<string>): void => {
  const text = `ann ${index}`;
  const target = ann.messages(where).at(-which);
  const id = target?.message_id ?? target?.client_message_id ?? "";
  const mine = target?.sender_id === "ann";
  if (does === "send") ann.send(where, text);
  if (does === "send") sent.add(text);
  if (does === "read") ann.markRead(where);
  if (target === undefined || target.deleted_at !== undefined) return;
  if (does === "reply" && target.message_id !== undefined && target.thread_root === undefined) {
    ann.send(where, text, { thread_root: target.message_id });
    sent.add(text);
  }
  if (does === "readThread" && target.thread !== undefined) ann.markThreadRead(where, target.message_id ?? "");
  if (does === "edit" && mine) ann.edit(where, id, `${/^ann \d+/.exec(target.content)?.[0]}, again ${index}`);
  if (does === "react" || does === "unreact") ann.react(where, id, "👍", does === "react");
  if (does !== "delete" || !mine) return;
  ann.deleteMessage(where, id);
  const withdrawn = !ann.messages(where).some((one) => one.client_message_id === target.client_message_id);
  if (withdrawn) sent.delete(/^ann \d+/.exec(target.content)?.[0] ?? "");
};

/** What went wrong once. */
const EXAMPLES: [Step[], number][] = [
  // A page that was asked for before a crash came after it, and was written over what the next client had stored.
  [
    "send send send open crash send crash send:c2 send:c2 send:c2 older send:c2".split(" ").map((text) => {
      const [does = "", where = "c1"] = text.split(":");
      return { does: does as Step["does"], where: where as Step["where"], which: 1, ms: 0 };
    }),
    -595_170_000,
  ],
  // The server told of a message that no thread hangs on any more; the reply and its deletion came while it did.
  [
    "open away say reply delete send send mention away send".split(" ").map((text, index) => ({
      does: text as Step["does"],
      where: "c1",
      which: 1,
      ms: [0, 1234, 0, 0, 0, 0, 0, 0, 469, 0][index] ?? 0,
    })),
    0,
  ],
];

test("[IDEM-1] [SEQ-2] [MSG-1] everything once and in order, as the server has it, whatever breaks", async () => {
  const run = asyncProperty(array(step, { minLength: 5, maxLength: 40 }), integer(), async (steps, seed) => {
    const random = generator(seed);
    const clock = new FakeClock();
    const server = new FakeServer(clock);
    // Less than may be missed: then a stretch is paged back, and is known as the server told it.
    server.newest = 6;
    server.conversation("c1", "direct", ["ann", "ben"]);
    server.conversation("c2", "group", ["ben", "ann", "cem"]);
    // Each client opens it for itself, as every store on a disk is opened: what one of before is answered late, it
    // cannot write any more.
    const database = new FakeDatabase();
    const client = () =>
      person(clock, server, "ann", { store: database.open(new OutboxJournal("ann", undefined)), random });
    let ann = client();
    void ann.connect();
    await clock.until(() => ann.userId !== undefined);
    makeUnreliable(server, random);
    const sent = { c1: new Set<string>(), c2: new Set<string>() };
    for (const [index, one] of steps.entries()) {
      const { does, where, ms } = one;
      own(ann, one, index, sent[where]);
      // A message counts once it is stored: one that a crash catches before was never promised.
      await settle();
      const log = server.logs.get(where);
      if (log !== undefined) others(server, log, one, index);
      if (does === "cut") server.cutAll();
      if (does === "away" && log !== undefined) {
        server.cutAll();
        for (let more = 0; more < 8; more++) server.say(log, "ben", `ben ${index}.${more}`);
        await clock.advance(ms);
      }
      if (does === "wait") await clock.advance(ms);
      if (does === "open") void ann.open(where).catch(() => undefined);
      if (does === "leave") ann.leave(where);
      if (does === "older") void ann.loadOlder(where).catch(() => undefined);
      if (does === "crash") {
        server.cutAll();
        await ann.close();
        ann = client();
        void ann.connect();
        await settle();
      }
    }
    makeReliable(server);
    await clock.until(() => ann.state.name === "online", 300_000);
    await clock.advance(60_000);
    for (const id of CONVERSATIONS) while ((await ann.loadOlder(id)).more);
    await clock.until(() => agree(server, ann), 300_000).catch(() => undefined);
    for (const id of CONVERSATIONS) {
      expect(standing(server, id)).toEqual([...sent[id]]);
      const { shown, true: is } = views(server, ann, id);
      expect(shown).toEqual(is);
    }
    expect(agree(server, ann)).toBe(true);
    expect(server.breaches).toEqual([]);
    await ann.close();
  });
  await assert(run, { examples: EXAMPLES, ...budget("client", 300), markInterruptAsFailure: true });
}, 120_000);
