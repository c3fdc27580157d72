/**
 * What a tab is. `apart`: not taking part. `seeking`: in line for the lead, no leader heard of. `yielding`: led, and
 * has stopped for another tab that is about to take over. `paused`: the browser froze the page. `outdated`: a newer
 * version of the app is there.
 */
export type Phase = "apart" | "seeking" | "following" | "leading" | "yielding" | "paused" | "outdated";

export interface RoleState {
  readonly phase: Phase;
  /** Somebody looks at this tab. */
  readonly visible: boolean;
}

export type RoleEvent =
  | { readonly type: "join" }
  | { readonly type: "leave" }
  /** This tab holds the lock. */
  | { readonly type: "granted" }
  /** It held the lock, and another tab has taken it. */
  | { readonly type: "lost" }
  /** The store was taken from this tab, which holds the lock: by a page that did not know yet that it leads no more. */
  | { readonly type: "robbed" }
  /** Another tab says that it leads. */
  | { readonly type: "led"; readonly visible: boolean }
  /** The leader says that it ends. */
  | { readonly type: "unled" }
  /** Somebody wants to know who leads. */
  | { readonly type: "asked" }
  /** A tab that is looked at wants the lead. */
  | { readonly type: "claimed" }
  /** The leader has stopped for this tab. */
  | { readonly type: "yielded" }
  /** Nobody answered in time. */
  | { readonly type: "silent" }
  /** Time to see whether the leader is still there. */
  | { readonly type: "tick" }
  | { readonly type: "shown" }
  | { readonly type: "hidden" }
  | { readonly type: "frozen" }
  | { readonly type: "thawed" }
  /** A newer version of the app is in another tab, or was in the store. */
  | { readonly type: "newer" };

/**
 * `queue`, `unqueue`: the line for the lock. `steal`: the lock, whoever holds it. `ask`, `claim`, `yield`: say so, and
 * wait for an answer; `calm`: it came. `lead`, `halt`: begin and end to serve the tabs.
 */
export type RoleEffect =
  | "queue"
  | "unqueue"
  | "steal"
  | "release"
  | "ask"
  | "claim"
  | "yield"
  | "calm"
  | "announce"
  | "bye"
  | "lead"
  | "halt";

export interface RoleTransition {
  readonly state: RoleState;
  readonly effects: readonly RoleEffect[];
}

type EventType = RoleEvent["type"];
type Rule<E extends EventType> = (state: RoleState, event: Extract<RoleEvent, { type: E }>) => RoleTransition;
type Row = { readonly [E in EventType]: Rule<E> };

const stay = (state: RoleState): RoleTransition => ({ state, effects: [] });
const doing =
  (...effects: RoleEffect[]) =>
  (state: RoleState): RoleTransition => ({ state, effects });
const to =
  (phase: Phase, ...effects: RoleEffect[]) =>
  (state: RoleState): RoleTransition => ({ state: { ...state, phase }, effects });
const seen =
  (visible: boolean, ...effects: RoleEffect[]) =>
  (state: RoleState): RoleTransition => ({ state: { ...state, visible }, effects });

const IGNORING: Row = {
  join: stay,
  leave: stay,
  granted: stay,
  lost: stay,
  robbed: stay,
  led: stay,
  unled: stay,
  asked: stay,
  claimed: stay,
  yielded: stay,
  silent: stay,
  tick: stay,
  shown: seen(true),
  hidden: seen(false),
  frozen: stay,
  thawed: stay,
  newer: stay,
};

/** Somebody leads. A page that nobody looks at may be frozen at any time: a tab that is looked at takes over. */
const led: Rule<"led"> = (state, { visible }) => ({
  state: { ...state, phase: "following" },
  effects: state.visible && !visible ? ["claim"] : ["calm"],
});

const away = (phase: Phase) => to(phase, "unqueue", "calm", "bye");
const downFrom = (phase: Phase) => to(phase, "halt", "release", "bye");
const dropped = (phase: Phase) => to(phase, "release", "calm", "bye");
/** A lock that comes too late is given on. */
const LATE: Row = { ...IGNORING, granted: doing("release") };

const SEEKING: Row = {
  ...IGNORING,
  leave: away("apart"),
  granted: to("leading", "calm", "lead"),
  led,
  silent: to("seeking", "steal"),
  yielded: to("seeking", "steal"),
  frozen: away("paused"),
  newer: away("outdated"),
};

/** Every phase answers every event: what cannot matter in a phase is ignored on purpose. */
export const TRANSITIONS: Readonly<Record<Phase, Row>> = {
  apart: { ...LATE, join: to("seeking", "queue", "ask"), newer: to("outdated") },
  seeking: SEEKING,
  following: {
    ...SEEKING,
    unled: to("seeking", "ask"),
    shown: seen(true, "claim"),
    hidden: seen(false, "calm"),
    tick: (state) => ({ state, effects: state.visible ? ["ask"] : [] }),
  },
  leading: {
    ...IGNORING,
    leave: downFrom("apart"),
    // Whoever took this tab for the leader, late, has to look for the one that is.
    lost: to("seeking", "halt", "bye", "queue", "ask"),
    robbed: doing("halt", "lead"),
    asked: doing("announce"),
    claimed: (state) => (state.visible ? doing("announce")(state) : to("yielding", "halt", "yield")(state)),
    shown: seen(true, "announce"),
    hidden: seen(false, "announce"),
    frozen: downFrom("paused"),
    newer: downFrom("outdated"),
  },
  yielding: {
    ...IGNORING,
    leave: dropped("apart"),
    lost: to("seeking", "queue", "ask"),
    claimed: doing("yield"),
    // Whoever wanted it is gone.
    silent: to("leading", "lead"),
    frozen: dropped("paused"),
    newer: dropped("outdated"),
  },
  paused: { ...LATE, leave: to("apart"), thawed: to("seeking", "queue", "ask"), newer: to("outdated") },
  outdated: { ...LATE, leave: to("apart") },
};

/** The next state and what has to be done for it. Pure, and total: there is no forbidden event. */
export const transition = (state: RoleState, event: RoleEvent): RoleTransition => {
  const rule = TRANSITIONS[state.phase][event.type] as Rule<EventType>;
  return rule(state, event);
};
