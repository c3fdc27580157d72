import type { ErrorCode } from "../../src/shared/errors.ts";
import type { UserId } from "../../src/shared/ids.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { LocalMessage } from "./api.ts";
import { ParleyError } from "./parley-error.ts";
import type { OutboxRow } from "./store.ts";

/** What waits in the outbox: a message, or a change to one. */
export interface OutboxItem {
  row: OutboxRow;
  /** Of a message: as it was sent, and as it stands. */
  local: LocalMessage;
  shown: LocalMessage;
  /** On the disk: only then it may leave. */
  stored: boolean;
  /** May have reached the server. */
  left: boolean;
  attempts: number;
  readonly sent: Promise<LocalMessage>;
  readonly resolve: (message: LocalMessage) => void;
  readonly reject: (error: ParleyError) => void;
}

const localOf = (row: OutboxRow, me: UserId | undefined): LocalMessage => {
  const { type = "text", mentions, expires_in: _expiresIn, ...options } = row.options;
  return {
    conversation_id: row.conversation_id,
    client_message_id: row.client_message_id,
    sender_id: me ?? "",
    type,
    content: row.content,
    timestamp: row.created_at,
    status: "pending",
    ...(mentions === undefined ? {} : { mentions: [...mentions] }),
    ...options,
  };
};

const failed = (local: LocalMessage, error: { readonly code: ErrorCode; readonly message: string }): LocalMessage => ({
  ...local,
  status: "failed",
  error,
});

/** Gives an item another row, and shows what that says. */
export const rewrite = (item: OutboxItem, row: OutboxRow, me: UserId | undefined): void => {
  item.row = row;
  item.local = localOf(row, me);
  item.shown = row.error === undefined ? item.local : failed(item.local, row.error);
};

export const itemOf = (row: OutboxRow, me: UserId | undefined): OutboxItem => {
  const { promise: sent, resolve, reject } = Promise.withResolvers<LocalMessage>();
  // An app that shows the status need not wait for the promise.
  sent.catch(() => undefined);
  const local = localOf(row, me);
  const shown = row.error === undefined ? local : failed(local, row.error);
  return { row, local, shown, stored: false, left: false, attempts: 0, sent, resolve, reject };
};

export const frameOf = ({ client_message_id, conversation_id, action, content, options }: OutboxRow): CommandInput => {
  const common = { ref: client_message_id, conversation_id, client_message_id };
  if (action === undefined) {
    const { type: message_type = "text", mentions, ...rest } = options;
    return {
      type: "send",
      ...common,
      message_type,
      content,
      ...(mentions === undefined ? {} : { mentions: [...mentions] }),
      ...rest,
    };
  }
  const { kind, target: message_id } = action;
  if (kind === "edit") return { type: kind, ...common, message_id, content };
  if (kind === "delete") return { type: kind, ...common, message_id };
  return { type: kind, ...common, message_id, emoji: action.emoji, op: action.op };
};

const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength;

/** Throws `too_large` for what can never be sent. */
export const checkSize = (row: OutboxRow): void => {
  const fits =
    bytesOf(row.content) <= LIMITS.contentBytes && bytesOf(JSON.stringify(frameOf(row))) <= LIMITS.frameBytes;
  if (!fits) throw new ParleyError("too_large", "unable to send; the message is too long");
};
