import type { AppendAnswer, Draft } from "../core/conversation/appender.ts";
import type { MemberView, ReceiptCall } from "../core/conversation/conversation.ts";
import type { Delivery, InboxState, OwnCounts } from "../core/conversation/delivery.ts";
import type { Founding } from "../core/conversation/founding.ts";
import type { ListPage, LogSlice, MessagePage } from "../core/conversation/history.ts";
import type { MessageId, Seq, UserId } from "../shared/ids.ts";
import type { Result } from "../shared/result.ts";

export interface Founded {
  /** `false`: it was there already. */
  readonly created: boolean;
  readonly delivery?: Delivery;
  readonly view: MemberView;
}

/** What others may ask of a conversation. Refusals are values; a throw means that the object failed. */
export interface ConversationRpc {
  found(founding: Founding): Promise<Result<Founded>>;
  append(user: UserId, drafts: readonly Draft[], inbox: InboxState): Promise<AppendAnswer>;
  receipt(call: ReceiptCall): Promise<Result<OwnCounts & { readonly delivered_up_to: Seq }>>;
  typing(user: UserId, state: "start" | "stop"): Promise<void>;
  describe(user: UserId): Promise<Result<MemberView>>;
  log(user: UserId, after: Seq, limit?: number): Promise<Result<LogSlice>>;
  /** JSON of the contract's answers. */
  messages(user: UserId, page: MessagePage): Promise<Result<string>>;
  members(user: UserId, page: ListPage): Promise<Result<string>>;
  receipts(user: UserId, id: MessageId, page: ListPage): Promise<Result<string>>;
}
