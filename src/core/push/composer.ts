import { badgeOf } from "../../shared/attention.ts";
import type { ConversationId, DeviceId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { PushNote } from "../../shared/protocol/http-push.ts";
import { toIso } from "../../shared/time.ts";
import type { InboxRow } from "../inbox/inbox-row.ts";
import type { Clock } from "../ports.ts";
import type { Registered } from "./addresses.ts";
import type { PushJob } from "./job.ts";
import type { News } from "./notice.ts";
import type { Names } from "./names.ts";
import { fitted } from "./note.ts";
import { mannerOf } from "./policy.ts";
import type { Due } from "./policy.ts";

export interface ComposerDeps {
  readonly user: UserId;
  readonly clock: Clock;
  readonly names: Names;
  /** The number on the app's icon. */
  badge(): number;
  /** By what alerts of a conversation take each other's place. */
  collapse(id: ConversationId): Promise<string>;
  /** Whether operator and user allow that what was written is shown. */
  previews(): boolean;
}

/** What has to be asked for before anything can be composed: it is known in the moment in which that is done. */
export interface Known {
  readonly names: ReadonlyMap<UserId, string | undefined>;
  readonly collapse: ReadonlyMap<ConversationId, string>;
}

interface Written {
  readonly message_id?: string;
  readonly type?: string;
  readonly content?: string;
  readonly target?: string;
  readonly kind?: string;
}

/** A message as it stands, if that is at hand: the last one of the list, or one of those that are kept with it. */
const messageAt = (row: InboxRow, seq: Seq): Written | undefined => {
  if (row.lastMessageSeq === seq && row.lastMessage !== undefined) return JSON.parse(row.lastMessage) as Written;
  const { after, entries } = row.tail.since(seq - 1);
  const [first, ...later] = entries;
  if (after !== seq - 1 || first === undefined) return undefined;
  const message = JSON.parse(first) as Written;
  let { content } = message;
  for (const json of later) {
    if (message.message_id === undefined || !json.includes(message.message_id)) continue;
    const entry = JSON.parse(json) as Written;
    if (entry.kind === "edit" && entry.target === message.message_id) content = entry.content;
  }
  return { ...message, content };
};

/** What was written, of what may be shown at all. */
const textOf = (message: Written | undefined): string | undefined =>
  message === undefined || message.type === "encrypted" ? undefined : message.content;

/** Notifications as they are in the moment in which they are handed over. */
export class Composer {
  readonly #deps: ComposerDeps;

  constructor(deps: ComposerDeps) {
    this.#deps = deps;
  }

  /** Gathers what composing needs of others. */
  async prepare(rows: readonly ConversationId[], senders: ReadonlySet<UserId>): Promise<Known> {
    const [names, keys] = await Promise.all([
      this.#deps.names.of(senders),
      Promise.all(rows.map(async (id) => [id, await this.#deps.collapse(id)] as const)),
    ]);
    return { names, collapse: new Map(keys) };
  }

  /** `alert` or `read`, for one device. */
  job(
    row: InboxRow,
    device: DeviceId,
    due: Exclude<Due, { is: "wait" }>,
    registered: Registered,
    attempt: number,
    known: Known,
  ): PushJob {
    const now = this.#deps.clock.now();
    const isUrgent = due.is === "alert" && (row.meta.type === "direct" || due.tells.some(({ mention }) => mention));
    return {
      user: this.#deps.user,
      device,
      conversation: row.conversation_id,
      collapse: known.collapse.get(row.conversation_id),
      ...mannerOf(due.is, isUrgent),
      note: due.is === "alert" ? this.#alert(row, due.tells, known, now) : this.#read(row, due.upTo, now),
      address: registered.address,
      registeredAt: registered.registeredAt,
      attempt,
      dueAt: Math.min(due.at, now),
      queuedAt: now,
    };
  }

  test(device: DeviceId, registered: Registered): PushJob {
    const now = this.#deps.clock.now();
    return {
      user: this.#deps.user,
      device,
      urgency: "high",
      ttlSeconds: LIMITS.pushTestTtlSeconds,
      note: { type: "test", badge: this.#deps.badge(), timestamp: toIso(now) },
      address: registered.address,
      registeredAt: registered.registeredAt,
      attempt: 0,
      dueAt: now,
      queuedAt: now,
    };
  }

  #alert(row: InboxRow, tells: readonly News[], known: Known, now: number): PushNote {
    const newest = tells.at(-1);
    if (!newest) throw new Error("an alert of nothing");
    const { meta, preferences, unread, mentions } = row;
    // What this conversation adds to the badge is what there is to be told of it.
    const count = badgeOf({ type: meta.type, ...preferences, unread_count: unread, mention_count: mentions }, now);
    const note: PushNote = {
      type: tells.some(({ mention }) => mention) ? "mention" : "message",
      conversation_id: row.conversation_id,
      seq: newest.seq,
      count: Math.max(count, 1),
      sender_id: newest.sender || undefined,
      sender_name: known.names.get(newest.sender),
      conversation_name: meta.name,
      badge: this.#deps.badge(),
      timestamp: toIso(newest.sentAt),
    };
    return fitted(note, this.#deps.previews() ? textOf(messageAt(row, newest.seq)) : undefined);
  }

  #read(row: InboxRow, upTo: Seq, now: number): PushNote {
    const seq = Math.min(upTo, row.head);
    return {
      type: "read",
      conversation_id: row.conversation_id,
      seq,
      badge: this.#deps.badge(),
      timestamp: toIso(now),
    };
  }
}
