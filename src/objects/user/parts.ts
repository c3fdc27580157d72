import { Alarm } from "../../core/alarm.ts";
import { Blocks } from "../../core/inbox/blocks.ts";
import { Downlink } from "../../core/inbox/downlink.ts";
import { Inbox } from "../../core/inbox/inbox.ts";
import { Profile } from "../../core/inbox/profile.ts";
import { openStore } from "../../core/store.ts";
import { readAuthConfig } from "../../platform/auth-config.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import { directConversationId, regionOf } from "../../platform/conversation-ids.ts";
import { isListedOrigin } from "../../platform/origins.ts";
import { Stubs } from "../../platform/stubs.ts";
import { createVerifier } from "../../platform/verifier.ts";
import type { Verifier } from "../../platform/verifier.ts";
import { systemClock, systemTimers } from "../../platform/world.ts";
import type { UserBindings } from "../../rpc/bindings.ts";
import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { Acts } from "./acts.ts";
import { Blocking } from "./blocking.ts";
import { Frames } from "./frames.ts";
import { USER_MIGRATIONS } from "./migrations.ts";
import { People } from "./people.ts";
import { Sessions } from "./sessions.ts";
import { Sync } from "./sync.ts";
import { Uplink } from "./uplink.ts";
import { Visits } from "./visits.ts";

/** What a user's object is made of. */
export interface Parts {
  readonly profile: Profile;
  readonly blocks: Blocks;
  readonly inbox: Inbox;
  readonly sessions: Sessions;
  readonly uplink: Uplink;
  readonly downlink: Downlink;
  readonly visits: Visits;
  readonly sync: Sync;
  readonly acts: Acts;
  readonly people: People;
  readonly frames: Frames;
  readonly alarm: Alarm;
}

/** Made when the first token is to be checked: most lives of an object see none. */
const lazyVerifier = (env: UserBindings): (() => Verifier) => {
  let verifier: Verifier | undefined;
  return () => {
    if (verifier) return verifier;
    const config = readAuthConfig(env);
    if (!config.ok) throw new Error(config.refusal.message);
    verifier = createVerifier(config.value);
    return verifier;
  };
};

/** Puts a user's object together. */
export const makeParts = (ctx: DurableObjectState, env: UserBindings): Parts => {
  const user: UserId = ctx.id.name ?? "";
  const sql = openStore(new DurableSql(ctx.storage), USER_MIGRATIONS);
  const later = (work: Promise<unknown>): void => ctx.waitUntil(work);
  const world = { clock: systemClock, timers: systemTimers };
  const profile = new Profile(sql);
  const blocks = new Blocks({ sql, user, changed: () => undefined });
  const inbox = new Inbox({ sql, clock: systemClock, user, hidesReads: () => profile.hidesReads });
  const sessions = new Sessions(ctx, systemClock, (origin) => isListedOrigin(env, origin));
  const uplink: Uplink = new Uplink({
    ...world,
    user,
    inbox,
    blocks,
    conversations: new Stubs(env.CONVERSATION, LIMITS.stubs),
    take: (delivery) => downlink.take(delivery),
    rowChanged: (row) => downlink.rowChanged(row),
  });
  const downlink: Downlink = new Downlink({
    ...world,
    inbox,
    blocks,
    sockets: sessions,
    hidesTyping: () => profile.hidesTyping,
    report: async (row) => (await uplink.report(row.conversation_id)).ok,
    repeat: (...asked) => ctx.waitUntil(acts.repeat(...asked)),
    answerUnderWay: (id) => uplink.underWay(id),
    applied: (row, fresh) => uplink.applied(row, fresh),
  });
  const visits = new Visits({ inbox, uplink, downlink });
  const sync = new Sync(inbox, uplink, visits);
  const conversationWith = (other: UserId) => directConversationId(regionOf(env), user, other);
  const waits = (): void => alarm.changed();
  const blocking = new Blocking({ clock: systemClock, blocks, uplink, conversationWith, waits, later });
  const alarm: Alarm = new Alarm([sessions, blocking], (at) => ctx.waitUntil(ctx.storage.setAlarm(at)));
  const acts: Acts = new Acts({
    clock: systemClock,
    settings: env,
    inbox,
    sessions,
    profile,
    uplink,
    downlink,
    visits,
    blocking,
    later,
  });
  const people = new People({
    user,
    clock: systemClock,
    profile,
    peers: new Stubs(env.USER, LIMITS.stubs),
    directory: new Stubs(env.DIRECTORY, LIMITS.stubs),
    changed: (before, now) => acts.profileChanged(before, now),
    later,
  });
  const frames = new Frames({
    user,
    clock: systemClock,
    inbox,
    sessions,
    uplink,
    downlink,
    sync,
    acts,
    alarm,
    verifier: lazyVerifier(env),
  });
  return { profile, blocks, inbox, sessions, uplink, downlink, visits, sync, acts, people, frames, alarm };
};
