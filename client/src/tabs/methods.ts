import type { ParleyClient } from "../api.ts";

export type Method = {
  [K in keyof ParleyClient]: ParleyClient[K] extends (...args: never) => unknown ? K : never;
}[keyof ParleyClient];

/**
 * How a call is served. `here`: by the tab itself. The others go to the leader; if that ends before it answered:
 * `again`: the next one is asked, since doing it twice is as good as once. `say`: the same, and nobody waits for it.
 * `once`: it may have been done, and the caller is told to see. `lossy`: it is forgotten.
 */
export type How = "here" | "again" | "say" | "once" | "lossy";

/** Every method of a client has its line: one that is added and forgotten here does not compile. */
export const METHODS = {
  start: "here",
  connect: "here",
  close: "here",
  destroy: "here",
  on: "here",
  conversations: "here",
  conversation: "here",
  messages: "here",
  timeline: "here",
  thread: "here",
  permissions: "here",
  typingUsers: "here",
  person: "here",
  presence: "here",
  watchPresence: "here",
  setActive: "here",
  open: "here",
  leave: "here",
  send: "here",
  discard: "here",
  edit: "here",
  deleteMessage: "here",
  react: "here",
  retry: "say",
  markRead: "say",
  markThreadRead: "say",
  setDraft: "say",
  typing: "lossy",
  loadOlder: "again",
  loadThread: "again",
  pin: "again",
  unpin: "again",
  pins: "again",
  message: "again",
  threads: "again",
  receipts: "again",
  reactions: "again",
  schedule: "once",
  scheduled: "again",
  cancelScheduled: "again",
  linkPreview: "again",
  createDirect: "again",
  createGroup: "once",
  createChannel: "once",
  changeConversation: "again",
  members: "again",
  addMembers: "again",
  removeMember: "again",
  setRole: "again",
  leaveConversation: "again",
  createInvite: "once",
  invites: "again",
  revokeInvite: "again",
  previewInvite: "again",
  acceptInvite: "again",
  profile: "again",
  updateProfile: "again",
  findUser: "again",
  devices: "again",
  removeDevice: "again",
  blocks: "again",
  block: "again",
  unblock: "again",
  setPreferences: "again",
  pushOffer: "again",
  registerPush: "again",
  withdrawPush: "again",
  testPush: "again",
  search: "again",
  searchHere: "again",
} as const satisfies Readonly<Record<Method, How>>;

type HowOf = typeof METHODS;
export type HereMethod = { [K in Method]: HowOf[K] extends "here" ? K : never }[Method];
export type RemoteMethod = Exclude<Method, HereMethod>;
/** What tabs ask of the leader besides: `put` takes up a message that a tab has written down. */
export type Asked =
  | RemoteMethod
  | "put"
  | "connect"
  | "open"
  | "discard"
  | "edit"
  | "deleteMessage"
  | "react"
  | "person"
  | "destroy";
