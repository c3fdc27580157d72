import type { ClientMessageId, ConversationId, MessageId } from "../../src/shared/ids.ts";
import type { LinkPreview } from "../../src/shared/protocol/message.ts";
import type { Reaction, Receipt, Scheduled } from "./answers.ts";
import type { SendOptions } from "./api.ts";
import type { MessageCalls, Page } from "./api-messages.ts";
import type { Parts } from "./parts.ts";
import { pathOf } from "./history.ts";
import { ParleyError } from "./parley-error.ts";
import type { Rest, RestRequest } from "./rest.ts";
import { uuidV7 } from "./uuid.ts";

const messagePath = (id: ConversationId, messageId: MessageId): string =>
  `${pathOf(id)}/messages/${encodeURIComponent(messageId)}`;
const pinPath = (id: ConversationId, messageId: MessageId): string =>
  `${pathOf(id)}/pins/${encodeURIComponent(messageId)}`;

/** A message that the server sends later. */
const scheduledBody = (client_message_id: ClientMessageId, content: string, sendAt: Date, options: SendOptions) => ({
  client_message_id,
  content,
  send_at: sendAt.toISOString(),
  ...options,
});

const previewsOf = (rest: Rest): MessageCalls["linkPreview"] => {
  /** The server was found not to offer them: it is not asked again. */
  let unsupported = false;
  return async (url) => {
    if (unsupported) return undefined;
    try {
      return await rest.call<LinkPreview>({ method: "GET", path: "/link-preview", query: { url } });
    } catch (error) {
      unsupported = error instanceof ParleyError && error.code === "unsupported";
      if (unsupported) return undefined;
      throw error;
    }
  };
};

/** Message calls as an app has them, made of the client's parts. */
export const messageCalls = (parts: Parts): MessageCalls => {
  const { rest, state, history, threads, pins, drafts, actions, environment } = parts;
  const newId = (): ClientMessageId => uuidV7(environment.now());

  const setPin = async (method: RestRequest["method"], id: ConversationId, messageId: MessageId): Promise<void> => {
    await rest.call({ method, path: pinPath(id, messageId), query: { client_message_id: newId() } });
    pins.forget(id);
    state.messagesChanged(id);
  };

  return {
    edit: (id, messageId, content) => actions.edit(id, messageId, content),
    deleteMessage: (id, messageId) => actions.delete(id, messageId),
    react: (id, messageId, emoji, on) => actions.react(id, messageId, emoji, on),
    pin: (id, messageId) => setPin("PUT", id, messageId),
    unpin: (id, messageId) => setPin("DELETE", id, messageId),
    pins: (id) => pins.list(id),
    message: (id, messageId) => threads.message(id, messageId),
    thread: (id, rootId) => threads.thread(id, rootId),
    loadThread: (id, rootId) => threads.load(id, rootId),
    markThreadRead: (id, rootId) => threads.markRead(id, rootId),
    threads: (id) => history.threads(id),
    receipts: (id, messageId, cursor) =>
      rest.call<Page<"receipts", Receipt>>({
        method: "GET",
        path: `${messagePath(id, messageId)}/receipts`,
        query: { cursor },
      }),
    reactions: (id, messageId, cursor) =>
      rest.call<Page<"reactions", Reaction>>({
        method: "GET",
        path: `${messagePath(id, messageId)}/reactions`,
        query: { cursor },
      }),
    schedule: (id, content, sendAt, options = {}) =>
      rest.call<Scheduled>({
        method: "POST",
        path: `${pathOf(id)}/scheduled`,
        body: scheduledBody(newId(), content, sendAt, options),
      }),
    scheduled: (id) => rest.all<Scheduled>(`${pathOf(id)}/scheduled`, "scheduled"),
    cancelScheduled: (id, clientMessageId) =>
      rest.call<undefined>({
        method: "DELETE",
        path: `${pathOf(id)}/scheduled/${encodeURIComponent(clientMessageId)}`,
      }),
    setDraft: (id, content, replyTo) => drafts.set(id, content, replyTo),
    linkPreview: previewsOf(rest),
  };
};
