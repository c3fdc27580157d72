import { plural } from "./plural.ts";

const SPANS: readonly (readonly [seconds: number, one: string, many: string])[] = [
  [7 * 86_400, "week", "weeks"],
  [86_400, "day", "days"],
  [3600, "hour", "hours"],
  [60, "minute", "minutes"],
  [1, "second", "seconds"],
];

/** A length of time in its largest whole unit: 7200 is "2 hours", 90 is "90 seconds". */
export const spanWords = (seconds: number): string => {
  const [unit, one, many] = SPANS.find(([size]) => seconds % size === 0) ?? [1, "second", "seconds"];
  return plural(seconds / unit, one, many);
};

/** What the app says about single messages, threads and writing. */
export const messageStrings = {
  menu: (who: string) => `What to do with the message of ${who}`,
  more: "More",
  reply: "Reply",
  replyInThread: "Reply in thread",
  openThread: "Open thread",
  react: "React",
  reactWith: (emoji: string) => `React with ${emoji}`,
  edit: "Edit",
  remove: "Delete",
  pin: "Pin",
  unpin: "Unpin",
  forward: "Forward",
  copy: "Copy text",
  copied: "Copied",
  info: "Info",

  forwarded: "Forwarded",
  edited: "edited",
  expired: "A message disappeared",
  expires: (when: string) => `Disappears ${when}`,
  quoteGone: "That message is not there any more",
  quoteLoading: "…",
  answers: "Answer to",
  messageGone: "That message could not be found.",
  tooFarBack: "That message is too far back to jump to.",
  lookingForMessage: "Looking for the message…",

  deleteTitle: "Delete this message?",
  deleteOwn: "It is deleted for everybody. That cannot be undone.",
  deleteOthers: (who: string) => `You delete a message of ${who}, for everybody. That cannot be undone.`,
  deleteSubmit: "Delete for everybody",

  reactions: "Reactions",
  reactionChip: (emoji: string, count: number, mine: boolean) =>
    `${emoji}, ${plural(count, "reaction", "reactions")}${mine ? ", yours too" : ""}`,
  reactedBy: (emoji: string, who: readonly string[], more: number) =>
    `${emoji} ${who.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
  whoReacted: "Who reacted",
  moreEmoji: "More emoji",
  emojiSearch: "Search emoji",
  emojiNone: "No emoji of that name",
  emojiPicker: "Emoji",

  thread: "Thread",
  threadReplies: (count: number) => plural(count, "reply", "replies"),
  threadUnread: (count: number) => `${count} new`,
  threadEmpty: "No replies yet",
  threadGone: "This message is not there any more.",
  closeThread: "Close the thread",
  threadComposer: "Reply in thread",
  threadList: "Replies in thread",

  infoTitle: "Message info",
  infoRead: (read: number, of: number) => `Read by ${read} of ${of}`,
  infoDelivered: (delivered: number, of: number) => `Delivered to ${delivered} of ${of}`,
  infoSent: "Sent",
  infoEdited: "Edited",
  infoExpires: "Disappears",
  infoId: "To report it",
  infoWho: "Show who and when",
  infoReadBy: "Read",
  infoDeliveredTo: "Delivered",
  infoWaiting: "Not yet",
  infoNobody: "Nobody has it yet",
  loadMore: "Show more",
  loading: "One moment…",

  forwardTitle: "Forward to",
  forwardFilter: "Find a conversation",
  forwardNone: "No conversation of that name that you may write to",
  forwardDone: (where: string) => `Forwarded to ${where}`,

  replyingTo: (who: string) => `Reply to ${who}`,
  replyingToSelf: "Reply to your own message",
  editing: "Edit message",
  stopReply: "Do not reply",
  stopEditing: "Stop editing",
  save: "Save",
  mentionPicker: "People to mention",
  mentionAll: "Everybody in this conversation",
  mentioned: "You were mentioned",
  emoji: "Emoji",
  dropPreview: "Send without the preview",

  sendLater: "Send later",
  sendLaterTitle: "When shall it be sent?",
  sendLaterAt: "Date and time",
  sendLaterSubmit: "Schedule",
  sendLaterPast: "Choose a time that is still to come.",
  sendLaterFar: "That is more than a year ahead.",
  scheduled: "Scheduled messages",
  scheduledCount: (count: number) => plural(count, "scheduled message", "scheduled messages"),
  scheduledNone: "Nothing is waiting to be sent",
  scheduledFor: (when: string) => `For ${when}`,
  scheduledRefused: (why: string) => `Not sent: ${why}`,
  scheduledCancel: "Do not send",
  scheduledDone: (when: string) => `Will be sent ${when}`,
  show: "Show",

  pins: "Pinned messages",
  pinnedMessage: "Pinned message",
  pinsCount: (count: number) => plural(count, "pinned message", "pinned messages"),
  pinsNone: "Nothing is pinned",
  showPins: "Show all pinned messages",

  newMessages: (count: number) => plural(count, "new message", "new messages"),
  jumpToUnread: (count: number) => `Jump to the first of ${plural(count, "new message", "new messages")}`,
  jumpToUnreadShort: (count: number) => `${count} new`,
} as const;
