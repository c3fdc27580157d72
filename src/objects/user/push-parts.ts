import type { Blocks } from "../../core/inbox/blocks.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import type { Profile } from "../../core/inbox/profile.ts";
import type { Clock, Sql, Timers } from "../../core/ports.ts";
import { Addresses } from "../../core/push/addresses.ts";
import { Composer } from "../../core/push/composer.ts";
import { Names } from "../../core/push/names.ts";
import { Notices } from "../../core/push/notices.ts";
import { Pusher } from "../../core/push/pusher.ts";
import { Registration } from "../../core/push/registration.ts";
import { Reports } from "../../core/push/reports.ts";
import { failure } from "../../platform/failure.ts";
import { collapseKey } from "../../platform/push-address.ts";
import { pushQueue } from "../../platform/push-queue.ts";
import { callObject } from "../../platform/retry.ts";
import { Stubs } from "../../platform/stubs.ts";
import type { UserBindings } from "../../rpc/bindings.ts";
import type { PeerRpc } from "../../rpc/user-rpc.ts";
import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Sessions } from "./sessions.ts";

interface World {
  readonly user: UserId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly env: UserBindings;
  readonly profile: Profile;
}

export interface RegisterDeps extends World {
  readonly sql: Sql;
  readonly blocks: Blocks;
  signs(): ReturnType<Sessions["signs"]>;
  /** The user has an address now that he had none, or has none any more. */
  addressChanged(): void;
  /** Something is to be looked at earlier than before. */
  waits(): void;
}

export interface PushRegister {
  readonly addresses: Addresses;
  readonly registration: Registration;
  readonly notices: Notices;
}

/** What is known of notifications before there is a list: the list keeps it. */
export const makePushRegister = (deps: RegisterDeps): PushRegister => {
  const { user, clock, profile } = deps;
  const addresses = new Addresses(deps.sql);
  const owners = new Stubs(deps.env.ADDRESS, LIMITS.stubs);
  const registration = new Registration({
    clock,
    addresses,
    async take(name) {
      try {
        return { ok: true, value: await callObject(owners, name, (address) => address.take(user)) };
      } catch (error) {
        return failure("address", "take", error);
      }
    },
    changed: () => deps.addressChanged(),
  });
  const notices = new Notices({
    clock,
    addresses,
    blocks: deps.blocks,
    signs: () => deps.signs(),
    quietHours: () => profile.fields.notifications?.quiet_hours,
    changed: () => deps.waits(),
  });
  return { addresses, registration, notices };
};

export interface PushPartsDeps extends World, PushRegister {
  readonly inbox: Inbox;
  readonly peers: Stubs<PeerRpc>;
  /** Goes on after the call that began it is answered. */
  later(work: Promise<unknown>): void;
}

export interface PushParts {
  readonly pusher: Pusher;
  readonly reports: Reports;
}

export const makePush = (deps: PushPartsDeps): PushParts => {
  const { user, clock, timers, env, profile, inbox, peers, addresses, registration, notices } = deps;
  // Whether somebody is there is not asked: as one who does not see it.
  const viewer = { user_id: user, isBlind: true };
  const names = new Names({
    timers,
    async ask(sender) {
      const shown = await callObject(peers, sender, (peer) => peer.shownTo(viewer));
      return shown.display_name ?? shown.username;
    },
  });
  const composer = new Composer({
    user,
    clock,
    names,
    badge: () => inbox.badge(),
    collapse: collapseKey,
    previews: () => env.PUSH_PREVIEWS === "on" && profile.fields.notifications?.previews === true,
  });
  const queue = pushQueue(env);
  const pusher = new Pusher({
    clock,
    inbox,
    notices,
    addresses,
    composer,
    send: (jobs) => queue.send(jobs),
    later: (work) => deps.later(work),
  });
  return { pusher, reports: new Reports({ clock, inbox, addresses, registration }) };
};
