import type { AuditRpc } from "./audit-rpc.ts";
import type { ArchiveRpc } from "./archive-rpc.ts";
import type { BlobBucket, BlobDisk } from "./blob-bindings.ts";
import type { ConversationRpc } from "./conversation-rpc.ts";
import type { DirectoryRpc } from "./directory-rpc.ts";
import type { DutiesRpc, PoliciesRpc } from "./duties-rpc.ts";
import type { FanoutRpc } from "./fanout-rpc.ts";
import type { ErasureRpc, ImportRpc, JobsRpc, PersonRpc } from "./jobs-rpc.ts";
import type { AddresseeRpc, AddressRpc, DeadLettersRpc, PushedRpc, PushQueue, QueueRpc } from "./push-rpc.ts";
import type { HeldUserRpc, HolderRpc, MemberRpc, PeerRpc, UserRpc } from "./user-rpc.ts";

/** A class of objects, each reached by its name. */
export interface Objects<T> {
  getByName(name: string, place?: Place): T;
}

export type LocationHint =
  | "wnam"
  | "enam"
  | "sam"
  | "weur"
  | "eeur"
  | "apac"
  | "apac-ne"
  | "apac-se"
  | "oc"
  | "afr"
  | "me";
/** Where the platform is asked to make an object. A wish: it is best effort, and counts at the first call only. */
export interface Place {
  readonly locationHint?: LocationHint;
}

/** Where the platform guarantees that an object stays. */
export type Jurisdiction = "eu" | "us" | "fedramp";

/** A class of objects that are where their region is: reached by platform/placement.ts only. */
export interface PlacedObjects<T> {
  getByName(name: string, place: Place): T;
  /** Those within it: other objects than those of the same name outside. Plain workerd throws. */
  jurisdiction(within: Jurisdiction): PlacedObjects<T>;
}

/** A class of objects that are reached by `fetch` only: those of itty-durable. */
export interface FetchedObjects {
  idFromName(name: string): unknown;
}

/** Settings, as text: docs/runbook.md. */
export interface Settings {
  readonly ENVIRONMENT?: string;
  readonly AUTH_MODE?: string;
  readonly AUTH_SECRET?: string;
  readonly AUTH_JWKS_URL?: string;
  readonly AUTH_ISSUER?: string;
  readonly AUTH_AUDIENCE?: string;
  readonly ALLOWED_ORIGINS?: string;
  readonly REGION?: string;
  readonly REGIONS?: string;
  /** What is said of one region: platform/regions.ts. */
  readonly [ofRegion: `REGION_${string}`]: string | undefined;
  /** A secret. One region's ends in its name. */
  readonly ARCHIVE_URL?: string;
  readonly COLD_DAYS?: string;
  readonly SEND_RATE?: string;
  readonly SEND_BURST?: string;
  readonly HOT_ENTRIES?: string;
  readonly HOT_DAYS?: string;
  readonly CONNECT_RATE?: string;
  readonly CONNECT_BURST?: string;
  readonly CLIENT_ADDRESS_HEADER?: string;
  readonly LINK_PREVIEWS?: string;
  readonly ARCHIVE_BACKUP_DAYS?: string;
  readonly PUSH_GATEWAY?: string;
  readonly PUSH_HOSTS?: string;
  readonly PUSH_PREVIEWS?: string;
  readonly PUSH_RATE?: string;
  readonly PUSH_BURST?: string;
  readonly VAPID_PUBLIC_KEY?: string;
  readonly VAPID_PRIVATE_KEY?: string;
  readonly VAPID_SUBJECT?: string;
  readonly FCM_SERVICE_ACCOUNT?: string;
  readonly FCM_ENDPOINT?: string;
  readonly FCM_TOKEN_ENDPOINT?: string;
  readonly APNS_KEY?: string;
  readonly APNS_KEY_ID?: string;
  readonly APNS_TEAM_ID?: string;
  readonly APNS_TOPIC?: string;
  readonly APNS_ENVIRONMENT?: string;
  readonly APNS_ENDPOINT?: string;
  readonly APNS_RELAY_URL?: string;
  readonly APNS_RELAY_SECRET?: string;
}

/** What speaks to push services. */
export interface PushBindings extends Settings {
  /** The way to them: public addresses only, and this machine where a setting names a service on it. */
  readonly PUSH_NET?: { fetch(url: string, init: RequestInit): Promise<Response> };
}

/** What sends notifications reaches push services' gates and dead letters, and tells users' objects what became of it. */
export interface PushingBindings extends PushBindings {
  readonly USER: Objects<PushedRpc>;
  readonly PUSH_GATE: FetchedObjects;
  readonly DEAD_LETTERS: Objects<DeadLettersRpc>;
}

/** The edge reaches users and conversations, and it is the consumer of the queue. */
export interface EdgeBindings extends PushingBindings, BlobBindings {
  readonly CONVERSATION: PlacedObjects<ConversationRpc & ImportRpc>;
  readonly USER: Objects<UserRpc & PushedRpc>;
  readonly AUDIT: Objects<AuditRpc>;
  readonly JOBS: Objects<JobsRpc>;
  readonly DUTIES: Objects<DutiesRpc>;
  readonly ASSETS: { fetch(request: Request): Promise<Response> };
  /** The way to the pages of link previews: public addresses only, whatever the rest of the server may reach. */
  readonly PREVIEW_NET?: { fetch(url: string, init: RequestInit): Promise<Response> };
}

/**
 * Whoever reads or writes the archive of a region. Besides, `ARCHIVE_DB` may be a database of D1, and it and `ARCHIVE_URL`
 * may end in `_<REGION>`: platform/archive.ts.
 */
export interface ArchiveBindings extends Settings {
  readonly ARCHIVE: PlacedObjects<ArchiveRpc>;
  /** The way to databases: public addresses, and this machine where a setting names one on it. */
  readonly ARCHIVE_NET?: { fetch(url: string, init: RequestInit): Promise<Response> };
}

/** Whoever keeps files: segments of the archive, exports. `BLOBS` and `BLOBS_<REGION>` may be buckets of R2: platform/blobs.ts. */
export interface BlobBindings extends Settings {
  readonly BLOBS?: BlobBucket;
  /** On a machine of one's own: `DATA_DIR/blobs`. */
  readonly BLOB_DISK?: BlobDisk;
}

/** A job reaches a person and his conversations, keeps files, and enters what it did. */
export interface JobsBindings extends Settings, BlobBindings {
  readonly AUDIT: Objects<AuditRpc>;
  readonly CONVERSATION: PlacedObjects<ConversationRpc & ErasureRpc>;
  readonly USER: Objects<UserRpc & PersonRpc>;
}

/** A conversation reaches its members, and only to deliver: those of a large one through slices. */
export interface ConversationBindings extends ArchiveBindings {
  readonly DUTIES: Objects<PoliciesRpc>;
  readonly USER: Objects<MemberRpc>;
  readonly FANOUT: PlacedObjects<FanoutRpc>;
}

/** A slice reaches members, and only to deliver. */
export interface FanoutBindings {
  readonly USER: Objects<MemberRpc>;
}

/** Either is the way of notifications: Cloudflare's queue, or the object in its place on a machine of one's own. */
export interface QueueingBindings {
  readonly PUSH_QUEUE?: PushQueue;
  readonly QUEUE?: Objects<QueueRpc>;
}

/**
 * A user's object reaches conversations (objects/user/uplink.ts), other people and their names (objects/user/people.ts),
 * the queue of notifications and its push addresses.
 */
export interface UserBindings extends Settings, QueueingBindings {
  readonly CONVERSATION: PlacedObjects<ConversationRpc>;
  readonly USER: Objects<PeerRpc>;
  readonly DIRECTORY: Objects<DirectoryRpc>;
  readonly ADDRESS: Objects<AddressRpc>;
}

/** What operators decided is told to those whom it is about. */
export interface DutiesBindings extends Settings {
  readonly CONVERSATION: PlacedObjects<ConversationRpc>;
  readonly USER: Objects<HeldUserRpc>;
}

/** A username reaches whoever has it. */
export interface DirectoryBindings {
  readonly USER: Objects<HolderRpc>;
}

/** A push address reaches whoever had it. */
export interface AddressBindings {
  readonly USER: Objects<AddresseeRpc>;
}
