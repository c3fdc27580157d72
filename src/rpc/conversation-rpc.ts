import type {
  AppendAnswer,
  AppendCall,
  Entrance,
  ReceiptCall,
  ThreadState,
  Visit,
  Visited,
} from "../core/conversation/calls.ts";
import type { InboxState, MemberView, OwnCounts } from "../core/conversation/delivery.ts";
import type { InvitePreview } from "../core/conversation/doors.ts";
import type { Founding } from "../core/conversation/founding.ts";
import type { LogSlice, MessagePage } from "../core/conversation/history.ts";
import type { Invite, InviteWish } from "../core/conversation/invites.ts";
import type { ListPage } from "../core/conversation/pages.ts";
import type { Draft } from "../core/conversation/write.ts";
import type { SearchAsk, SearchSlice } from "../core/search/conversation-search.ts";
import type { ClientMessageId, MessageId, Seq, UserId } from "../shared/ids.ts";
import type { RestorePoint } from "../core/duties/restores.ts";
import type { LegalHold } from "../shared/protocol/http-admin.ts";
import type { Result } from "../shared/result.ts";

/** Lists that belong to one message. */
export type MessageList = "receipts" | "reactions";
/** Lists that belong to the conversation. */
export type ConversationList = "members" | "pins" | "threads" | "scheduled";

/** What others may ask of a conversation. Refusals are values; a throw means that the object failed. */
export interface ConversationRpc {
  found(founding: Founding, inbox: InboxState): Promise<Result<Entrance>>;
  join(user: UserId, secret: string, inbox: InboxState): Promise<Result<Entrance>>;
  append(call: AppendCall): Promise<AppendAnswer>;
  receipt(call: ReceiptCall): Promise<Result<OwnCounts & { readonly delivered_up_to: Seq }>>;
  readThread(user: UserId, root: MessageId, upTo: Seq): Promise<Result<ThreadState>>;
  /** Whether a member of a direct conversation blocks the other. */
  block(user: UserId, blocks: boolean): Promise<Result<true>>;
  /** `except`: members who are not to see it. */
  typing(user: UserId, state: "start" | "stop", except?: readonly UserId[]): Promise<void>;
  describe(user: UserId): Promise<Result<MemberView>>;
  visit(visit: Visit): Promise<Result<Visited>>;
  log(user: UserId, after: Seq, limit?: number): Promise<Result<LogSlice>>;
  /** JSON of the contract's answers. */
  messages(user: UserId, page: MessagePage): Promise<Result<string>>;
  message(user: UserId, id: MessageId): Promise<Result<string>>;
  list(user: UserId, which: ConversationList, page: ListPage): Promise<Result<string>>;
  listOf(user: UserId, id: MessageId, which: MessageList, page: ListPage): Promise<Result<string>>;
  search(user: UserId, ask: SearchAsk): Promise<Result<SearchSlice>>;
  invitePreview(secret: string): Promise<Result<InvitePreview>>;
  createInvite(user: UserId, wish: InviteWish): Promise<Result<Invite>>;
  invites(user: UserId, page: ListPage): Promise<Result<readonly Invite[]>>;
  revokeInvite(user: UserId, secret: string): Promise<Result<true>>;
  schedule(
    user: UserId,
    draft: Draft,
    at: number,
  ): Promise<Result<{ readonly created: boolean; readonly scheduled: string }>>;
  cancelScheduled(user: UserId, id: ClientMessageId): Promise<Result<true>>;
  /** For operators: JSON of the contract's answers. */
  deliveryState(): Promise<Result<string>>;
  adminState(): Promise<Result<string>>;
  held(page: ListPage): Promise<Result<string>>;
  placeHold(hold: LegalHold): Promise<Result<true>>;
  releaseHold(id: string): Promise<Result<true>>;
  restorePoint(at: number): Promise<Result<RestorePoint>>;
  markLeaving(epoch: number): Promise<Result<true>>;
  goBack(at: number): Promise<Result<true>>;
  resume(epoch: number, holds: readonly LegalHold[]): Promise<Result<Seq | undefined>>;
  takeDown(id: MessageId): Promise<Result<true>>;
  /** For how many days messages are kept here; `null`: as the policies say. */
  retain(days: number | null): Promise<Result<true>>;
}
