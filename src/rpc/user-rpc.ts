import type { Acked, Draft } from "../core/conversation/appender.ts";
import type { Delivery, DeliveryAnswer } from "../core/conversation/delivery.ts";
import type { Founding } from "../core/conversation/founding.ts";
import type { ListPage } from "../core/conversation/history.ts";
import type { ConversationId, DeviceId, Rev, Seq } from "../shared/ids.ts";
import type { Result } from "../shared/result.ts";

/** Headers by which the edge tells a user's object whom it has let in. Only the edge reaches objects. */
export const CONNECT_HEADERS = {
  device: "x-parley-device",
  /** When the token expires, in ms since 1970. */
  expires: "x-parley-expires",
  /** `rev` that the device knows; absent: no sync wanted. */
  since: "x-parley-since",
  origin: "x-parley-origin",
} as const;

/** What a conversation may ask of a member's object. */
export interface MemberRpc {
  deliver(delivery: Delivery): Promise<DeliveryAnswer>;
}

/** The edge keeps nothing: how many link previews somebody may have is counted in the user's object. */
export interface PreviewRpc {
  /** Takes one. 0, or the milliseconds until there is one. */
  allowPreview(): Promise<number>;
}

/** What the edge may ask of a user's object. Strings are JSON of the contract's answers. */
export interface UserRpc extends MemberRpc {
  fetch(request: Request): Promise<Response>;
  send(draft: Draft): Promise<Result<Acked>>;
  create(founding: Founding): Promise<Result<{ readonly created: boolean; readonly conversation: string }>>;
  mark(id: ConversationId, kind: "read" | "delivered", upTo: Seq, device: DeviceId | undefined): Promise<Result<true>>;
  list(page: ListPage): Promise<Result<string>>;
  describe(id: ConversationId): Promise<Result<string>>;
  sync(since: Rev, device: DeviceId | undefined): Promise<Result<string>>;
}
