import type { Delivery, DeliveryAnswer } from "../core/conversation/delivery.ts";
import type { ListPage } from "../core/conversation/pages.ts";
import type { Acked, Write } from "../core/conversation/write.ts";
import type { ProfileChange, ProfileFields, ShownProfile, Viewer } from "../core/inbox/profile.ts";
import type { Sighting } from "../core/presence/presence.ts";
import type {
  ClientMessageId,
  ConversationId,
  DeviceId,
  MessageId,
  Rev,
  Seq,
  UserId,
  Username,
} from "../shared/ids.ts";
import type { PreferenceChanges } from "../core/inbox/preferences.ts";
import type { LegalHold } from "../shared/protocol/http-admin.ts";
import type { PushAddress } from "../shared/protocol/http-push.ts";
import type { Result } from "../shared/result.ts";
import type { SearchQuery } from "../shared/search-query.ts";

/** Headers by which the edge tells a user's object whom it has let in. Only the edge reaches objects. */
export const CONNECT_HEADERS = {
  device: "x-parley-device",
  /** When the token expires, in ms since 1970. */
  expires: "x-parley-expires",
  /** When the token was issued, in ms since 1970; 0: it does not say. */
  issued: "x-parley-issued",
  /** What the device calls itself: percent-encoded, since headers are Latin-1. */
  name: "x-parley-name",
  platform: "x-parley-platform",
  /** Rises with each attempt of the device to connect. */
  attempt: "x-parley-attempt",
  /** The region where the user is, as far as that is known and there are several. */
  near: "x-parley-near",
  /** `rev` that the device knows; absent: no sync wanted. */
  since: "x-parley-since",
  origin: "x-parley-origin",
  /** Of a refusal (429): how long to stay away, in ms. */
  wait: "x-parley-wait",
} as const;

/** What a conversation may ask of a member's object. */
export interface MemberRpc {
  deliver(delivery: Delivery): Promise<DeliveryAnswer>;
  /** Whether the user blocks somebody: asked when a direct conversation of the two is founded. */
  doesBlock(other: UserId): Promise<boolean>;
}

/** What another user's object may ask. */
export interface PeerRpc {
  shownTo(viewer: Viewer): Promise<ShownProfile>;
  /** Whether the user is there, and from now on whenever that changes: by `sighted`. */
  watch(user: UserId): Promise<Sighting>;
  /** Whether somebody is there whom the user watches. `false`: he does not, any more. */
  sighted(user: UserId, sighting: Sighting): Promise<boolean>;
  /** Where the user is at home; `undefined`: that is not fixed yet. */
  homeRegion(): Promise<string | undefined>;
  /** The same, and fixed from now on: a conversation is founded by it. `near`: where, if that was open. */
  settle(near?: string): Promise<string>;
}

/** What a username may ask of whoever has it. */
export interface HolderRpc {
  /** Whether the profile shows it, or is about to. */
  keepsName(name: Username): Promise<boolean>;
}

/** A conversation that somebody wants. `region`: one that there is; else that of whoever decides it. */
export type FoundingWish =
  | { readonly type: "direct"; readonly user_id: UserId }
  | {
      readonly type: "group" | "channel";
      readonly client_message_id: ClientMessageId;
      readonly members: readonly UserId[];
      readonly name: string;
      readonly avatar?: string | undefined;
      readonly region?: string | undefined;
    };

/** The user's own profile, and where he is at home if there are several regions. */
export type OwnProfile = ProfileFields & { readonly home_region?: string };

/** What tells a user of legal holds. The answer: whether all conversations know; if not, they are told again later. */
export interface HeldUserRpc {
  placeHold(hold: LegalHold): Promise<boolean>;
  releaseHold(id: string): Promise<boolean>;
}

/** A conversation that somebody founded or joined, as JSON, and whether that was now. */
export interface Entered {
  readonly created: boolean;
  readonly conversation: string;
}

/**
 * What the edge may ask of a user's object. Strings are JSON of the contract's answers. `near`: the region where the user
 * is, as far as that is known.
 */
export interface UserRpc extends MemberRpc, PeerRpc, HolderRpc {
  fetch(request: Request): Promise<Response>;
  /** Everything that makes entries. */
  write(write: Write): Promise<Result<Acked>>;
  create(wish: FoundingWish, near: string | undefined): Promise<Result<Entered>>;
  /** Comes into a conversation by a link. */
  join(id: ConversationId, secret: string): Promise<Result<Entered>>;
  mark(id: ConversationId, kind: "read" | "delivered", upTo: Seq, device: DeviceId | undefined): Promise<Result<true>>;
  readThread(id: ConversationId, root: MessageId, upTo: Seq): Promise<Result<true>>;
  putDraft(id: ConversationId, content: string, replyTo: MessageId | undefined): Promise<Result<true>>;
  /** Whether the account is not suspended, and a token that names a device still counts: see `Devices.admits`. */
  admits(device: DeviceId | undefined, issuedAt: number): Promise<Result<true>>;
  devices(page: ListPage, current: DeviceId | undefined): Promise<Result<string>>;
  removeDevice(device: DeviceId): Promise<Result<true>>;
  /** A device's push address, checked. `name`: of the address's object. */
  registerPush(device: DeviceId, address: PushAddress, name: string): Promise<Result<true>>;
  testPush(device: DeviceId): Promise<Result<true>>;
  withdrawPush(device: DeviceId): Promise<Result<true>>;
  putPreferences(id: ConversationId, changes: PreferenceChanges): Promise<Result<string>>;
  /** Takes one link preview of those he may have. 0, or the milliseconds until there is one. */
  allowPreview(): Promise<number>;
  profile(near: string | undefined): Promise<OwnProfile>;
  changeProfile(change: ProfileChange, near: string | undefined): Promise<Result<OwnProfile>>;
  /** Somebody's profile, as he shows it to this user. */
  profileOf(user: UserId): Promise<Result<ShownProfile>>;
  /** Who has a username: one, or nobody. */
  findUsers(username: string): Promise<Result<ShownProfile[]>>;
  /** Blocks somebody, or unblocks him. */
  block(other: UserId, blocked: boolean): Promise<Result<true>>;
  /** Whom the user blocks. */
  blocks(page: ListPage): Promise<Result<string>>;
  list(page: ListPage): Promise<Result<string>>;
  search(query: SearchQuery, page: ListPage): Promise<Result<string>>;
  describe(id: ConversationId): Promise<Result<string>>;
  /** The server goes down: closes every connection with 1012. Never answers: the object ends. */
  leave(): Promise<void>;
  /** For operators. `state`: JSON of the contract's answer. */
  suspend(by: UserId, reason: string): Promise<void>;
  unsuspend(): Promise<void>;
  adminState(): Promise<string>;
  sync(since: Rev, device: DeviceId | undefined): Promise<Result<string>>;
}
