import { conversationJson } from "../../src/core/inbox/inbox-row.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { Result } from "../../src/shared/result.ts";
import type { Device } from "./device.ts";
import { messagesOf } from "./messages.ts";
import { comparable } from "./row-fold.ts";
import { broken, factsOf, mentionsOf, stayOf, unreadOf } from "./truth.ts";
import type { Fact } from "./truth.ts";
import type { World } from "./world.ts";

/** One member's place in one conversation, when all is quiet. */
interface Place {
  readonly world: World;
  readonly id: string;
  readonly user: string;
  readonly facts: readonly Fact[];
  /** Between these he sees entries. */
  readonly floor: number;
  readonly end: number;
  readonly left: boolean;
}

/** Everything that one may ask of a conversation, against its log. */
export const checkConversation = async (world: World, id: string, told: boolean): Promise<void> => {
  const { sql } = world.conversation(id);
  const facts = factsOf(sql);
  const settings = sql.all<{ settings: string }>("SELECT settings FROM conversation")[0]?.settings ?? "{}";
  const { history } = JSON.parse(settings) as { history?: string };
  for (const user of world.households.keys()) {
    const stay = stayOf(sql, user);
    if (!stay) {
      await checkStranger(world, id, user);
      continue;
    }
    const left = stay.left !== undefined;
    const end = stay.left ?? facts.length;
    const place: Place = { world, id, user, facts, floor: history === "since_joined" ? stay.joined : 1, end, left };
    const row = await checkRow(place, told);
    await checkReading(place);
    for (const device of world.household(user).members) checkDevice(place, device, row);
  }
};

/** I6: to whoever never was in it, it does not exist. */
const checkStranger = async (world: World, id: string, user: string): Promise<void> => {
  const { memory } = world.conversation(id);
  const row = world.user(user).memory.inbox.row(id);
  const refused: (Result<unknown> | undefined)[] = [
    await memory?.describe(user),
    await memory?.history.log(user, 0),
    await memory?.history.messages(user, {}),
  ];
  if (row || refused.some((result) => !result || result.ok)) throw broken("I6", `${user} knows of ${id}`, { row });
  for (const device of world.household(user).members)
    if (device.copy(id).entries.size > 0 || device.copy(id).row)
      throw broken("I6", `${device.id} holds something of ${id}`, device.copy(id));
};

const checkRow = async ({ world, id, user, facts, floor, end, left }: Place, told: boolean): Promise<Conversation> => {
  const { memory } = world.conversation(id);
  const row = world.user(user).memory.inbox.row(id);
  const view = await memory?.describe(user);
  if (!row || !view?.ok) throw broken("end", `${user} has no row of ${id}`, view);
  const json = JSON.parse(conversationJson(row)) as Conversation;
  const { own, delivered_up_to, meta } = view.value;
  const unread = unreadOf(facts, user, own.read_up_to, end);
  const last = facts.findLast(({ kind, seq }) => kind === "message" && seq <= end && seq >= floor);
  const others = unreadOf(facts, user, 0, end).at(-1)?.seq ?? 0;
  const found = {
    head: row.head,
    flushed: row.flushedHead,
    read: row.readUpTo,
    unread: row.unread,
    mentions: row.mentions,
    delivered: row.deliveredUpTo,
    last: json.last_message?.seq,
    deleted: json.last_message?.deleted_at !== undefined,
    name: json.name,
    role: json.role,
    // Those who read a channel come and go without an entry: how many they are follows when the list is wanted.
    count: left || json.type === "channel" ? meta.member_count : json.member_count,
    left: json.left_at !== undefined,
    // Of what is no message of somebody else, the conversation is not told.
    told: !told || (delivered_up_to >= others && delivered_up_to <= end),
    counted: own.unread,
  };
  const expected = {
    head: end,
    flushed: end,
    read: own.read_up_to,
    unread: unread.length,
    mentions: mentionsOf(unread, user),
    delivered: end,
    last: last?.seq,
    deleted: (last?.deletedSeq ?? null) !== null,
    name: left ? json.name : meta.name,
    role: meta.role,
    count: meta.member_count,
    left,
    told: true,
    counted: unread.length,
  };
  // What he was shown before others decided that he may not read it stays in his list until the next message comes.
  if (last === undefined && (found.last ?? floor) < floor) Object.assign(found, { last: undefined, deleted: false });
  // Who left may have been shown a deletion that came later, or not: it is emptied either way.
  if (left) found.deleted = expected.deleted;
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw broken("end", `${user}'s row of ${id} is not the truth`, { found, expected });
  return json;
};

/** What reading answers: messages as the log makes them, and the log itself, from the first place to the last. */
const checkReading = async ({ world, id, user, facts, floor, end, left }: Place): Promise<void> => {
  const { memory, sql } = world.conversation(id);
  const log = await memory?.history.log(user, 0, 200);
  const seqs = log?.ok === true ? (JSON.parse(log.value.entries) as { seq: number }[]).map(({ seq }) => seq) : [];
  const wanted = Array.from({ length: Math.min(200, end - floor + 1) }, (_, i) => floor + i);
  if (JSON.stringify(seqs) !== JSON.stringify(wanted))
    throw broken("I6", `the log of ${id} is not what ${user} may read`, { seqs, floor, end });
  const page = await memory?.history.messages(user, { limit: 200 });
  const shown = page?.ok === true ? (JSON.parse(page.value) as { messages: Message[] }).messages.toReversed() : [];
  const folded = messagesOf(sql, facts, { user, floor, end, left }).slice(-200);
  const found = shown.map(({ seq, content, edited_at, deleted_at, reactions, thread }) => ({
    seq,
    content,
    edited: edited_at !== undefined,
    deleted: deleted_at !== undefined,
    reactions: left ? [] : (reactions ?? []).map(({ emoji, count, me }) => `${emoji} ${count} ${me}`),
    thread: left || !thread ? undefined : { replies: thread.replies, unread: thread.unread },
  }));
  if (JSON.stringify(found) !== JSON.stringify(folded))
    throw broken("MSG-1", `${user} is shown other messages of ${id} than the log makes`, { found, folded });
};

const withoutTicks = (row: Conversation): Conversation => {
  if (!row.last_message) return row;
  const { receipts: _receipts, ...last_message } = row.last_message;
  return { ...row, last_message };
};

/** I3 and I7: each device holds the log, and the row that a fresh snapshot would give it. */
const checkDevice = ({ id, floor, end }: Place, device: Device, json: Conversation): void => {
  const copy = device.copy(id);
  const from = Math.max(floor, copy.floor);
  const missing = Array.from({ length: Math.max(0, end - from + 1) }, (_, i) => from + i).filter(
    (seq) => !copy.entries.has(seq),
  );
  // Who came and went without an entry may have nothing to see.
  if ((end >= from && copy.top !== end) || missing.length > 0)
    throw broken("I3", `${device.id} lacks entries of ${id}`, { top: copy.top, missing, from, end });
  const [ticks, known] = [copy.row?.last_message?.receipts, json.last_message?.receipts];
  // A crash may lose news of receipts that were not written yet, and devices were shown them.
  const lacks =
    known && (!ticks || ticks.delivered < known.delivered || ticks.read < known.read || ticks.of !== known.of);
  if (lacks) throw broken("EVT-4", `${device.id} lacks ticks in ${id}`, { ticks, known });
  const [shown, snapshot] = [copy.row, json].map((row) => comparable(row && withoutTicks(row)));
  if (shown !== snapshot) throw broken("I7", `${device.id}'s row of ${id} is not the snapshot's`, { shown, snapshot });
  if (device.outbox.size > 0) throw broken("I1", `${device.id} still waits for answers`, [...device.outbox]);
};
