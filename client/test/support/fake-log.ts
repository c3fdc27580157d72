import type { Conversation } from "../../../src/shared/protocol/conversation.ts";
import type { Entry, MessageEntry } from "../../../src/shared/protocol/entry.ts";
import type { Message } from "../../../src/shared/protocol/message.ts";

export type Draft = Entry extends infer E
  ? E extends Entry
    ? Omit<E, "seq" | "message_id" | "timestamp">
    : never
  : never;

/** One conversation of the double: a log, and who has read how far. */
export class FakeLog {
  readonly id: string;
  readonly type: "direct" | "group";
  readonly members: readonly string[];
  epoch = 1;
  entries: Entry[] = [];
  readonly read = new Map<string, number>();
  readonly delivered = new Map<string, number>();
  /** `user` → the rev with which the row changed last. */
  readonly revs = new Map<string, number>();

  constructor(id: string, type: "direct" | "group", members: readonly string[]) {
    this.id = id;
    this.type = type;
    this.members = members;
    this.add({ kind: "settings", sender_id: members[0] ?? "", changes: {} });
  }

  get head(): number {
    return this.entries.length;
  }

  add(draft: Draft): Entry {
    const seq = this.head + 1;
    const entry = {
      ...draft,
      seq,
      message_id: `${this.id.toUpperCase()}${String(seq).padStart(8, "0")}`,
      timestamp: new Date(Date.UTC(2026, 0, 1) + seq).toISOString(),
    };
    this.entries.push(entry);
    return entry;
  }

  /** The entry that a write of this id made before. */
  known(sender: string, clientMessageId: string): Entry | undefined {
    return this.entries.find((entry) => entry.sender_id === sender && entry.client_message_id === clientMessageId);
  }

  messages(me: string): Message[] {
    const own = this.entries.filter((entry): entry is MessageEntry => entry.kind === "message");
    return own.map((entry) => this.#standing(entry, me));
  }

  row(me: string): Conversation {
    const readUpTo = this.read.get(me) ?? 0;
    const messages = this.messages(me);
    const unread = messages.filter((one) => one.sender_id !== me && one.seq > readUpTo && one.deleted_at === undefined);
    const last = messages.at(-1);
    return {
      conversation_id: this.id,
      type: this.type,
      created_at: new Date(Date.UTC(2026, 0, 1)).toISOString(),
      region: "local",
      member_count: this.members.length,
      role: "member",
      epoch: this.epoch,
      head_seq: this.head,
      ...(last === undefined ? {} : { last_message: last }),
      unread_count: unread.length,
      mention_count: 0,
      read_up_to: readUpTo,
      delivered_up_to: this.delivered.get(me) ?? 0,
      notify: "all",
      rev: this.revs.get(me) ?? 0,
    };
  }

  #standing({ kind: _kind, ...fields }: MessageEntry, me: string): Message {
    const edit = this.entries.findLast((one) => one.kind === "edit" && one.target === fields.message_id);
    const gone = this.entries.find((one) => one.kind === "delete" && one.target === fields.message_id);
    const others = this.members.filter((member) => member !== me);
    const count = (marks: Map<string, number>) => others.filter((one) => (marks.get(one) ?? 0) >= fields.seq).length;
    const receipts = { delivered: count(this.delivered), read: count(this.read), of: others.length };
    return {
      ...fields,
      conversation_id: this.id,
      ...(edit?.kind === "edit" ? { content: edit.content, edited_at: edit.timestamp } : {}),
      ...(gone === undefined ? {} : { content: "", deleted_at: gone.timestamp }),
      ...(fields.sender_id === me ? { receipts } : {}),
    };
  }
}
