import { spanWords } from "./messages.ts";
import { plural } from "./plural.ts";

/** What the app says about who is there, and about one's own view of conversations. */
export const peopleStrings = {
  online: "online",
  lastSeen: (when: string) => `last seen ${when}`,
  todayAt: (time: string) => `today at ${time}`,
  yesterdayAt: (time: string) => `yesterday at ${time}`,
  dayAt: (day: string, time: string) => `${day} at ${time}`,

  menu: (title: string) => `What to do with ${title}`,
  more: "More",
  info: "Info",
  markRead: "Mark as read",
  pin: "Pin to the top",
  unpin: "Unpin",
  mute: "Mute",
  muteFor: (hours: number) => spanWords(hours * 3600),
  muteForEver: "Until I turn it on again",
  unmute: "Unmute",
  unmuteUntil: (when: string) => `Unmute (silent until ${when})`,
  muted: "Muted",
  mutedUntil: (when: string) => `Muted until ${when}`,
  notify: "Notifications",
  notifyKinds: { all: "All messages", mentions: "Mentions only", none: "None" },
  archive: "Archive",
  unarchive: "Take out of the archive",
  archived: "Archived",
  archivedCount: (count: number) => plural(count, "conversation", "conversations"),
  archiveEmpty: "Nothing is archived",
  leaveArchive: "Back to all conversations",
  pinned: "Pinned",

  block: (who: string) => `Block ${who}`,
  unblock: (who: string) => `Unblock ${who}`,
  blockShort: "Block",
  unblockShort: "Unblock",
  blockTitle: (who: string) => `Block ${who}?`,
  blockLead:
    "They cannot write to you or call you, and neither of you sees when the other is there. They are not told. In groups you still read each other.",
  blocked: (who: string) => `You blocked ${who}.`,
  nobodyBlocked: "You have blocked nobody.",
} as const;
