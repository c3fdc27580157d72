import type { MessageId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { may, mayManage } from "../../shared/permissions.ts";
import type { Standing } from "../../shared/permissions.ts";
import { ALL } from "../../shared/protocol/fields.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import type { Held, Why } from "./held.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import type { Member } from "./member.ts";
import { seqOfMessageId } from "./message-id.ts";
import { editedOf } from "./message-table.ts";
import type { MessageTable } from "./message-table.ts";
import type { PinTable } from "./pin-table.ts";
import type { ReactionTable } from "./reaction-table.ts";
import { forbidden, NO_MESSAGE } from "./refusals.ts";
import type { Roster } from "./roster.ts";
import { entryOf } from "./verdict.ts";
import type { NewEntry, Verdict } from "./verdict.ts";
import type { Draft, MessageChange } from "./write.ts";

export interface MessageActsDeps {
  readonly log: LogTable;
  readonly messages: MessageTable;
  readonly reactions: ReactionTable;
  readonly pins: PinTable;
  readonly held: Held;
  readonly roster: Roster;
  readonly mark: string;
  standing(member: Member): Standing;
  /** Below it the member sees nothing. */
  floor(member: Member): Seq;
  /** How long messages live where they do not say, in seconds; 0: for ever. */
  lifetime(): number;
  /** Entries lost what they said: what is held of them in memory is old. */
  emptied(seqs: readonly Seq[]): void;
  /** A message is to be removed at this time, ms since 1970. */
  expires(at: number): void;
}

type Change<Op extends MessageChange["op"]> = Extract<MessageChange, { op: Op }>;

/** It is his own to end: the other cannot see what he would write. */
const UNBLOCK_FIRST = refuse("forbidden", "unable to write; you block the other one: unblock first");
const DELETED = refuse("conflict", "unable to change the message; it is deleted");

/** What members may do with messages, and what comes of it. */
export class MessageActs {
  readonly #deps: MessageActsDeps;

  constructor(deps: MessageActsDeps) {
    this.#deps = deps;
  }

  /** A message of this conversation that the member may see. */
  find(member: Member, id: MessageId): LogRow | undefined {
    const place = seqOfMessageId(id, this.#deps.mark);
    if (!place || place.seq < this.#deps.floor(member) || place.seq > (member.left?.seq ?? Infinity)) return undefined;
    const row = this.#deps.log.at(place.seq);
    return row && row.at === place.atMs && row.kind === "message" && row.hidden_from !== member.user_id
      ? row
      : undefined;
  }

  send(member: Member, draft: Draft, at: number): Verdict {
    const standing = this.#deps.standing(member);
    if (!may(standing, "write")) return forbidden("send");
    if (member.blocks) return UNBLOCK_FIRST;
    const mentions = draft.mentions && draft.mentions.length > 0 ? draft.mentions : undefined;
    for (const user of mentions ?? []) {
      if (user === ALL ? mayManage(standing) : this.#deps.roster.get(user)) continue;
      return user === ALL
        ? forbidden("mention everybody")
        : refuse("bad_request", "unable to send; a mention names somebody who is not a member");
    }
    const root = this.#anchor(member, draft, "thread_root");
    if (!root.ok) return root;
    const quoted = this.#anchor(member, draft, "reply_to");
    if (!quoted.ok) return quoted;
    const seconds = draft.expires_in ?? this.#deps.lifetime();
    const expires_at = seconds > 0 ? at + seconds * 1000 : null;
    const { type, content, reply_to, thread_root, forwarded, preview } = draft;
    const iso = expires_at === null ? undefined : toIso(expires_at);
    const body = { type, content, reply_to, thread_root, mentions, forwarded, preview, expires_at: iso };
    const entry: NewEntry = {
      ...this.#entry(member, "message", body, root.value),
      mentions: mentions ? JSON.stringify(mentions) : null,
      thread: root.value?.seq ?? null,
      expires_at,
    };
    if (expires_at !== null) this.#deps.expires(expires_at);
    return { ok: true, entries: [entry] };
  }

  change(member: Member, change: MessageChange): Verdict {
    const row = this.find(member, change.message_id);
    if (!row) return NO_MESSAGE;
    if (row.deleted_seq !== null) return DELETED;
    // Taking away what he wrote is all that is left to him.
    if (member.blocks && change.op !== "delete") return UNBLOCK_FIRST;
    switch (change.op) {
      case "edit":
        return this.#edit(member, row, change);
      case "delete":
        return this.#delete(member, row, change);
      case "react":
        return this.#react(member, row, change);
      case "pin":
        return this.#pin(member, row, change);
    }
  }

  /**
   * Removes a message that no member removes: its time is over, or the service does it. The entry has the author as its
   * sender, who may be somebody without a role here; that he was not asked is said where it is so.
   */
  removal(row: LogRow, id: MessageId, why: Why): { entry: NewEntry; apply(entry: LogRow): void } {
    const fields = { target: id, ...(why === "expired" ? {} : { taken_down: true }) };
    return {
      entry: entryOf(row.sender_id, "delete", fields, row.hidden_from),
      apply: (entry) => this.#remove(row, entry, why),
    };
  }

  /**
   * What a member does is hidden from whoever blocks him, and so is what hangs on something hidden. What takes away is
   * as visible as what it takes away: see where `hidden_from` is that of the other.
   */
  #entry(member: Member, kind: NewEntry["kind"], fields: object, on?: LogRow): NewEntry {
    const blocker = this.#deps.roster.blockerOf(member);
    return entryOf(member.user_id, kind, fields, blocker?.user_id ?? on?.hidden_from);
  }

  /** The message that a send refers to. */
  #anchor(member: Member, draft: Draft, field: "thread_root" | "reply_to"): Result<LogRow | undefined> {
    const id = draft[field];
    if (id === undefined) return { ok: true, value: undefined };
    const row = this.find(member, id);
    if (!row || row.deleted_seq !== null || (field === "thread_root" && row.thread !== null))
      return refuse("bad_request", `unable to send; ${field} names no message of this conversation that it can name`);
    return { ok: true, value: row };
  }

  #edit(member: Member, row: LogRow, { message_id, content }: Change<"edit">): Verdict {
    if (row.sender_id !== member.user_id) return refuse("forbidden", "unable to edit; the message is somebody else's");
    if (!may(this.#deps.standing(member), "write")) return forbidden("edit");
    if ((editedOf(row)?.entries.length ?? 0) >= LIMITS.editsPerMessage)
      return refuse("limit_exceeded", `unable to edit; at most ${LIMITS.editsPerMessage} times`);
    const entry = this.#entry(member, "edit", { target: message_id, content }, row);
    return {
      ok: true,
      entries: [entry],
      apply: ([written]) => {
        if (!written) return;
        this.#deps.held.edited(row, written);
        this.#deps.messages.edit(row, content, written);
      },
    };
  }

  #delete(member: Member, row: LogRow, { message_id }: Change<"delete">): Verdict {
    const standing = this.#deps.standing(member);
    const own = row.sender_id === member.user_id && may(standing, "write");
    if (!own && !mayManage(standing)) return forbidden("delete");
    const entry = entryOf(member.user_id, "delete", { target: message_id }, row.hidden_from);
    return { ok: true, entries: [entry], apply: ([written]) => written && this.#remove(row, written, "deleted") };
  }

  #remove(row: LogRow, entry: LogRow, why: Why): void {
    this.#deps.held.removed(row, entry, why);
    this.#deps.emptied(this.#deps.messages.delete(row, entry.seq, entry.at));
    this.#deps.reactions.removeAll(row.seq);
    this.#deps.pins.remove(row.seq);
  }

  #react(member: Member, row: LogRow, { message_id, emoji, on }: Change<"react">): Verdict {
    if (member.role === "subscriber") return forbidden("react");
    const { reactions } = this.#deps;
    const user = member.user_id;
    const earlier = reactions.find(row.seq, user, emoji);
    if (on && earlier !== undefined) return { ok: true, done: earlier.seq };
    if (!on && earlier === undefined) return refuse("not_found", "unable to take the reaction away; it is not there");
    if (on) {
      const { all, own, there } = reactions.count(row.seq, user, emoji);
      if (own >= LIMITS.emojiPerPerson || (!there && all >= LIMITS.emojiPerMessage))
        return refuse("limit_exceeded", "unable to react; there are too many different reactions");
    }
    const fields = { target: message_id, emoji, op: on ? "add" : "remove" };
    const entry = earlier
      ? entryOf(user, "reaction", fields, earlier.hidden_from)
      : this.#entry(member, "reaction", fields, row);
    return {
      ok: true,
      entries: [entry],
      apply: ([written]) => {
        if (!on) reactions.remove(row.seq, user, emoji);
        else if (written) reactions.add(row.seq, user, emoji, written);
      },
    };
  }

  #pin(member: Member, row: LogRow, { message_id, on }: Change<"pin">): Verdict {
    if (!may(this.#deps.standing(member), "pin")) return forbidden("pin");
    const { pins } = this.#deps;
    const there = pins.find(member.user_id, row.seq);
    if (on && there) return refuse("conflict", "unable to pin; the message is pinned");
    if (!on && !there) return refuse("not_found", "unable to take the pin away; it is not there");
    if (on && pins.size(member.user_id) >= LIMITS.pins)
      return refuse("limit_exceeded", `unable to pin; at most ${LIMITS.pins}`);
    const fields = { changes: on ? { pin: message_id } : { unpin: message_id } };
    const entry = there
      ? entryOf(member.user_id, "settings", fields, there.hidden_from)
      : this.#entry(member, "settings", fields, row);
    return {
      ok: true,
      entries: [entry],
      apply: ([written]) => {
        if (!on) pins.remove(row.seq);
        else if (written) pins.add(row.seq, written);
      },
    };
  }
}
