import type { MessageId, Seq, UserId } from "../../shared/ids.ts";
import { isStaff } from "../../shared/permissions.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import type { Soon } from "../soon.ts";
import type { History } from "./history.ts";
import type { LogReader } from "./log-reader.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import { participantOf } from "./member.ts";
import type { Member } from "./member.ts";
import type { MessageTable } from "./message-table.ts";
import { pageOf } from "./pages.ts";
import type { ListPage } from "./pages.ts";
import type { PinTable } from "./pin-table.ts";
import type { ReactionTable } from "./reaction-table.ts";
import type { Receipts } from "./receipts.ts";
import { NO_MESSAGE, NOT_FOUND } from "./refusals.ts";
import type { Roster } from "./roster.ts";

export interface ListsDeps {
  readonly log: LogTable;
  readonly reader: LogReader;
  readonly messages: MessageTable;
  readonly reactions: ReactionTable;
  readonly pins: PinTable;
  readonly roster: Roster;
  readonly receipts: Receipts | undefined;
  readonly history: History;
  floor(member: Member): Seq;
  find(member: Member, id: MessageId): LogRow | undefined;
}

const START = { seq: 0, key: "" };
const END = { seq: Number.MAX_SAFE_INTEGER, key: "" };
const isRow = (row: LogRow | undefined): row is LogRow => row !== undefined;

/** What belongs to a conversation besides its messages: members, receipts, reactions, pins, threads. */
export class Lists {
  readonly #deps: ListsDeps;

  constructor(deps: ListsDeps) {
    this.#deps = deps;
  }

  /** In a channel only those who run it see who else reads; the others see those who run it. */
  members(user: UserId, page: ListPage): Result<string> {
    const { roster } = this.#deps;
    const member = roster.get(user);
    if (!member) return NOT_FOUND;
    const all = member.role !== "subscriber";
    return pageOf(page, {
      noun: "members",
      letter: "m",
      first: START,
      read: ({ key }, limit) =>
        all
          ? roster.page(key, limit)
          : [...roster.all()]
              .filter((other) => isStaff(other.role) && other.user_id > key)
              .sort((a, b) => (a.user_id < b.user_id ? -1 : 1))
              .slice(0, limit),
      place: (other) => ({ seq: 0, key: other.user_id }),
      json: (others) => others.map((other) => JSON.stringify(participantOf(other))),
    });
  }

  /** Who of the others has a message, and since when. */
  receipts(user: UserId, id: MessageId, page: ListPage): Soon<Result<string>> {
    return this.#deps.reader.read(() => this.#receipts(user, id, page));
  }

  reactions(user: UserId, id: MessageId, page: ListPage): Soon<Result<string>> {
    return this.#deps.reader.read(() => this.#reactions(user, id, page));
  }

  /** Newest pin first. */
  pins(user: UserId, page: ListPage): Soon<Result<string>> {
    return this.#deps.reader.read(() => this.#pins(user, page));
  }

  /** The messages that threads hang on, the latest reply first. */
  threads(user: UserId, page: ListPage): Soon<Result<string>> {
    return this.#deps.reader.read(() => this.#threads(user, page));
  }

  #messages(seqs: readonly Seq[], reader: Member): string[] {
    return this.#deps.history.json(seqs.map((seq) => this.#deps.log.at(seq)).filter(isRow), reader);
  }

  #receipts(user: UserId, id: MessageId, page: ListPage): Result<string> {
    const { roster, receipts } = this.#deps;
    const member = roster.get(user);
    if (!member) return NOT_FOUND;
    const row = this.#deps.find(member, id);
    if (!row) return NO_MESSAGE;
    const others = receipts ? roster.page("", roster.size) : [];
    const covered = others.flatMap((other) => {
      const moments = other.user_id === row.sender_id ? undefined : receipts?.of(other, row, member);
      return moments ? [{ user_id: other.user_id, ...moments }] : [];
    });
    return pageOf(page, {
      noun: "receipts",
      letter: "r",
      first: START,
      read: ({ key }, limit) => covered.filter((one) => one.user_id > key).slice(0, limit),
      place: (one) => ({ seq: 0, key: one.user_id }),
      json: (some) =>
        some.map(({ user_id, delivered_at, read_at }) =>
          JSON.stringify({
            user_id,
            delivered_at: delivered_at === undefined ? undefined : toIso(delivered_at),
            read_at: read_at === undefined ? undefined : toIso(read_at),
          }),
        ),
    });
  }

  #reactions(user: UserId, id: MessageId, page: ListPage): Result<string> {
    const member = this.#deps.roster.reader(user);
    if (!member) return NOT_FOUND;
    const row = this.#deps.find(member, id);
    if (!row) return NO_MESSAGE;
    return pageOf(page, {
      noun: "reactions",
      letter: "e",
      first: START,
      read: ({ seq }, limit) =>
        this.#deps.reactions
          .page(user, row.seq, seq, limit)
          .filter((reaction) => !member.left || reaction.entry <= member.left.seq),
      place: (reaction) => ({ seq: reaction.entry }),
      json: (some) => some.map(({ user_id, emoji, at }) => JSON.stringify({ user_id, emoji, reacted_at: toIso(at) })),
    });
  }

  #pins(user: UserId, page: ListPage): Result<string> {
    const member = this.#deps.roster.get(user);
    if (!member) return NOT_FOUND;
    return pageOf(page, {
      noun: "messages",
      letter: "p",
      first: END,
      read: ({ seq }, limit) => this.#deps.pins.page(user, this.#deps.floor(member) - 1, seq, limit),
      place: (pin) => ({ seq: pin.entry }),
      json: (pins) =>
        this.#messages(
          pins.map((pin) => pin.seq),
          member,
        ),
    });
  }

  #threads(user: UserId, page: ListPage): Result<string> {
    const member = this.#deps.roster.get(user);
    if (!member) return NOT_FOUND;
    return pageOf(page, {
      noun: "messages",
      letter: "t",
      first: END,
      read: ({ seq }, limit) => this.#deps.messages.threads(user, this.#deps.floor(member) - 1, seq, limit),
      place: (thread) => ({ seq: thread.last }),
      json: (threads) =>
        this.#messages(
          threads.map((thread) => thread.root),
          member,
        ),
    });
  }
}
