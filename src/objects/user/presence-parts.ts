import type { Blocks } from "../../core/inbox/blocks.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import type { Profile } from "../../core/inbox/profile.ts";
import type { Clock, Sql, Timers } from "../../core/ports.ts";
import { Presence } from "../../core/presence/presence.ts";
import { Watchers } from "../../core/presence/watchers.ts";
import { Watching } from "../../core/presence/watching.ts";
import { callObject } from "../../platform/retry.ts";
import type { Stubs } from "../../platform/stubs.ts";
import type { PeerRpc } from "../../rpc/user-rpc.ts";
import type { UserId } from "../../shared/ids.ts";
import type { Sessions } from "./sessions.ts";

export interface PresencePartsDeps {
  readonly user: UserId;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly profile: Profile;
  readonly blocks: Blocks;
  readonly inbox: Inbox;
  readonly sessions: Sessions;
  readonly peers: Stubs<PeerRpc>;
  changed(): void;
}

export interface PresenceParts {
  readonly presence: Presence;
  readonly watching: Watching;
  /** Whether it is kept from somebody: then it is not seen of him either. */
  readonly isHidden: (other: UserId) => boolean;
}

/** Whether the user is there, and who else is. One's own presence is told without a call. */
export const makePresence = (deps: PresencePartsDeps): PresenceParts => {
  const { user, sql, clock, timers, profile, blocks, inbox, sessions, peers } = deps;
  const isHidden = (other: UserId): boolean => other !== user && (profile.hidesLastSeen || blocks.has(other));
  const presence: Presence = new Presence({
    clock,
    timers,
    watchers: new Watchers(sql, clock),
    signs: () => sessions.signs().values(),
    lastSeen: () => inbox.devices.lastSeen,
    mayKnow: (other) => !isHidden(other),
    tell: async (other, sighting) =>
      other === user ? watching.told(user, sighting) : callObject(peers, other, (peer) => peer.sighted(user, sighting)),
    changed: () => deps.changed(),
  });
  const watching: Watching = new Watching({
    ask: async (other) =>
      other === user ? presence.watch(user) : callObject(peers, other, (peer) => peer.watch(user)),
    isBlind: isHidden,
    isWatched: (other) => sessions.isWatched(other),
    toWatching: (other, frame) => sessions.toPresence(other, frame),
  });
  return { presence, watching, isHidden };
};
