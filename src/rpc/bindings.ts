import type { ConversationRpc } from "./conversation-rpc.ts";
import type { DirectoryRpc } from "./directory-rpc.ts";
import type { FanoutRpc } from "./fanout-rpc.ts";
import type { HolderRpc, MemberRpc, PeerRpc, UserRpc } from "./user-rpc.ts";

/** A class of objects, each reached by its name. */
export interface Objects<T> {
  getByName(name: string): T;
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
  readonly SEND_RATE?: string;
  readonly SEND_BURST?: string;
  readonly CONNECT_RATE?: string;
  readonly CONNECT_BURST?: string;
  readonly CLIENT_ADDRESS_HEADER?: string;
  readonly LINK_PREVIEWS?: string;
}

/** The edge reaches users and conversations. */
export interface EdgeBindings extends Settings {
  readonly CONVERSATION: Objects<ConversationRpc>;
  readonly USER: Objects<UserRpc>;
  readonly ASSETS: { fetch(request: Request): Promise<Response> };
  /** The way to the pages of link previews: public addresses only, whatever the rest of the server may reach. */
  readonly PREVIEW_NET?: { fetch(url: string, init: RequestInit): Promise<Response> };
}

/** A conversation reaches its members, and only to deliver: those of a large one through slices. */
export interface ConversationBindings {
  readonly USER: Objects<MemberRpc>;
  readonly FANOUT: Objects<FanoutRpc>;
}

/** A slice reaches members, and only to deliver. */
export interface FanoutBindings {
  readonly USER: Objects<MemberRpc>;
}

/** A user's object reaches conversations (objects/user/uplink.ts), other people and their names (objects/user/people.ts). */
export interface UserBindings extends Settings {
  readonly CONVERSATION: Objects<ConversationRpc>;
  readonly USER: Objects<PeerRpc>;
  readonly DIRECTORY: Objects<DirectoryRpc>;
}

/** A username reaches whoever has it. */
export interface DirectoryBindings {
  readonly USER: Objects<HolderRpc>;
}
