import type { ClientMessageId, ConversationId, MessageId, Seq, UserId } from "../../shared/ids.ts";
import type { ConversationSettings, MessageType, Role } from "../../shared/protocol/fields.ts";
import type { LinkPreview } from "../../shared/protocol/message.ts";
import type { Mentions } from "./delivery.ts";

interface Named {
  readonly conversation_id: ConversationId;
  readonly client_message_id: ClientMessageId;
}

/** A message on its way into the log. */
export interface Draft extends Named {
  readonly op?: "send";
  readonly type: MessageType;
  readonly content: string;
  readonly reply_to?: MessageId;
  readonly thread_root?: MessageId;
  readonly mentions?: Mentions;
  readonly forwarded?: boolean;
  readonly preview?: LinkPreview;
  /** Seconds. */
  readonly expires_in?: number;
}

/** What changes a message that is there. */
export type MessageChange =
  | (Named & { readonly op: "edit"; readonly message_id: MessageId; readonly content: string })
  | (Named & { readonly op: "delete"; readonly message_id: MessageId })
  | (Named & { readonly op: "react"; readonly message_id: MessageId; readonly emoji: string; readonly on: boolean })
  | (Named & { readonly op: "pin"; readonly message_id: MessageId; readonly on: boolean });

/** What changes the conversation itself. */
export interface Changes {
  readonly name?: string;
  readonly avatar?: string;
  readonly settings?: Partial<ConversationSettings>;
}

/** What changes the conversation or who is in it. */
export type GroupChange =
  | (Named & { readonly op: "change"; readonly changes: Changes })
  | (Named & { readonly op: "add"; readonly user_ids: readonly UserId[]; readonly role?: Role })
  | (Named & { readonly op: "role"; readonly user_id: UserId; readonly role: Role })
  | (Named & { readonly op: "remove"; readonly user_id: UserId });

/** Everything that makes entries. */
export type Write = Draft | MessageChange | GroupChange;

/** What the writer is told: durable, at this place. */
export interface Acked {
  readonly message_id: MessageId;
  readonly seq: Seq;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly duplicate: boolean;
}
