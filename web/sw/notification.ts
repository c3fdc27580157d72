import type { PushNote } from "@parley/client";
import { pushStrings as words } from "./strings.ts";

/** What a notification on the screen remembers of its making. */
export interface Shown {
  /** Whose it is: two people may share a browser. */
  readonly user_id: string;
  readonly note: PushNote;
}

/** TypeScript's library does not know all of them yet. */
interface Options extends NotificationOptions {
  readonly timestamp?: number;
  readonly renotify?: boolean;
  readonly data?: Shown | undefined;
}

export interface Drawn {
  readonly title: string;
  readonly options: Options;
}

const LOOK = { icon: "/icons/icon-192.png", badge: "/icons/badge-96.png", dir: "auto" } as const;

/** Notifications with the same tag take each other's place: there is one for each conversation. */
export const tagOf = (conversationId: string): string => `conversation ${conversationId}`;

export const shownIn = (data: unknown): Shown | undefined =>
  typeof data === "object" && data !== null && "note" in data && "user_id" in data ? (data as Shown) : undefined;

/** Of several that tell of one conversation, what tells of most. Push services promise no order. */
export const newest = (notes: readonly [PushNote, ...PushNote[]]): PushNote =>
  notes.reduce((best, note) => ((note.seq ?? 0) > (best.seq ?? 0) ? note : best));

const bodyOf = (note: PushNote): string => {
  const { type, count = 1, conversation_name: group, preview } = note;
  const who = note.sender_name ?? note.sender_id;
  const many = count > 1 ? words.newMessages(count) : undefined;
  if (preview !== undefined) {
    return words.lines(group === undefined || who === undefined ? preview : words.said(who, preview), many);
  }
  if (type !== "mention") return words.newMessages(count);
  return words.lines(who === undefined ? words.mentionedSomehow : words.mentioned(who), many);
};

/** Of a conversation. `again`: something of it is on the screen already, and `note` is no news. */
const ofConversation = (note: PushNote, userId: string, again: boolean): Drawn => ({
  title: note.conversation_name ?? note.sender_name ?? note.sender_id ?? words.app,
  options: {
    ...LOOK,
    body: bodyOf(note),
    tag: tagOf(note.conversation_id ?? ""),
    renotify: !again,
    silent: again,
    ...(note.timestamp === "" ? {} : { timestamp: Date.parse(note.timestamp) }),
    data: { user_id: userId, note },
  },
});

/**
 * What to show for a note. `before`: what is shown of its conversation already. What is not newer than that is shown once
 * more without a sound, as a push that shows nothing is punished.
 */
export const notificationOf = (note: PushNote, userId: string, before: readonly PushNote[]): Drawn => {
  if (note.type === "test") {
    return { title: words.app, options: { ...LOOK, body: words.test, tag: "test", data: { user_id: userId, note } } };
  }
  const best = newest([note, ...before]);
  return ofConversation(
    best,
    userId,
    before.some((one) => (one.seq ?? 0) >= (note.seq ?? 0)),
  );
};

/** For what cannot be understood, and for what comes when nobody is signed in who may be told more. */
export const something = (): Drawn => ({
  title: words.app,
  options: { ...LOOK, body: words.something, tag: "something" },
});

/** The page that shows what a notification tells of; the list where it tells of nothing in particular. */
export const addressOf = (shown: Shown | undefined): string => {
  const id = shown?.note.conversation_id;
  return id === undefined ? "/" : `/#/c/${encodeURIComponent(id)}`;
};
