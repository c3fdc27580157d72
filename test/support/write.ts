import type { Role } from "../../src/shared/protocol/fields.ts";
import type { RouteName } from "../../src/shared/protocol/http.ts";
import { uuid7 } from "./random.ts";
import type { CallInput } from "./rest.ts";
import type { Request } from "./session.ts";

/** A write of the contract: as a call, and as a frame where it has one. Doing it again repeats it with the same id. */
export interface Write {
  readonly route: RouteName;
  readonly input: CallInput;
  readonly frame?: Request;
}

interface More {
  readonly reply_to?: string;
  readonly thread_root?: string;
  readonly mentions?: readonly string[];
  readonly forwarded?: boolean;
  readonly preview?: { readonly url: string; readonly title?: string };
  readonly expires_in?: number;
  readonly cid?: string;
}

export const sending = (id: string, content: string, { cid = uuid7(), ...more }: More = {}): Write => {
  const fields = { conversation_id: id, client_message_id: cid, content, ...more };
  return {
    route: "sendMessage",
    input: { body: { type: "text", ...fields } },
    frame: { type: "send", ...fields } as Request,
  };
};

export const editing = (id: string, message_id: string, content: string, cid: string = uuid7()): Write => ({
  route: "editMessage",
  input: { params: { id, message_id }, body: { client_message_id: cid, content } },
  frame: { type: "edit", conversation_id: id, message_id, client_message_id: cid, content },
});

export const deleting = (id: string, message_id: string, cid: string = uuid7()): Write => ({
  route: "deleteMessage",
  input: { params: { id, message_id }, query: { client_message_id: cid } },
  frame: { type: "delete", conversation_id: id, message_id, client_message_id: cid },
});

const reaction = (op: "add" | "remove", id: string, message_id: string, emoji: string, cid: string): Write => ({
  route: op === "add" ? "addReaction" : "removeReaction",
  input: { params: { id, message_id, emoji }, query: { client_message_id: cid } },
  frame: { type: "react", conversation_id: id, message_id, emoji, op, client_message_id: cid },
});
export const reacting = (id: string, message_id: string, emoji = "👍", cid: string = uuid7()): Write =>
  reaction("add", id, message_id, emoji, cid);
export const unreacting = (id: string, message_id: string, emoji = "👍", cid: string = uuid7()): Write =>
  reaction("remove", id, message_id, emoji, cid);

const pin = (route: "pinMessage" | "unpinMessage", id: string, message_id: string, cid: string): Write => ({
  route,
  input: { params: { id, message_id }, query: { client_message_id: cid } },
});
export const pinning = (id: string, message_id: string, cid: string = uuid7()): Write =>
  pin("pinMessage", id, message_id, cid);
export const unpinning = (id: string, message_id: string, cid: string = uuid7()): Write =>
  pin("unpinMessage", id, message_id, cid);

/** Name, picture or settings. Answers with the conversation, not with a place in the log. */
export const changing = (id: string, changes: object, cid: string = uuid7()): Write => ({
  route: "changeConversation",
  input: { params: { id }, body: { client_message_id: cid, ...changes } },
});

export const adding = (
  id: string,
  who: readonly { readonly userId: string }[],
  role?: Role,
  cid: string = uuid7(),
): Write => ({
  route: "addMembers",
  input: {
    params: { id },
    body: { client_message_id: cid, user_ids: who.map(({ userId }) => userId), ...(role && { role }) },
  },
});

export const naming = (
  id: string,
  { userId }: { readonly userId: string },
  role: Role,
  cid: string = uuid7(),
): Write => ({
  route: "changeMember",
  input: { params: { id, uid: userId }, body: { client_message_id: cid, role } },
});

/** Removes somebody; oneself: leaves. */
export const removing = (id: string, { userId }: { readonly userId: string }, cid: string = uuid7()): Write => ({
  route: "removeMember",
  input: { params: { id, uid: userId }, query: { client_message_id: cid } },
});

export const scheduling = (
  id: string,
  content: string,
  sendAt: number,
  { cid = uuid7(), ...more }: More = {},
): Write => ({
  route: "scheduleMessage",
  input: {
    params: { id },
    body: { client_message_id: cid, type: "text", content, send_at: new Date(sendAt).toISOString(), ...more },
  },
});

export const inviting = (id: string, options: { expires_in?: number; max_uses?: number } = {}): Write => ({
  route: "createInvite",
  input: { params: { id }, body: options },
});
