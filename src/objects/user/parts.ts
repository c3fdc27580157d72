import { Alarm } from "../../core/alarm.ts";
import { Blocks } from "../../core/inbox/blocks.ts";
import type { Downlink } from "../../core/inbox/downlink.ts";
import { Home, HOME_OPEN } from "../../core/inbox/home.ts";
import type { Erased } from "../../core/inbox/erased.ts";
import { Inbox } from "../../core/inbox/inbox.ts";
import { Profile } from "../../core/inbox/profile.ts";
import type { Addresses } from "../../core/push/addresses.ts";
import type { Registration } from "../../core/push/registration.ts";
import type { Reports } from "../../core/push/reports.ts";
import type { Pusher } from "../../core/push/pusher.ts";
import type { Presence } from "../../core/presence/presence.ts";
import { Typing } from "../../core/presence/typing.ts";
import type { Watching } from "../../core/presence/watching.ts";
import { isEmpty } from "../../core/migrations.ts";
import { openStore } from "../../core/store.ts";
import { readAuthConfig } from "../../platform/auth-config.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import { regionsOf } from "../../platform/regions.ts";
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
import { makeDutyParts } from "./duty-parts.ts";
import { Duty } from "./duty.ts";
import { Frames } from "./frames.ts";
import { USER_MIGRATIONS } from "./migrations.ts";
import { People } from "./people.ts";
import { Places } from "./places.ts";
import { makePresence } from "./presence-parts.ts";
import { makePush, makePushRegister } from "./push-parts.ts";
import { Renewal } from "./renewal.ts";
import { Searching } from "./searching.ts";
import { Sessions } from "./sessions.ts";
import type { Sync } from "./sync.ts";
import type { Uplink } from "./uplink.ts";
import type { Visits } from "./visits.ts";
import { makeWays } from "./way-parts.ts";

/** What a user's object is made of. */
export interface Parts {
  readonly profile: Profile;
  readonly blocks: Blocks;
  readonly addresses: Addresses;
  readonly inbox: Inbox;
  readonly sessions: Sessions;
  readonly uplink: Uplink;
  readonly downlink: Downlink;
  readonly visits: Visits;
  readonly sync: Sync;
  readonly presence: Presence;
  readonly watching: Watching;
  readonly typing: Typing;
  readonly acts: Acts;
  readonly people: People;
  readonly places: Places;
  readonly searching: Searching;
  readonly registration: Registration;
  readonly pusher: Pusher;
  readonly reports: Reports;
  readonly frames: Frames;
  readonly duty: Duty;
  readonly erased: Erased;
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

/** What a life of the object begins with. */
const openUser = (ctx: DurableObjectState, env: UserBindings) => {
  const user: UserId = ctx.id.name ?? "";
  const durable = new DurableSql(ctx.storage);
  const regions = regionsOf(env);
  const wasThere = !isEmpty(durable);
  const sql = openStore(durable, USER_MIGRATIONS, regions.names.length > 1 ? HOME_OPEN : undefined);
  return { user, regions, wasThere, sql };
};

/** Puts a user's object together. */
export const makeParts = (ctx: DurableObjectState, env: UserBindings): Parts => {
  const { user, regions, wasThere, sql } = openUser(ctx, env);
  const world = { clock: systemClock, timers: systemTimers };
  const later = (work: Promise<unknown>): void => ctx.waitUntil(work);
  const peers = new Stubs(env.USER, LIMITS.stubs);
  const profile = new Profile(sql);
  const blocks = new Blocks({ sql, user, changed: (...change) => acts.blockChanged(...change) });
  const register = makePushRegister({
    ...world,
    user,
    env,
    sql,
    profile,
    blocks,
    signs: () => sessions.signs(),
    addressChanged: () => acts.wishesChanged(),
    waits: () => waits(),
  });
  const inbox = new Inbox({
    sql,
    clock: systemClock,
    user,
    hidesReads: () => profile.hidesReads,
    notices: register.notices,
    deviceGone: (device) => register.registration.withdraw(device),
    began: () => duties.holds.began(),
  });
  const sessions = new Sessions({
    ctx,
    clock: systemClock,
    changed: () => presence.update(),
    ended: (session, usedAt) => acts.sessionEnded(session, usedAt),
    inUse: ({ device_id }, at) => inbox.devices.seen(device_id, at),
  });
  const own = { user, sql, profile, blocks, inbox, sessions, peers };
  const ways = makeWays({ ...world, ...own, ...register, env, repeat: (...asked) => later(acts.repeat(...asked)) });
  const places = new Places({ user, regions, home: new Home({ sql, regions, wasThere }), peers });
  const conversationWith = (other: UserId) => places.conversationWith(other);
  const waits = (): void => alarm.changed();
  const blocking = new Blocking({ clock: systemClock, blocks, uplink: ways.uplink, conversationWith, waits, later });
  const duties = makeDutyParts({ sql, clock: systemClock, inbox, uplink: ways.uplink, waits });
  const { presence, watching, isHidden } = makePresence({ ...world, ...own, changed: () => alarm.changed() });
  const { pusher, reports } = makePush({ ...world, ...own, ...register, env, later });
  const renewal = new Renewal({ clock: systemClock, sessions, watching, later });
  const due = [sessions, blocking, duties.holds, presence, renewal, pusher];
  const alarm: Alarm = new Alarm(due, (at) => later(ctx.storage.setAlarm(at)));
  const typing = new Typing({ ...world, send: (...said) => acts.typing(...said) });
  const told = { presence, watching, typing, blocking, pusher, ...register };
  const held = { inbox, sessions, profile, ...ways, ...told };
  const acts: Acts = new Acts({ clock: systemClock, settings: env, later, conversationWith, ...held });
  const people = new People({
    ...world,
    ...own,
    directory: new Stubs(env.DIRECTORY, LIMITS.stubs),
    sighting: (viewer) => presence.shownTo(viewer),
    isBlind: isHidden,
    isSuspended: () => duties.suspension.state !== undefined,
    changed: (before, now) => acts.profileChanged(before, now),
    later,
  });
  const verifier = lazyVerifier(env);
  const frames = new Frames({ user, clock: systemClock, ...held, acts, alarm, verifier });
  const searching = new Searching({ ...world, inbox, uplink: ways.uplink });
  sessions.vet((origin) => isListedOrigin(env, origin));
  const duty = new Duty({ ...held, ...duties, user, region: () => places.home.region ?? regions.usual });
  const { erased } = duties;
  return { ...held, erased, blocks, acts, people, places, searching, frames, reports, duty, alarm };
};
