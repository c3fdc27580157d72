import type { HoldWish } from "../core/duties/holds.ts";
import type { CameBack } from "../core/duties/restores.ts";
import type { PolicyChange } from "../core/duties/policies.ts";
import type { ListPage } from "../core/conversation/pages.ts";
import type { ConversationId, UserId } from "../shared/ids.ts";
import type { LegalHold, RetentionPolicy } from "../shared/protocol/http-admin.ts";
import type { Result } from "../shared/result.ts";

/** A deployment has one object of this kind. */
export const DUTIES_NAME = "deployment";

/** What conversations ask. */
export interface PoliciesRpc {
  policies(): Promise<readonly RetentionPolicy[]>;
}

/** What operators decided. */
export interface DutiesRpc extends PoliciesRpc {
  setPolicy(change: PolicyChange, by: UserId): Promise<void>;
  placeHold(wish: HoldWish, by: UserId): Promise<Result<{ readonly hold: LegalHold; readonly created: boolean }>>;
  releaseHold(id: string): Promise<Result<true>>;
  restore(id: ConversationId, at: number): Promise<Result<CameBack>>;
  /** JSON of the contract's answer. */
  holds(page: ListPage): Promise<Result<string>>;
}
