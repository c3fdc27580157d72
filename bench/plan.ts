/** How long and how often is measured. Times in milliseconds. */
export interface Plan {
  readonly rounds: number;
  /** How long messages are sent in one load of a round; what is under way then still arrives. */
  readonly sendMs: number;
  /** Once, before the first round: fills caches and lets the engine compile what is hot. */
  readonly firstWarmMs: number;
  /** Single messages in a round and the mean pause between them. */
  readonly samples: number;
  readonly pauseMs: number;
  /** Rounds of one message to many by the sender's window, the messages in each, and those that warm up. */
  readonly groupRounds: Readonly<Record<(typeof WINDOWS)[number], number>>;
  readonly groupMessages: number;
  readonly groupWarmMessages: number;
  /** Messages of one sender at a pace: rounds, how many in each, and how many a second. The first pace has the bar. */
  readonly pacedRounds: number;
  readonly pacedMessages: number;
  readonly paces: readonly number[];
  /** How long everybody writes in one conversation, and how long some do. */
  readonly hotMs: number;
  readonly calmMs: number;
  /** How often somebody comes back to what he missed, how often he asks again each time, and how much it is. */
  readonly comebacks: number;
  readonly comebackAsks: number;
  readonly missed: { readonly conversations: number; readonly entries: number };
  /** How long people who are away are written to, and how many rounds of an outage of their push service. */
  readonly pushMs: number;
  readonly pushRounds: number;
  /** Whose connections break all at once. */
  readonly stormUsers: number;
  /** Messages of a long conversation. */
  readonly deepMessages: number;
  /** Idle connections whose memory is measured, each number on a fresh server. */
  readonly idleConnections: readonly number[];
  /** An object without events is evicted after 10 s; memory is read when that is over. */
  readonly hibernateMs: number;
}

export const FULL: Plan = {
  rounds: 4,
  sendMs: 4000,
  firstWarmMs: 3000,
  samples: 120,
  pauseMs: 20,
  groupRounds: { 1: 2, 8: 1 },
  groupMessages: 200,
  groupWarmMessages: 30,
  pacedRounds: 4,
  pacedMessages: 20,
  paces: [1, 4],
  hotMs: 20_000,
  calmMs: 10_000,
  comebacks: 4,
  comebackAsks: 5,
  missed: { conversations: 200, entries: 50 },
  pushMs: 20_000,
  pushRounds: 4,
  stormUsers: 2000,
  deepMessages: 100_000,
  idleConnections: [5000],
  hibernateMs: 12_500,
};

/** While working on something: no memory, and less to trust. */
export const QUICK: Plan = {
  ...FULL,
  rounds: 3,
  sendMs: 2000,
  firstWarmMs: 2000,
  samples: 80,
  groupRounds: { 1: 1, 8: 1 },
  groupMessages: 100,
  pacedRounds: 2,
  hotMs: 10_000,
  calmMs: 5000,
  comebacks: 2,
  pushMs: 10_000,
  pushRounds: 2,
  stormUsers: 500,
  deepMessages: 20_000,
  idleConnections: [],
};

export const USERS = [50, 200] as const;
export const WINDOWS = [1, 8] as const;
