import type { Blocks } from "../../core/inbox/blocks.ts";
import { Downlink } from "../../core/inbox/downlink.ts";
import type { DownlinkDeps } from "../../core/inbox/downlink.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import type { Profile } from "../../core/inbox/profile.ts";
import type { Clock, Timers } from "../../core/ports.ts";
import type { Notices } from "../../core/push/notices.ts";
import { conversationsOf } from "../../platform/placement.ts";
import { Stubs } from "../../platform/stubs.ts";
import type { UserBindings } from "../../rpc/bindings.ts";
import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Sessions } from "./sessions.ts";
import { Sync } from "./sync.ts";
import { Uplink } from "./uplink.ts";
import { Visits } from "./visits.ts";

export interface WayDeps {
  readonly user: UserId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly env: UserBindings;
  readonly profile: Profile;
  readonly blocks: Blocks;
  readonly inbox: Inbox;
  readonly sessions: Sessions;
  readonly notices: Pick<Notices, "wants">;
  repeat(...asked: Parameters<DownlinkDeps["repeat"]>): void;
}

export interface Ways {
  readonly uplink: Uplink;
  readonly downlink: Downlink;
  readonly visits: Visits;
  readonly sync: Sync;
}

/** The ways between devices and conversations, and what those who were away ask. */
export const makeWays = (deps: WayDeps): Ways => {
  const { user, clock, timers, env, profile, blocks, inbox, sessions } = deps;
  const uplink: Uplink = new Uplink({
    user,
    clock,
    timers,
    inbox,
    blocks,
    conversations: new Stubs(conversationsOf(env), LIMITS.stubs),
    take: (delivery) => downlink.take(delivery),
    rowChanged: (row) => downlink.rowChanged(row),
  });
  const downlink: Downlink = new Downlink({
    clock,
    timers,
    inbox,
    blocks,
    sockets: sessions,
    wants: (row) => deps.notices.wants(row),
    hidesTyping: () => profile.hidesTyping,
    report: async (row) => (await uplink.report(row.conversation_id)).ok,
    repeat: (...asked) => deps.repeat(...asked),
    deaf: (device) => sessions.setDeaf(device, true),
    answerUnderWay: (id) => uplink.underWay(id),
    applied: (row, fresh) => uplink.applied(row, fresh),
  });
  const visits = new Visits({ inbox, uplink, downlink, wants: (row) => deps.notices.wants(row) });
  return { uplink, downlink, visits, sync: new Sync(inbox, uplink, visits) };
};
