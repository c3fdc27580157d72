/**
 * The load generator: a process of its own, told by its parent what to do, one thing at a time. It
 * holds the users of one server.
 */
import { baselineDialect, productDialect } from "./dialect.ts";
import { closedLoop, oneByOne, openLoop } from "./loads.ts";
import type { LoadResult, Span } from "./loads.ts";
import { Population } from "./population.ts";

/** What a generator can be asked, and what it answers. */
export interface Tasks {
  start(server: { kind: "baseline" | "product"; url: string; secret: string }): void;
  addPairs(task: { users: number }): void;
  addIdle(task: { users: number }): void;
  closedLoop(task: Span & { users: number; window: number }): LoadResult;
  openLoop(task: Span & { users: number; perSecond: number }): LoadResult;
  oneByOne(task: { samples: number; pauseMs: number }): number[];
  /** Messages sent over all, and what was wrong with them. */
  verify(task: null): { sent: number; missing: number; faults: number; first: string };
  close(task: null): void;
}

export type TaskName = keyof Tasks;
export type TaskOf<N extends TaskName> = Parameters<Tasks[N]>[0];
export type AnswerOf<N extends TaskName> = ReturnType<Tasks[N]>;

let population: Population | undefined;

const existing = (): Population => {
  if (population === undefined) throw new Error("unable to load a server; there is none yet");
  return population;
};

const lanesOf = (users: number): Population["lanes"] => existing().lanes.slice(0, users);

const verdict = (): AnswerOf<"verify"> => {
  const { lanes } = existing();
  const faulty = lanes.map((lane) => lane.faults).filter(({ count }) => count > 0);
  return {
    sent: lanes.reduce((sum, lane) => sum + lane.sent, 0),
    missing: lanes.reduce((sum, lane) => sum + lane.underWay, 0),
    faults: faulty.reduce((sum, { count }) => sum + count, 0),
    first: faulty[0]?.first ?? "",
  };
};

const handlers: { [N in TaskName]: (task: TaskOf<N>) => AnswerOf<N> | Promise<AnswerOf<N>> } = {
  start: ({ kind, url, secret }) => {
    population = new Population(kind === "product" ? productDialect(url, secret) : baselineDialect(url));
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
  verify: verdict,
  close: () => existing().close(),
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
