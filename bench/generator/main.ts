/**
 * The load generator: a process of its own, told by its parent what to do, one thing at a time. It
 * holds the users of one server.
 */
import { comeBack, leaveBaseline, leaveProduct } from "./absent.ts";
import type { Absent, Comeback } from "./absent.ts";
import { Away } from "./away.ts";
import type { AwayTask, Written } from "./away.ts";
import { baselineDialect, productDialect } from "./dialect.ts";
import { closedLoop, oneByOne, openLoop } from "./loads.ts";
import type { LoadResult, Span } from "./loads.ts";
import { Population } from "./population.ts";
import type { Account, Room } from "./room.ts";
import { everybody, fanOut, paced, somebody } from "./room-loads.ts";
import { Storm } from "./storm.ts";
import type { StormResult } from "./storm.ts";
import type { CrowdResult, FanOut, FanOutResult, PacedResult } from "./room-loads.ts";

/** What a generator can be asked, and what it answers. */
export interface Tasks {
  start(server: { kind: "baseline" | "product"; url: string; secret: string }): void;
  addPairs(task: { users: number }): void;
  addIdle(task: { users: number }): void;
  closedLoop(task: Span & { users: number; window: number }): LoadResult;
  openLoop(task: Span & { users: number; perSecond: number }): LoadResult;
  oneByOne(task: { samples: number; pauseMs: number }): number[];
  /** `room`: what its users' names begin with. */
  addRoom(task: { room: string; members: number }): void;
  fanOut(task: FanOut & { room: string }): FanOutResult;
  paced(task: { room: string; messages: number; perSecond: number }): PacedResult;
  everybody(task: Span & { room: string; window: number }): CrowdResult;
  somebody(task: Span & { room: string; perSecond: number }): CrowdResult;
  /** Somebody has so many conversations, acknowledges all, and is away while others write so much in each. */
  leave(task: Missed): void;
  comeBack(task: { asks: number }): Comeback;
  /** People who are written to and are not connected: a crowd by what their names begin with. */
  leaveAll(task: AwayTask): void;
  write(task: { crowd: string; perSecond: number; sendMs: number }): readonly Written[];
  /** People who come back as the SDK does: all are connected; the server is about to end; it is up again. */
  gather(task: { users: number }): void;
  brace(task: null): number;
  storm(task: null): StormResult;
  verify(task: null): Account;
  close(task: null): void;
}

interface Missed {
  readonly conversations: number;
  readonly entries: number;
}

export type TaskName = keyof Tasks;
export type TaskOf<N extends TaskName> = Parameters<Tasks[N]>[0];
export type AnswerOf<N extends TaskName> = ReturnType<Tasks[N]>;

let population: Population | undefined;
/** Leaves for a while on this server. */
let leave: ((missed: Missed) => Promise<Absent>) | undefined;
let absent: (Absent & { readonly missed: number }) | undefined;
const comebacks: Account[] = [];

const crowds = new Map<string, Away>();
let gather: ((task: AwayTask) => Promise<Away>) | undefined;
let storm: Storm | undefined;

const gathered = (): Storm => {
  if (storm === undefined) throw new Error("unable to storm; nobody is there");
  return storm;
};

const existing = (): Population => {
  if (population === undefined) throw new Error("unable to load a server; there is none yet");
  return population;
};

const lanesOf = (users: number): Population["lanes"] => existing().lanes.slice(0, users);

const roomOf = (name: string): Room => {
  const room = existing().rooms.get(name);
  if (room === undefined) throw new Error(`unable to load a room; there is no ${name}`);
  return room;
};

/** Of pairs and groups alike. */
const verdict = async (): Promise<Account> => {
  const { lanes } = existing();
  const accounts = [...(await existing().accounts()), ...comebacks];
  for (const { sent, underWay: missing, faults } of lanes)
    accounts.push({ sent, missing, faults: faults.count, first: faults.first });
  const sum = (of: "sent" | "missing" | "faults"): number => accounts.reduce((all, account) => all + account[of], 0);
  return {
    sent: sum("sent"),
    missing: sum("missing"),
    faults: sum("faults"),
    first: accounts.find(({ faults }) => faults > 0)?.first ?? "",
  };
};

const handlers: { [N in TaskName]: (task: TaskOf<N>) => AnswerOf<N> | Promise<AnswerOf<N>> } = {
  start: ({ kind, url, secret }) => {
    const dialect = kind === "product" ? productDialect(url, secret) : baselineDialect(url);
    population = new Population(dialect);
    storm = new Storm(dialect, url);
    gather = (task) => Away.gather(dialect, task);
    leave = ({ conversations, entries }) =>
      kind === "product" ? leaveProduct(dialect, conversations, entries) : leaveBaseline(url, conversations * entries);
  },
  addPairs: ({ users }) => existing().addPairs(users),
  addIdle: ({ users }) => existing().addIdle(users),
  closedLoop: ({ users, window, ...span }) => closedLoop(lanesOf(users), window, span),
  openLoop: ({ users, perSecond, ...span }) => openLoop(lanesOf(users), perSecond, span),
  oneByOne: ({ samples, pauseMs }) => {
    const [lane] = existing().lanes;
    if (lane === undefined) throw new Error("unable to measure; there are no users");
    return oneByOne(lane, samples, pauseMs);
  },
  addRoom: ({ room, members }) => existing().addRoom(room, members),
  fanOut: ({ room, ...task }) => fanOut(roomOf(room), task),
  paced: ({ room, messages, perSecond }) => paced(roomOf(room), messages, perSecond),
  everybody: ({ room, window, ...span }) => everybody({ room: roomOf(room), ...span }, window),
  somebody: ({ room, perSecond, ...span }) => somebody({ room: roomOf(room), ...span }, perSecond),
  leave: async (missed) => {
    if (leave === undefined) throw new Error("unable to leave; there is no server yet");
    absent = { ...(await leave(missed)), missed: missed.conversations * missed.entries };
  },
  comeBack: async ({ asks }) => {
    if (absent === undefined) throw new Error("unable to come back; nobody is away");
    const { account, ...comeback } = await comeBack(absent, asks, absent.missed);
    comebacks.push(account);
    return comeback;
  },
  leaveAll: async (task) => {
    if (gather === undefined) throw new Error("unable to leave; there is no server yet");
    crowds.set(task.prefix, await gather(task));
  },
  write: ({ crowd, perSecond, sendMs }) => {
    const away = crowds.get(crowd);
    if (away === undefined) throw new Error(`unable to write; there is no crowd ${crowd}`);
    return away.write(perSecond, sendMs);
  },
  gather: ({ users }) => gathered().gather(users),
  brace: () => gathered().begin(),
  storm: () => gathered().pass(),
  verify: verdict,
  close: () => {
    existing().close();
    for (const away of crowds.values()) away.close();
  },
};

const handle = async <N extends TaskName>(name: N, task: TaskOf<N>): Promise<void> => {
  try {
    process.send?.({ answer: await handlers[name](task) });
  } catch (error) {
    process.send?.({ error: (error as Error).stack });
  }
};

process.on("message", (message) => {
  const { name, task } = message as { name: TaskName; task: TaskOf<TaskName> };
  void handle(name, task);
});
process.on("disconnect", () => process.exit());
