import type { Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { ConversationType, Role } from "../../shared/protocol/fields.ts";
import type { Sql } from "../ports.ts";
import type { InboxState } from "./delivery.ts";
import { endOf, MEMBER_COLUMNS, memberOf, positionOf, shownTo } from "./member.ts";
import type { Left, Member, MemberRow, Move, Position, Wish } from "./member.ts";

const moved = (moves: readonly Move[], upTo: Seq, at: number): Move[] => [
  ...moves.slice(1 - LIMITS.receiptMoves),
  [upTo, at],
];

/** Which part of the positions a member's is in: of a large conversation only the parts that moved are written. */
const partOf = (user: UserId, large: boolean): number => {
  if (!large) return 0;
  let hash = 0;
  for (let i = 0; i < user.length; i++) hash = (Math.imul(hash, 31) + user.charCodeAt(i)) >>> 0;
  return 1 + (hash % LIMITS.positionParts);
};

/** Somebody who is there from the beginning. `blocks`: he blocks the other of a direct conversation. */
export interface Founder {
  readonly user_id: UserId;
  readonly role: Role;
  readonly blocks: boolean;
}

/**
 * The members of one conversation, in memory, with their tables behind. Of a channel only those are in memory
 * who run it or are there; any other is looked up when he asks for something.
 */
export class Roster {
  readonly #sql: Sql;
  readonly #isChannel: boolean;
  readonly #members = new Map<UserId, Member>();
  /** Who left, and does not have the entry yet that says so. */
  readonly #leaving = new Map<UserId, Member>();
  /** Of a channel: who asked lately. A bounded memory of what is on the disk. */
  readonly #visitors = new Map<UserId, Member>();
  readonly #dirty = new Set<number>();
  readonly #dirtyAway = new Set<Member>();
  readonly #dirtyLeft = new Set<Member>();
  #large: boolean;
  #size: number;
  #severed = false;
  #veils = false;
  /** Mentions up to here were handed on to those who were away, as it is known on disk. */
  #mentioned: Seq;

  constructor(sql: Sql, type: ConversationType, large: boolean) {
    this.#sql = sql;
    this.#isChannel = type === "channel";
    this.#large = large;
    this.#mentioned = sql.all<{ mentioned: Seq }>("SELECT mentioned FROM conversation")[0]?.mentioned ?? 0;
    const stored = sql.all<{ positions: string }>("SELECT positions FROM positions");
    // A map: a user may be called `constructor`, and an object has one of its own.
    const positions = new Map<UserId, Position>();
    for (const row of stored) {
      for (const [user, position] of Object.entries(JSON.parse(row.positions) as Record<UserId, Position>)) {
        if ((positions.get(user)?.[0] ?? -1) < position[0]) positions.set(user, position);
      }
    }
    const inMemory = this.#isChannel ? "AND (role <> 'subscriber' OR away = 0)" : "";
    for (const row of this.#rows(`(left_seq IS NULL ${inMemory}) OR leaving = 1`)) {
      const member = memberOf(row, positions.get(row.user_id));
      (member.left ? this.#leaving : this.#members).set(row.user_id, member);
    }
    this.#size = this.#isChannel ? this.#count() : this.#members.size;
    this.#lookAtBlocks();
  }

  #lookAtBlocks(): void {
    this.#severed = [...this.#members.values()].some((member) => member.blocks);
    this.#veils = [...this.#members.values()].some((member) => member.veiled);
  }

  /** Whether one of the two of a direct conversation blocks the other: neither learns anything of the other. */
  get severed(): boolean {
    return this.#severed;
  }

  /** Whether there may be entries that somebody does not see. */
  get veils(): boolean {
    return this.#veils;
  }

  #rows(where: string, ...bindings: readonly (string | number)[]): MemberRow[] {
    return this.#sql.all<MemberRow>(`SELECT ${MEMBER_COLUMNS} FROM members WHERE ${where}`, ...bindings);
  }

  #count(): number {
    return (
      this.#sql.all<{ count: number }>("SELECT COUNT(*) AS count FROM members WHERE left_seq IS NULL")[0]?.count ?? 0
    );
  }

  /** Writes the first members of a new conversation. */
  static found(sql: Sql, members: readonly Founder[], at: number): void {
    for (const { user_id, role, blocks } of members) {
      sql.run(
        "INSERT INTO members (user_id, role, joined_at, blocks) VALUES (?, ?, ?, ?)",
        user_id,
        role,
        at,
        blocks ? 1 : null,
      );
    }
  }

  get size(): number {
    return this.#size;
  }

  /** Whether entries are brought to those only who are there: it outgrew the others once, or is a channel. */
  get large(): boolean {
    return this.#large;
  }

  /** `head`: until here everybody was told of everything. */
  grow(head: Seq): void {
    this.#large = true;
    this.#mentioned = head;
    this.#sql.run("UPDATE conversation SET large = 1, mentioned = ? WHERE one = 1", head);
    // Positions move to the parts of a large conversation.
    this.#sql.run("DELETE FROM positions WHERE part = 0");
    for (const member of this.#members.values()) this.#touch(member);
  }

  get(user: UserId): Member | undefined {
    const member = this.#members.get(user);
    if (member || !this.#isChannel) return member;
    const visitor = this.#visitors.get(user) ?? this.#lookUp(user);
    return visitor && !visitor.left ? visitor : undefined;
  }

  /** Whoever may read: a member, or one who left and reads up to there. */
  reader(user: UserId): Member | undefined {
    return this.get(user) ?? this.#leaving.get(user) ?? this.#lookUp(user);
  }

  #lookUp(user: UserId): Member | undefined {
    const row = this.#rows("user_id = ?", user)[0];
    if (!row) return undefined;
    const member = memberOf(row);
    const [oldest] = this.#visitors.keys();
    if (this.#visitors.size >= LIMITS.visitors && oldest !== undefined) this.#visitors.delete(oldest);
    if (!member.left) this.#visitors.set(user, member);
    return member;
  }

  /** Members in memory: all, or of a channel those who run it or are there. */
  all(): IterableIterator<Member> {
    return this.#members.values();
  }

  leaving(): IterableIterator<Member> {
    return this.#leaving.values();
  }

  /** Members after `after` in the order of their ids. */
  page(after: UserId, limit: number): Member[] {
    if (this.#isChannel)
      return this.#rows("left_seq IS NULL AND user_id > ? ORDER BY user_id LIMIT ?", after, limit).map((row) =>
        memberOf(row),
      );
    return [...this.#members.values()]
      .filter((member) => member.user_id > after)
      .sort((a, b) => (a.user_id < b.user_id ? -1 : 1))
      .slice(0, limit);
  }

  /** Who inherits when the last owner leaves: the oldest admin, else the oldest member. Nobody, when nobody is left. */
  heir(leaver: UserId): Member | undefined {
    const row = this.#rows(
      `left_seq IS NULL AND user_id <> ?
       ORDER BY CASE role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END, joined_at, joined_seq, user_id LIMIT 1`,
      leaver,
    )[0];
    return row && this.get(row.user_id);
  }

  isLastOwner(member: Member): boolean {
    if (member.role !== "owner") return false;
    for (const other of this.#members.values()) if (other !== member && other.role === "owner") return false;
    return true;
  }

  /** What a join found: whether he was there before, and who ended it. */
  former(user: UserId): { readonly by: UserId } | undefined {
    const left = this.reader(user)?.left;
    return left && { by: left.by };
  }

  /** A new member, or one who comes back. What was before him he need not read: he has read up to `read`. */
  add(user: UserId, role: Role, seq: Seq, read: Seq, at: number): void {
    this.#sql.run(
      `INSERT INTO members (user_id, role, joined_at, joined_seq, read_up_to) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (user_id) DO UPDATE SET role = excluded.role, joined_at = excluded.joined_at,
         joined_seq = excluded.joined_seq, left_seq = NULL, left_at = NULL, removed_by = NULL, left_meta = NULL, leaving = 0, away = 0, wants = NULL,
         read_up_to = MAX(read_up_to, excluded.read_up_to), read_moves = '[]'`,
      user,
      role,
      at,
      seq,
      read,
    );
    this.#leaving.delete(user);
    this.#visitors.delete(user);
    const row = this.#rows("user_id = ?", user)[0];
    if (!row) return;
    const member = memberOf(row);
    this.#members.set(user, member);
    this.#size++;
    this.#touch(member);
  }

  setRole(member: Member, role: Role): void {
    this.#sql.run("UPDATE members SET role = ? WHERE user_id = ?", role, member.user_id);
    member.role = role;
    // Of a channel, who runs it is in memory.
    if (this.#visitors.delete(member.user_id)) this.#members.set(member.user_id, member);
  }

  /** From here on he is given nothing behind `left.seq`; that it ended is brought to him as anything else is. */
  remove(member: Member, left: Left): void {
    this.#sql.run(
      "UPDATE members SET left_seq = ?, left_at = ?, removed_by = ?, left_meta = ?, leaving = 1, away = 0, wants = NULL WHERE user_id = ?",
      left.seq,
      left.at,
      left.by,
      JSON.stringify(left.meta),
      member.user_id,
    );
    member.left = left;
    // Where there is no entry of it he may have everything up to there: that he left he is told all the same.
    member.sent = Math.min(member.sent, left.seq - 1);
    member.flushed = Math.min(member.flushed, left.seq - 1);
    member.live = [];
    member.receipt = undefined;
    member.away = false;
    member.wants = undefined;
    // Should he come back before this is saved, it is not he who is away.
    this.#dirtyAway.delete(member);
    this.#members.delete(member.user_id);
    this.#visitors.delete(member.user_id);
    this.#leaving.set(member.user_id, member);
    this.#size--;
    this.#touch(member);
  }

  /** Moves a read watermark, durably. */
  read(member: Member, upTo: Seq, at: number): void {
    const moves = member.hidesReads || member.blocks ? member.readMoves : moved(member.readMoves, upTo, at);
    this.#sql.run(
      "UPDATE members SET read_up_to = ?, read_moves = ? WHERE user_id = ?",
      upTo,
      JSON.stringify(moves),
      member.user_id,
    );
    member.read = upTo;
    member.readMoves = moves;
    if (upTo > member.delivered) this.delivered(member, upTo, at);
  }

  /** Whether others see how far he reads, from here on. */
  hideReads(member: Member, hides: boolean): void {
    if (member.hidesReads === hides) return;
    this.#sql.run("UPDATE members SET hides_reads = ? WHERE user_id = ?", hides ? 1 : 0, member.user_id);
    member.hidesReads = hides;
  }

  /** Whether he blocks the other of a direct conversation, from here on. */
  setBlocks(member: Member, blocks: boolean): void {
    this.#sql.run("UPDATE members SET blocks = ? WHERE user_id = ?", blocks ? 1 : 0, member.user_id);
    member.blocks = blocks;
    member.veiled = true;
    this.#lookAtBlocks();
    for (const one of this.#members.values()) {
      one.live = [];
      one.receipt = undefined;
      if (!this.#severed) one.shown = undefined;
      for (const other of this.#members.values()) if (this.#severed && other !== one) one.shown ??= shownTo(one, other);
      this.#touch(one);
    }
    // What each saw of the other until now is what he sees, also when what is written behind is lost.
    this.save();
  }

  /** Who blocks him, if that is a direct conversation. */
  blockerOf(member: Member): Member | undefined {
    if (!this.#severed) return undefined;
    for (const other of this.#members.values()) if (other !== member && other.blocks) return other;
    return undefined;
  }

  /** Moves a delivered watermark; written behind by `save`. */
  delivered(member: Member, upTo: Seq, at: number): void {
    member.delivered = upTo;
    member.deliveredMoves = moved(member.deliveredMoves.slice(1 - LIMITS.receiptMoves / 2), upTo, at);
    this.#touch(member);
  }

  /** Takes note of what a member's inbox says of itself. */
  confirm(member: Member, state: InboxState): void {
    if (state.flushed <= member.flushed && state.read <= member.readFlushed) return;
    member.flushed = Math.max(member.flushed, state.flushed);
    member.readFlushed = Math.max(member.readFlushed, state.read);
    member.sent = Math.max(member.sent, member.flushed);
    this.#touch(member);
    if (!member.left || member.flushed < member.left.seq) return;
    if (this.#leaving.delete(member.user_id)) this.#dirtyLeft.add(member);
  }

  /** He is not there any more, and wants this all the same. What is lost of it costs one call in vain. */
  goAway(member: Member, wants: Wish | undefined): void {
    if (member.away) return;
    member.away = true;
    member.wants = wants;
    member.slice = undefined;
    this.#dirtyAway.add(member);
    if (!this.#isChannel || member.role !== "subscriber") return;
    this.#members.delete(member.user_id);
    this.#visitors.set(member.user_id, member);
  }

  /** Of somebody who is away: what he wants now, durably. Nobody would call him to be told again. */
  wish(member: Member, wants: Wish | undefined): void {
    if (member.wants?.what === wants?.what && member.wants?.until === wants?.until) return;
    member.wants = wants;
    if (!this.#dirtyAway.has(member)) this.#writeAway(member);
  }

  #writeAway({ away, wants, user_id }: Member): void {
    const wish = wants ? JSON.stringify(wants) : null;
    this.#sql.run("UPDATE members SET away = ?, wants = ? WHERE user_id = ?", away ? 1 : 0, wish, user_id);
  }

  /** He is there again, durably: nobody else would know if this were lost. */
  comeBack(member: Member): void {
    if (!member.away) return;
    member.away = false;
    member.wants = undefined;
    if (!this.#dirtyAway.delete(member)) this.#writeAway(member);
    if (this.#visitors.delete(member.user_id)) this.#members.set(member.user_id, member);
  }

  /** Up to where mentions are known to have been handed on. */
  get mentioned(): Seq {
    return this.#mentioned;
  }

  handOn(upTo: Seq): void {
    this.#mentioned = upTo;
    this.#sql.run("UPDATE conversation SET mentioned = ? WHERE one = 1", upTo);
  }

  /** Whether everything up to where he reads is durable in the member's inbox, or will be asked for by him. */
  isSettled(member: Member, head: Seq): boolean {
    if (member.away) return true;
    return member.flushed >= endOf(member, head) && (member.readFlushed >= member.read || this.#large);
  }

  #touch(member: Member): void {
    this.#dirty.add(partOf(member.user_id, this.#large));
  }

  /** Writes what was written behind: positions that moved, in as many rows as they are in, and who came to rest. */
  save(): void {
    for (const member of this.#dirtyAway) this.#writeAway(member);
    for (const member of this.#dirtyLeft)
      this.#sql.run("UPDATE members SET leaving = 0 WHERE user_id = ? AND left_seq IS NOT NULL", member.user_id);
    this.#dirtyAway.clear();
    this.#dirtyLeft.clear();
    if (this.#dirty.size === 0) return;
    const parts = new Map<number, [UserId, Position][]>([...this.#dirty].map((part) => [part, []]));
    for (const members of [this.#members, this.#leaving])
      for (const member of members.values())
        parts.get(partOf(member.user_id, this.#large))?.push([member.user_id, positionOf(member)]);
    for (const [part, positions] of parts)
      this.#sql.run(
        "INSERT INTO positions (part, positions) VALUES (?, ?) ON CONFLICT (part) DO UPDATE SET positions = excluded.positions",
        part,
        JSON.stringify(Object.fromEntries(positions)),
      );
    this.#dirty.clear();
  }
}
