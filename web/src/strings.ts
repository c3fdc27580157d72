import type { ParleyErrorLike } from "@parley/client";
import { pushStrings } from "../sw/strings.ts";
import { groupStrings } from "./strings/groups.ts";
import { messageStrings } from "./strings/messages.ts";
import { notificationStrings } from "./strings/notifications.ts";
import { peopleStrings } from "./strings/people.ts";
import { searchStrings } from "./strings/search.ts";
import { settingsStrings } from "./strings/settings.ts";

const preferred = typeof navigator === "undefined" ? [] : navigator.languages;
const people = (count: number): string => (count === 1 ? "1 person" : `${count} people`);

const errors: Readonly<Record<ParleyErrorLike["code"], string>> = {
  bad_request: "The server could not make sense of that.",
  unauthenticated: "You are signed out. Sign in again.",
  forbidden: "You are not allowed to do that.",
  not_found: "That does not exist, or not for you.",
  conflict: "That clashes with something that is already there.",
  too_large: "That is too long to send.",
  limit_exceeded: "That is more than the server allows.",
  rate_limited: "That was too fast. It will be tried again in a moment.",
  stale_epoch: "The conversation has moved on. Try again.",
  unsupported: "This server cannot do that.",
  overloaded: "The server is busy. It will be tried again in a moment.",
  internal: "Something went wrong at the server. It will be tried again.",
};

/** Everything the app says, in one place: a translation is another object of this shape. */
export const strings = {
  /** Of dates and times: the words above them are English, so they are too. */
  locale: preferred.find((language) => language.startsWith("en")) ?? "en-GB",
  app: pushStrings.app,
  errors,
  somethingWrong: "That did not work. Try again.",
  message: messageStrings,
  group: groupStrings,
  people: peopleStrings,
  search: searchStrings,
  setting: settingsStrings,
  notify: notificationStrings,
  push: pushStrings,

  today: "Today",
  yesterday: "Yesterday",
  tomorrow: "Tomorrow",
  untitled: "Untitled",
  back: "Back to the list",
  cancel: "Cancel",
  close: "Close",

  signInTitle: "Come in",
  signInLead: "Pick a name. This server is for trying things out, so that is all it takes.",
  signInName: "Your name",
  signInPlaceholder: "ada",
  signInSubmit: "Sign in",
  signInBusy: "Signing in…",
  signInAs: (id: string) => `You will be known as ${id}`,
  signInContinue: "Or carry on as",
  signInRemove: (id: string) => `Forget ${id} on this browser`,
  signInOperator: "Look after this server, too",
  signInUnreachable: "The server does not answer. Check that it is running, then try again.",
  nameProblems: {
    empty: "Type a name first.",
    unwritable: "Use letters A to Z, digits, and . - _ : only. A name like “ada” or “grace-hopper” works.",
    long: "That is too long: 64 characters at most.",
    nobody: "Nobody goes by that username.",
  },
  tokenTitle: "This server has its own sign-in",
  tokenLead:
    "It wants a token from the place where you sign in to it; a name is not enough. If you have such a token, paste it here.",
  tokenLabel: "Token",
  tokenSubmit: "Use this token",
  tokenBack: "Use a name instead",
  tokenProblems: {
    shape: "That is not a token: it should be three parts of letters and digits with a dot between them.",
    subject: "That token does not say who you are (it has no usable “sub”).",
    expired: "That token has expired. Get a fresh one.",
  },

  conversations: "Conversations",
  conversation: "Conversation",
  signedInAs: (id: string) => `Signed in as ${id}`,
  newDirect: "New message",
  newGroup: "New group",
  signOut: "Sign out",
  themeToDark: "Switch to dark",
  themeToLight: "Switch to light",
  shortcuts: "Keyboard shortcuts",
  listEmpty: "Nobody here yet",
  listEmptyLead:
    "Write to somebody by name, or start a group. They can sign in from another window or another machine.",
  listLoading: "Loading conversations",
  you: "You",
  youSaid: (text: string) => `You: ${text}`,
  somebodySaid: (who: string, text: string) => `${who}: ${text}`,
  draft: "Draft:",
  noMessagesYet: "No messages yet",
  deletedMessage: "This message was deleted",
  encryptedMessage: "Encrypted message",
  messageKinds: {
    text: "Empty message",
    image: "Photo",
    video: "Video",
    voice: "Voice message",
    document: "Document",
    encrypted: "Encrypted message",
    system: "Notice",
  },
  unread: (count: number) => (count === 1 ? "1 unread message" : `${count} unread messages`),
  typing: "typing…",
  somebodyTyping: (who: readonly string[]) => {
    if (who.length === 1) return `${who[0]} is typing…`;
    return who.length === 2 ? `${who[0]} and ${who[1]} are typing…` : `${who.length} people are typing…`;
  },
  members: people,
  showMembers: (count: number) => `Show ${people(count)}`,
  direct: "Direct conversation",

  chooseTitle: "Pick a conversation",
  chooseLead: "or start one. Press ? for the shortcuts.",
  messageList: (title: string) => `Messages with ${title}`,
  loadingOlder: "Loading earlier messages…",
  loadOlderFailed: "Earlier messages could not be loaded.",
  tryAgain: "Try again",
  beginning: "This is where it begins",
  sayHello: "Nothing here yet. Say hello.",
  jumpToNewest: "Jump to the newest message",
  jumpWithCount: (count: number) => `Jump to the newest message, ${count} new`,
  incoming: (who: string, where: string | undefined, text: string) =>
    where === undefined ? `${who}: ${text}` : `${who} in ${where}: ${text}`,
  status: {
    pending: "waiting to be sent",
    failed: "not sent",
    sent: "sent",
    delivered: "delivered",
    read: "read",
  },
  notSent: "Not sent.",
  retry: "Try again",
  discard: "Discard",

  composerLabel: (title: string) => `Message to ${title}`,
  composerPlaceholder: "Write a message",
  send: "Send",
  tooLong: (kilobytes: string) => `Too long: ${kilobytes} kB, and 16 kB fit. Send it in parts.`,

  newDirectTitle: "New message",
  newDirectLead: "Who do you want to write to?",
  personName: "Name",
  personHint: "The name they signed in with, or @ and their username. They need not be here yet.",
  newDirectSubmit: "Start writing",
  newGroupTitle: "New group",
  groupName: "What is it called?",
  groupNamePlaceholder: "Weekend walk",
  groupMembers: "Who is in it?",
  groupMembersHint: "Type a name and press Enter. A group holds up to 5,000 people.",
  groupSubmit: "Create group",
  working: "One moment…",
  removePerson: (id: string) => `Remove ${id}`,
  groupProblems: {
    name: "Give the group a name.",
    members: "Add at least one person.",
  },
  peopleProblems: { tooMany: "1,000 people can be added in one go. Add the others afterwards." },
  thatIsYou: "That is you. Pick somebody else.",

  connection: {
    idle: "",
    online: "Connected",
    connecting: "Connecting…",
    syncing: "Catching up…",
    offline: "Offline",
    stopped: "Disconnected",
  },
  retryIn: (seconds: number) => `Next try in ${seconds} s`,
  retryNow: "Try now",

  stopped: {
    replaced: {
      title: "Opened elsewhere",
      lead: "This conversation list was opened in another place with the same device, so this one went quiet.",
      action: "Use it here",
    },
    removed: {
      title: "This device was removed",
      lead: "It was taken off your account from another device, and what it kept of your conversations is gone from here. Sign in again to come back.",
      action: "Sign in",
    },
    refused: {
      title: "The server refuses this page",
      lead: "It does not accept connections from this address. Ask whoever runs it to allow it.",
      action: "Try again",
    },
    version: {
      title: "This page is out of date",
      lead: "The server speaks a newer version. Reload to get the page that goes with it.",
      action: "Reload",
    },
    suspended: {
      title: "This account is suspended",
      lead: "Whoever runs the service has suspended it. Ask them if you do not know why.",
      action: "Try again",
    },
    unauthenticated: {
      title: "Your sign-in has run out",
      lead: "Sign in again to carry on. What you have not sent yet is kept.",
      action: "Sign in",
    },
    outdated: {
      title: "This page is out of date",
      lead: "A newer version of the app is open in another tab. Reload to go on here with that one.",
      action: "Reload",
    },
    destroyed: {
      title: "You signed out",
      lead: "You signed out in another tab, and nothing of the conversations is left in this browser.",
      action: "Sign in",
    },
    closed: { title: "Disconnected", lead: "The connection was closed.", action: "Connect" },
  },

  shortcutRows: [
    ["?", "This page"],
    ["Alt ↑  /  Alt ↓", "Previous or next conversation"],
    ["Alt N", "New message"],
    ["Alt G", "New group"],
    ["Alt I", "Info about the conversation"],
    ["/  or  Ctrl K  (⌘ K)", "Search"],
    ["Alt K", "To the list of conversations"],
    ["Alt S", "Settings"],
    ["Enter", "Send"],
    ["Shift Enter", "New line"],
    ["@", "Mention somebody"],
    ["↑ in the empty field", "Edit the last message of one's own"],
    ["Tab, then ↑  /  ↓", "Go through the messages"],
    ["Enter on a message", "What to do with it"],
    ["Page Up  /  Page Down", "Scroll the messages"],
    ["Alt End", "Jump to the newest message"],
    ["Esc", "Close what is open, or go back to the list"],
  ],
} as const;

/** What to tell a person about an error of the client. */
export const wordsFor = (error: unknown): string => {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && code in errors ? errors[code as keyof typeof errors] : strings.somethingWrong;
};
