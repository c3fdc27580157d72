import type { ConversationId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { ConversationSettings, ConversationType } from "../../shared/protocol/fields.ts";
import { effectiveSettings } from "../../shared/permissions.ts";
import type { Sql } from "../ports.ts";
import type { ConversationMeta, LastMessage, MemberView, OwnCounts } from "./delivery.ts";
import { participantOf } from "./member.ts";
import type { Member } from "./member.ts";
import type { MessageTable } from "./message-table.ts";
import type { Restored } from "./restored.ts";
import type { RetentionTable } from "./retention-table.ts";
import type { Roster } from "./roster.ts";

/** What a conversation is, besides its members and its log. */
export interface ConversationRecord {
  readonly conversation_id: ConversationId;
  readonly type: ConversationType;
  name: string | null;
  avatar: string | null;
  readonly region: string;
  readonly epoch: number;
  readonly created_at: number;
  /** JSON of those that were made. */
  settings: string;
  readonly large: number;
  /** Up to here it was brought in from another system: nobody is brought that entry by entry. */
  readonly imported: number;
}

/** Not while it is being imported: until then it is not there. */
export const loadRecord = (sql: Sql): ConversationRecord | undefined =>
  sql.all<ConversationRecord>(
    "SELECT conversation_id, type, name, avatar, region, epoch, created_at, settings, large, imported FROM conversation WHERE one = 1 AND importing = 0",
  )[0];

export interface ViewsDeps {
  readonly record: ConversationRecord;
  readonly roster: Roster;
  readonly messages: MessageTable;
  readonly retention: RetentionTable;
  readonly restored: Restored;
  /** The newest message at or below `head`, as the member sees it. */
  last(member: Member, head: Seq): (LastMessage & { readonly at: number }) | undefined;
}

/** The conversation as a member sees it. */
export class Views {
  readonly #deps: ViewsDeps;
  #settings: { readonly made: string; readonly all: ConversationSettings } | undefined;

  constructor(deps: ViewsDeps) {
    this.#deps = deps;
  }

  get conversationId(): ConversationId {
    return this.#deps.record.conversation_id;
  }

  get isChannel(): boolean {
    return this.#deps.record.type === "channel";
  }

  /** Lists that know nothing begin behind this entry, with how things stand there. */
  get imported(): Seq {
    return this.#deps.record.imported;
  }

  get epoch(): number {
    return this.#deps.record.epoch;
  }

  /** Asked for with every message: read once for each change. */
  get settings(): ConversationSettings {
    const { type, settings } = this.#deps.record;
    if (this.#settings?.made !== settings) {
      const all = effectiveSettings(type, JSON.parse(settings) as Partial<ConversationSettings>);
      this.#settings = { made: settings, all };
    }
    return this.#settings.all;
  }

  /** Below it a member sees nothing. */
  floor(member: Member): Seq {
    return Math.max(this.retainedFrom, this.settings.history === "since_joined" ? member.joined_seq : 1);
  }

  /** What is before it was never brought to anybody, is gone, or is in lists as it was in another epoch: lists begin behind it. */
  get sunk(): Seq {
    const { record, restored } = this.#deps;
    return Math.max(record.imported, this.retainedFrom - 1, restored.head);
  }

  /** Below it nobody does, any more. */
  get retainedFrom(): Seq {
    return this.#deps.retention.floor;
  }

  /** What is the same for all members. */
  commonMeta(): Omit<ConversationMeta, "role"> {
    const { type, name, avatar, region, created_at } = this.#deps.record;
    const { roster } = this.#deps;
    const shown = type !== "channel" && roster.size <= LIMITS.participantsShown;
    return {
      type,
      ...(name === null ? {} : { name }),
      ...(avatar === null ? {} : { avatar }),
      region,
      created_at,
      member_count: roster.size,
      ...(type === "direct" ? {} : { settings: this.settings }),
      ...(shown ? { participants: [...roster.all()].map(participantOf) } : {}),
    };
  }

  meta(member: Member): ConversationMeta {
    return member.left?.meta ?? { ...this.commonMeta(), role: member.role };
  }

  /** What the conversation is to somebody who leaves: it stays that to him, whatever becomes of it. */
  parting(member: Member, at: number): ConversationMeta {
    const { participants: _participants, ...common } = this.commonMeta();
    return { ...common, member_count: common.member_count - 1, role: member.role, left_at: at };
  }

  own(member: Member, head: Seq): OwnCounts {
    const after = Math.max(member.read, this.floor(member) - 1);
    return { read_up_to: member.read, ...this.#deps.messages.countOthers(member.user_id, after, head) };
  }

  view(member: Member, head: Seq): MemberView {
    const { record, roster } = this.#deps;
    const last = this.#deps.last(member, head);
    const { at, ...lastMessage } = last ?? { at: record.created_at };
    return {
      conversation_id: record.conversation_id,
      epoch: record.epoch,
      head,
      activity: Math.max(at, member.joined_seq > 1 ? member.joined_at : 0),
      meta: this.meta(member),
      own: this.own(member, head),
      delivered_up_to: Math.min(member.delivered, head),
      ...(last ? { last: lastMessage as LastMessage } : {}),
      large: roster.large,
    };
  }
}
