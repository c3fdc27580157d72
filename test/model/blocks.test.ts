import * as fc from "fast-check";
import { describe, it } from "vitest";
import type { Write } from "../../src/core/conversation/write.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { valueOf } from "../unit/conversation-fixtures.ts";
import { blockHistories, otherOf, PAIR, Side } from "./block-player.ts";
import type { BlockStep, One } from "./block-player.ts";
import { messagesOf } from "./messages.ts";
import { budget, PATIENCE_MS } from "./runs.ts";
import { broken, factsOf, unreadOf } from "./truth.ts";
import type { Fact } from "./truth.ts";

interface Receipts {
  readonly receipts: readonly { readonly user_id: string; readonly read_at?: string }[];
}
type Act = Extract<BlockStep, { who: One }>;

const same = (rule: string, what: string, found: unknown, expected: unknown): void => {
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw broken(rule, what, { found, expected });
};

/**
 * A conversation in which each may block the other, beside its twin in which bob never does and is away instead. What is
 * hidden from whom is reckoned here from the acts alone.
 */
class Game {
  readonly side = new Side();
  readonly twin = new Side();
  readonly blocks: Record<One, boolean> = { ann: false, bob: false };
  /** By place: from whom it is hidden. */
  readonly hidden = new Map<number, One>();
  /** Somebody unblocked: from here on receipts tell of what was done meanwhile in private, or never was. */
  #unblocked = false;

  play(step: BlockStep): Promise<void> | void {
    switch (step.do) {
      case "crash":
        return this.#both((side) => side.talk.crash());
      case "crashInbox":
        return this.#both((side) => side.crashInbox());
      case "lose":
        return this.#both((side) => {
          side.lost = step.lost;
        });
      case "pass":
        return this.pass(step.ms);
      case "block":
        return this.#block(step.who, step.on);
      case "read":
        return this.#read(step.who, this.side.talk.conversation.head - step.behind);
      default:
        return this.#write(step.who, step);
    }
  }

  async pass(ms: number): Promise<void> {
    await this.side.talk.pass(ms);
    await this.twin.talk.pass(ms);
  }

  #both(work: (side: Side) => void): void {
    work(this.side);
    work(this.twin);
  }

  #block(who: One, on: boolean): void {
    if (this.blocks[who] && !on) this.#unblocked = true;
    this.blocks[who] = on;
    valueOf(this.side.talk.conversation.block(who, on));
    if (who === "ann") valueOf(this.twin.talk.conversation.block(who, on));
  }

  #read(who: One, upTo: number): void {
    this.side.read(who, upTo);
    if (who === "ann" || !this.blocks.bob) this.twin.read(who, upTo);
  }

  #write(who: One, act: Act): void {
    // What ann pinned in private he may pin as well. In the twin it is pinned already.
    if (
      who === "bob" &&
      act.do === "pin" &&
      this.facts.some(({ seq, body }) => body.changes?.pin && this.hidden.has(seq))
    )
      return;
    const before = this.side.talk.conversation.head;
    const write = this.#writeOf(who, act);
    if (!write) return;
    const result = this.side.write(who, write);
    const isDeletion = write.op === "delete";
    if (this.blocks[who] && !isDeletion) {
      if (result.ok || !["forbidden", "not_found", "conflict"].includes(result.refusal.code))
        throw broken("BLOCK-2", "who blocks wrote", { write, result });
      if (who === "bob") return;
    }
    if (who === "ann" || result.ok)
      same("BLOCK-5", "the answer tells of the block", this.twin.write(who, write), result);
    if (!result.ok || result.value.duplicate) return;
    const { seq } = result.value;
    if (seq !== before + 1) throw broken("SEQ-1", "not in the next place", result);
    const from = this.#hiddenFrom(who, write);
    if (from) this.hidden.set(seq, from);
  }

  /** What takes away is as visible as what it takes away; all else is hidden while he is blocked, or with what it hangs on. */
  #hiddenFrom(who: One, write: Write): One | undefined {
    const { facts } = this;
    const at = (id: string | undefined): number => facts.find((fact) => this.nameOf(fact) === id)?.seq ?? 0;
    const other = otherOf(who);
    const now = this.blocks[other] ? other : undefined;
    if (write.op === "delete") return this.hidden.get(at(write.message_id));
    if (write.op === "edit") return now ?? this.hidden.get(at(write.message_id));
    if (write.op === "react" || write.op === "pin") {
      if (write.on) return now ?? this.hidden.get(at(write.message_id));
      // Without the entry that was just written: it is the one before that put it there.
      const earlier = facts
        .slice(0, -1)
        .findLast(({ sender, body, seq }) =>
          write.op === "react"
            ? sender === who && body.target === write.message_id && body.emoji === write.emoji && body.op === "add"
            : body.changes?.pin === write.message_id && this.hidden.get(seq) !== who,
        );
      return this.hidden.get(earlier?.seq ?? 0);
    }
    return now ?? this.hidden.get(at("thread_root" in write ? write.thread_root : undefined));
  }

  #writeOf(who: One, act: Act): Write | undefined {
    const { talk } = this.side;
    const message = (back: number): string | undefined => {
      const fact = this.facts.filter(({ kind }) => kind === "message").at(-1 - back);
      return fact && this.nameOf(fact);
    };
    if (act.do === "send") {
      const [reply_to, thread_root] = [act.reply, act.thread].map((back) => (back < 0 ? undefined : message(back)));
      return talk.draft(`${who} says ${talk.conversation.head}`, {
        ...(reply_to === undefined ? {} : { reply_to }),
        ...(thread_root === undefined ? {} : { thread_root }),
        mentions: act.reply === 2 ? [otherOf(who)] : [],
      });
    }
    const message_id = "of" in act ? message(act.of) : undefined;
    if (message_id === undefined) return undefined;
    switch (act.do) {
      case "edit":
        return talk.change({ op: "edit", message_id, content: `${who} edits ${talk.conversation.head}` });
      case "delete":
        return talk.change({ op: "delete", message_id });
      case "react":
        return talk.change({ op: "react", message_id, emoji: act.emoji, on: act.on });
      case "pin":
        return talk.change({ op: "pin", message_id, on: act.on });
      default:
        return undefined;
    }
  }

  get facts(): readonly Fact[] {
    return factsOf(this.side.talk.sql);
  }

  nameOf({ seq }: Fact): string | undefined {
    return this.logOf(this.side, "ann")[seq - 1]?.message_id ?? this.logOf(this.side, "bob")[seq - 1]?.message_id;
  }

  logOf({ talk }: Side, user: One): Entry[] {
    return JSON.parse(valueOf(talk.conversation.history.log(user, 0, 200)).entries) as Entry[];
  }

  messages({ talk }: Side, user: One): Message[] {
    const page = valueOf(talk.conversation.history.messages(user, { limit: 200 }));
    return (JSON.parse(page) as { messages: Message[] }).messages;
  }

  /** [BLOCK-5] What ann is shown is what she would be shown if bob were away. */
  checkTwin(): void {
    const shown = (side: Side): unknown => {
      const { conversation } = side.talk;
      const messages = this.messages(side, "ann");
      if (this.#unblocked) for (const message of messages) delete message.receipts;
      const { own, head, activity, last } = valueOf(conversation.describe("ann"));
      const lists = (["pins", "threads"] as const).map((which) =>
        (JSON.parse(valueOf(conversation.lists[which]("ann", {}))) as { messages: Message[] }).messages.map(
          ({ seq, content }) => [seq, content],
        ),
      );
      const receipts = this.#unblocked
        ? []
        : messages.map(({ message_id }) =>
            // Since when something was delivered is written behind, and may be lost with a crash.
            (JSON.parse(valueOf(conversation.lists.receipts("ann", message_id, {}))) as Receipts).receipts.map(
              ({ user_id, read_at }) => [user_id, read_at],
            ),
          );
      return { messages, receipts, own, head, activity, last: last?.json, lists, log: this.logOf(side, "ann") };
    };
    same("BLOCK-5", "ann can tell that bob blocks her", shown(this.side), shown(this.twin));
  }

  /** [BLOCK-1] What each is shown is what the entries make of it that he may see, and nothing else. */
  checkShown(user: One): void {
    const { talk } = this.side;
    const { facts, hidden } = this;
    const visible = facts.filter(({ seq }) => hidden.get(seq) !== user);
    const end = visible.at(-1)?.seq ?? 0;
    const log = this.logOf(this.side, user);
    same(
      "SEQ-1",
      `${user}'s log has gaps or another end`,
      log.map(({ seq }) => seq),
      range(end),
    );
    for (const entry of log) {
      const { kind, seq, sender_id, message_id, timestamp } = entry;
      const written = this.logOf(this.side, sender_id as One)[seq - 1];
      const nothing = { kind: "settings", seq, message_id, sender_id, timestamp, changes: {} };
      same("BLOCK-1", `entry ${seq} of ${user} (${kind})`, entry, hidden.get(seq) === user ? nothing : written);
    }
    const messages = this.messages(this.side, user).toReversed();
    const found = messages.map(({ seq, content, edited_at, deleted_at, reactions, thread }) => ({
      seq,
      content,
      edited: edited_at !== undefined,
      deleted: deleted_at !== undefined,
      reactions: (reactions ?? []).map(({ emoji, count, me }) => `${emoji} ${count} ${me}`),
      thread: thread && { replies: thread.replies, unread: thread.unread },
    }));
    same("BLOCK-1", `messages of ${user}`, found, messagesOf(talk.sql, visible, { user, floor: 1, end, left: false }));
    for (const { seq, receipts } of messages)
      if (receipts && hidden.has(seq))
        same("BLOCK-3", `receipts of ${seq}`, receipts, { delivered: 0, read: 0, of: 1 });
    const { own, head, last } = valueOf(talk.conversation.describe(user));
    const unread = unreadOf(visible, user, own.read_up_to, end).length;
    const newest = visible.findLast(({ kind }) => kind === "message")?.seq;
    same("CONV-5", `counts of ${user}`, [head, own.unread, last?.seq], [end, unread, newest]);
    const pins = new Map<string, number>();
    for (const { kind, seq, body } of visible) {
      const { pin, unpin } = body.changes ?? {};
      if (pin !== undefined) pins.set(pin, seq);
      pins.delete((kind === "delete" ? body.target : unpin) ?? "");
    }
    const pinned = (JSON.parse(valueOf(talk.conversation.lists.pins(user, {}))) as { messages: Message[] }).messages;
    const due = [...pins].sort((a, b) => b[1] - a[1]).map(([id]) => id);
    same(
      "PIN-2",
      `pins of ${user}`,
      pinned.map(({ message_id }) => message_id),
      due,
    );
  }

  /** [BLOCK-1] Nothing is brought that ends in something hidden, and in the end bob's list is what he may see. */
  checkList(): void {
    for (const entries of this.side.brought) {
      const last = entries.at(-1)?.seq ?? 0;
      if (this.hidden.get(last) === "bob") throw broken("BLOCK-1", `bob was called for ${last}`, entries);
    }
    const row = this.side.inbox.row("c1");
    const { head, own, last } = valueOf(this.side.talk.conversation.describe("bob"));
    const found = row && [row.head, row.unread, row.mentions, row.readUpTo, row.lastMessage];
    same("BLOCK-1", "bob's list", found, [head, own.unread, own.mentions, own.read_up_to, last?.json]);
  }
}

const range = (end: number): number[] => Array.from({ length: end }, (_, i) => i + 1);

const play = async (steps: readonly BlockStep[]): Promise<void> => {
  const game = new Game();
  await game.pass(20_000);
  for (const step of steps) {
    await game.play(step);
    game.checkTwin();
  }
  await game.play({ do: "lose", lost: false });
  await game.pass(3_600_000);
  game.checkTwin();
  for (const user of PAIR) game.checkShown(user);
  game.checkList();
};

describe("two who block each other, or do not", () => {
  it(
    "[BLOCK-1] [BLOCK-5] each sees what he may, and who is blocked cannot tell",
    { timeout: PATIENCE_MS },
    async () => {
      await fc.assert(fc.asyncProperty(blockHistories, play), budget("blocks", 150));
    },
  );
});
