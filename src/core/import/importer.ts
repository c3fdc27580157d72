import type { ClientMessageId, ConversationId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { rolesOf } from "../../shared/permissions.ts";
import type { ConversationType } from "../../shared/protocol/fields.ts";
import type {
  ImportedConversation,
  ImportedMembers,
  ImportedMessage,
  ImportedRead,
  ImportLine,
} from "../../shared/protocol/import.ts";
import { refuse } from "../../shared/result.ts";
import type { Err, Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import { Dedupe } from "../conversation/dedupe.ts";
import { rowOf } from "../conversation/log-table.ts";
import type { LogRow, NewRow } from "../conversation/log-table.ts";
import { conversationMark, messageIdOf } from "../conversation/message-id.ts";
import { emptiedFields } from "../conversation/message-table.ts";
import { openTables } from "../conversation/tables.ts";
import type { Tables } from "../conversation/tables.ts";
import { entryOf } from "../conversation/verdict.ts";
import type { NewEntry } from "../conversation/verdict.ts";
import type { Sql } from "../ports.ts";

/** A line of one conversation. A message comes with the id that follows from its own. */
export type ImportRecord =
  | Exclude<ImportLine, { kind: "message" }>
  | (ImportedMessage & { readonly client_id: ClientMessageId });

/** Lines of one conversation of another system, in their order. */
export interface ImportCall {
  readonly conversation_id: ConversationId;
  readonly region: string;
  readonly source: string;
  readonly foreign_id: string;
  readonly records: readonly ImportRecord[];
}

/** What became of a line. */
export type Imported = Result<{ readonly duplicate: boolean }>;

interface State {
  readonly type: ConversationType;
  readonly importing: number;
  readonly source: string | null;
  readonly foreign_id: string | null;
}

/** What an untouched conversation consists of. */
const OWN = ["conversation", "members", "log_0", "log_1", "kept", "positions", "seen", "scheduled", "stale"] as const;
/** Of a member who has no read mark yet: when the import ends, he has read everything. */
const UNMARKED = -1;
const DONE: Imported = { ok: true, value: { duplicate: false } };
const DUPLICATE: Imported = { ok: true, value: { duplicate: true } };
const ENDED = refuse("conflict", "unable to import the line; the import of its conversation has ended");

/** A conversation is being brought in: whoever would found it waits until it is there. */
export const IMPORTING = refuse("overloaded", "unable to create the conversation; it is being imported", {
  retry_after_ms: LIMITS.importRetryMs,
});

/** What is known of a conversation that may be brought in, or was. */
export const importStateOf = (sql: Sql): State | undefined =>
  sql.all<State>(
    `SELECT type, importing, source, foreign_id FROM conversation LEFT JOIN import_source USING (one) WHERE one = 1`,
  )[0];

const bad = (why: string): Err => refuse("bad_request", `unable to import the line; ${why}`);

/** The two of a direct conversation that is being brought in, or is about to be. */
export const directPair = (sql: Sql, { records }: ImportCall): readonly UserId[] => {
  const state = importStateOf(sql);
  const line = records.find((record) => record.kind === "conversation");
  if (!state) return line?.type === "direct" ? line.members.map(({ user_id }) => user_id) : [];
  if (state.type !== "direct" || state.importing === 0) return [];
  return sql.all<{ user_id: UserId }>("SELECT user_id FROM members").map(({ user_id }) => user_id);
};

/**
 * Brings in a conversation of another system, with the times and authors that it had. Until its `end` it is
 * there for nobody, so nothing is told to anybody and nobody's write comes between. The same line again changes nothing.
 */
export class Importer {
  readonly #sql: Sql;
  readonly #now: number;
  readonly #call: ImportCall;
  readonly #tables: Tables;
  readonly #mark: string;
  #state: State | undefined;
  #head: { readonly seq: Seq; readonly at: number };
  #known: Dedupe | undefined;
  #hasEnded = false;
  #hasRestarted = false;

  constructor(sql: Sql, now: number, call: ImportCall) {
    this.#sql = sql;
    this.#now = now;
    this.#call = call;
    this.#tables = openTables(sql);
    this.#mark = conversationMark(call.conversation_id);
    this.#state = importStateOf(sql);
    this.#head = this.#state ? this.#tables.log.head() : { seq: 0, at: 0 };
  }

  /** Whether it is a conversation like any other now, and was not before. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether it was there before, and whatever is in memory of it is old. */
  get hasRestarted(): boolean {
    return this.#hasRestarted;
  }

  /** All lines in one transaction. `blockers`: who of the two of a direct conversation blocks the other. */
  take(blockers: readonly UserId[]): Imported[] {
    return this.#sql.transaction(() => this.#call.records.map((record) => this.#one(record, blockers)));
  }

  #one(record: ImportRecord, blockers: readonly UserId[]): Imported {
    if (record.kind === "conversation") return this.#begin(record);
    const state = this.#state;
    if (!state || !this.#isOurs(state))
      return refuse(
        "not_found",
        "unable to import the line; the line of its conversation did not come, or was refused",
      );
    switch (record.kind) {
      case "members":
        return this.#members(state, record);
      case "message":
        return state.importing === 1 ? this.#message(state, record) : this.#again(record);
      case "read":
        return state.importing === 1 ? this.#read(record) : DUPLICATE;
      case "end":
        return state.importing === 1 ? this.#end(blockers) : DUPLICATE;
    }
  }

  #isOurs({ source, foreign_id }: State): boolean {
    return source === this.#call.source && foreign_id === this.#call.foreign_id;
  }

  #begin({ type, name, avatar, created_at, members }: ImportedConversation): Imported {
    if (this.#state && this.#isOurs(this.#state)) return DUPLICATE;
    if (this.#state && !this.#isUntouched(this.#state))
      return refuse("conflict", "unable to import the conversation; there is one of the same people already");
    const refusal = this.#membersRefusal(type, members);
    if (refusal) return refusal;
    const people = new Set(members.map((member) => member.user_id));
    if (type === "direct" && people.size !== 2) return bad("a direct conversation is of two people");
    if (created_at > this.#now) return bad("it is of a time to come");
    const { conversation_id, region, source, foreign_id } = this.#call;
    const epoch = this.#state ? this.#clear() : 1;
    this.#sql.run(
      `INSERT INTO conversation (one, conversation_id, type, name, avatar, region, epoch, created_at, large, importing)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
      conversation_id,
      type,
      name ?? null,
      avatar ?? null,
      region,
      epoch,
      created_at,
      type === "channel" ? 1 : 0,
    );
    this.#sql.run("INSERT INTO import_source (one, source, foreign_id) VALUES (1, ?, ?)", source, foreign_id);
    // Only as long as the import lasts: what quotes a message names it by the id that it had.
    this.#sql.run("CREATE TABLE imported (id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID");
    this.#state = { type, importing: 1, source, foreign_id };
    const owner = members.find((member) => member.role === "owner") ?? members[0];
    const founder = owner?.user_id ?? "";
    // A group or channel without an owner has whoever is named first.
    const founding = members.map((member) =>
      type !== "direct" && member === owner ? { ...member, role: "owner" as const } : member,
    );
    this.#addMembers(type, founding, created_at);
    this.#insert(entryOf(founder, "settings", { changes: { type, name, avatar } }), created_at);
    return DONE;
  }

  /** Somebody opened a direct conversation in which nobody ever said anything. */
  #isUntouched({ type, source }: State): boolean {
    const said = "SELECT 1 FROM log WHERE kind <> 'settings' LIMIT 1";
    return type === "direct" && source === null && this.#tables.log.pruned === 0 && this.#sql.all(said).length === 0;
  }

  /** What was there is gone, for a log of another epoch: whoever has a copy reads it anew [SEQ-6]. Answers which. */
  #clear(): number {
    const epoch = this.#sql.all<{ epoch: number }>("SELECT epoch FROM conversation")[0]?.epoch ?? 0;
    for (const table of OWN) this.#sql.run(`DELETE FROM ${table}`);
    this.#head = { seq: 0, at: 0 };
    this.#hasRestarted = true;
    return epoch + 1;
  }

  #membersRefusal(type: ConversationType, members: ImportedMembers["members"]): Err | undefined {
    const roles = rolesOf(type);
    const strange = members.find(
      ({ role }) => role !== undefined && (type === "direct" ? role !== "member" : !roles.includes(role)),
    );
    return strange && bad(`a ${type} has no ${strange.role}s`);
  }

  #addMembers(type: ConversationType, members: ImportedMembers["members"], createdAt: number): void {
    const [lowest = "member"] = rolesOf(type);
    for (const { user_id, role, joined_at } of members)
      this.#sql.run(
        "INSERT OR IGNORE INTO members (user_id, role, joined_at, read_up_to) VALUES (?, ?, ?, ?)",
        user_id,
        role ?? lowest,
        joined_at ?? createdAt,
        UNMARKED,
      );
  }

  #members({ type, importing }: State, { members }: ImportedMembers): Imported {
    const has = (user: UserId): boolean => this.#sql.all("SELECT 1 FROM members WHERE user_id = ?", user).length > 0;
    const fresh = members.filter(({ user_id }) => !has(user_id));
    if (fresh.length === 0) return DUPLICATE;
    if (importing === 0) return ENDED;
    if (type === "direct") return bad("a direct conversation is of two people");
    const refusal = this.#membersRefusal(type, fresh);
    if (refusal) return refusal;
    const size = this.#size() + new Set(fresh.map(({ user_id }) => user_id)).size;
    if (type === "group" && size > LIMITS.groupMembers)
      return refuse("limit_exceeded", `unable to import the line; at most ${LIMITS.groupMembers} members`);
    const created = this.#sql.all<{ created_at: number }>("SELECT created_at FROM conversation")[0]?.created_at ?? 0;
    this.#addMembers(type, fresh, created);
    return DONE;
  }

  #size(): number {
    return this.#sql.all<{ size: number }>("SELECT COUNT(*) AS size FROM members")[0]?.size ?? 0;
  }

  /** After the end: whether it is there is known by the id that follows from its own. */
  #again({ sender, client_id }: ImportedMessage & { readonly client_id: ClientMessageId }): Imported {
    this.#known ??= new Dedupe(this.#tables.log);
    return this.#known.find(sender, client_id, this.#now) === undefined ? ENDED : DUPLICATE;
  }

  #place(id: string): Seq | undefined {
    return this.#sql.all<{ seq: Seq }>("SELECT seq FROM imported WHERE id = ?", id)[0]?.seq;
  }

  #message({ type }: State, message: ImportedMessage & { readonly client_id: ClientMessageId }): Imported {
    if (this.#place(message.id) !== undefined) return DUPLICATE;
    const refusal = this.#messageRefusal(type, message);
    if (refusal) return refusal;
    const root = this.#anchor(message.thread_root);
    if (message.thread_root !== undefined && (!root || root.thread !== null))
      return bad("thread_root names no message before it that a thread may hang on");
    const quoted = this.#anchor(message.reply_to);
    if (message.reply_to !== undefined && !quoted) return bad("reply_to names no message before it");
    const mentions = message.mentions && message.mentions.length > 0 ? message.mentions : undefined;
    const said = {
      type: message.type,
      content: message.content,
      reply_to: quoted && this.#idOf(quoted),
      thread_root: root && this.#idOf(root),
      mentions,
      forwarded: message.forwarded,
      edited_at: message.edited_at === undefined ? undefined : toIso(message.edited_at),
    };
    const isDeleted = message.deleted_at !== undefined;
    const entry: NewEntry = {
      ...entryOf(message.sender, "message", isDeleted ? emptiedFields(said) : said),
      mentions: mentions && !isDeleted ? JSON.stringify(mentions) : null,
      thread: root?.seq ?? null,
    };
    const row = this.#insert(entry, message.timestamp, message.client_id);
    this.#sql.run("INSERT INTO imported (id, seq) VALUES (?, ?)", message.id, row.seq);
    const target = this.#idOf(row);
    if (isDeleted) {
      const deletion = this.#insert(entryOf(message.sender, "delete", { target }), message.timestamp);
      this.#tables.messages.delete(row, deletion.seq, deletion.at);
    } else this.#react(row, target, message);
    return DONE;
  }

  #messageRefusal(type: ConversationType, message: ImportedMessage): Err | undefined {
    if (message.timestamp < this.#head.at)
      return refuse("conflict", "unable to import the line; it is older than what came before it");
    if (message.timestamp > this.#now) return bad("it is of a time to come");
    if (type === "direct" && !this.#isMember(message.sender)) return bad("its sender is not one of the two");
    const emoji = new Map<string, Set<UserId>>();
    for (const one of message.reactions ?? [])
      emoji.set(one.emoji, (emoji.get(one.emoji) ?? new Set<UserId>()).add(one.user_id));
    const perPerson = new Map<UserId, number>();
    for (const users of emoji.values()) for (const user of users) perPerson.set(user, (perPerson.get(user) ?? 0) + 1);
    if (emoji.size > LIMITS.emojiPerMessage || [...perPerson.values()].some((own) => own > LIMITS.emojiPerPerson))
      return refuse("limit_exceeded", "unable to import the line; there are too many different reactions");
    return undefined;
  }

  #isMember(user: UserId): boolean {
    return this.#sql.all("SELECT 1 FROM members WHERE user_id = ?", user).length > 0;
  }

  #anchor(id: string | undefined): LogRow | undefined {
    const seq = id === undefined ? undefined : this.#place(id);
    return seq === undefined ? undefined : this.#tables.log.at(seq);
  }

  #idOf({ at, seq }: LogRow): string {
    return messageIdOf(at, seq, this.#mark);
  }

  /** Their entries follow the message's, with its stamp: the log's stamps never fall. What is listed keeps its time. */
  #react(row: LogRow, target: string, { reactions = [] }: ImportedMessage): void {
    for (const { user_id, emoji, timestamp } of reactions) {
      if (this.#tables.reactions.find(row.seq, user_id, emoji)) continue;
      const entry = this.#insert(entryOf(user_id, "reaction", { target, emoji, op: "add" }), row.at);
      this.#tables.reactions.add(row.seq, user_id, emoji, { ...entry, at: timestamp ?? entry.at });
    }
  }

  #read({ user, up_to, timestamp }: ImportedRead): Imported {
    const known = this.#sql.all<{ read_up_to: Seq }>("SELECT read_up_to FROM members WHERE user_id = ?", user)[0];
    if (!known) return bad("nobody of this name is in the conversation");
    const seq = up_to === null ? 0 : this.#place(up_to);
    if (seq === undefined) return bad("up_to names no message before it");
    if (seq === known.read_up_to) return DUPLICATE;
    const moves = seq === 0 ? [] : [[seq, Math.min(timestamp ?? this.#head.at, this.#now)]];
    this.#sql.run(
      "UPDATE members SET read_up_to = ?, read_moves = ? WHERE user_id = ?",
      seq,
      JSON.stringify(moves),
      user,
    );
    return DONE;
  }

  /** From here on it is a conversation like any other. Lists begin with how it stands now. */
  #end(blockers: readonly UserId[]): Imported {
    const { seq, at } = this.#head;
    this.#sql.run(
      "UPDATE members SET read_up_to = ?, read_moves = ? WHERE read_up_to = ?",
      seq,
      JSON.stringify([[seq, at]]),
      UNMARKED,
    );
    for (const user of blockers) this.#sql.run("UPDATE members SET blocks = 1 WHERE user_id = ?", user);
    const large = this.#size() > LIMITS.plainGroupMembers ? 1 : 0;
    this.#sql.run(
      "UPDATE conversation SET importing = 0, imported = ?, mentioned = ?, large = MAX(large, ?) WHERE one = 1",
      seq,
      seq,
      large,
    );
    this.#sql.run("DROP TABLE imported");
    if (this.#state) this.#state = { ...this.#state, importing: 0 };
    this.#hasEnded = true;
    return DONE;
  }

  #insert(entry: NewEntry, at: number, clientId: ClientMessageId | null = null): LogRow {
    const row = rowOf({ ...entry, seq: this.#head.seq + 1, at, client_id: clientId } satisfies NewRow);
    this.#tables.log.insert(row, false);
    this.#head = { seq: row.seq, at };
    return row;
  }
}
