import { Dispatch } from "../../src/core/push/dispatch.ts";
import { Gate, OPEN } from "../../src/core/push/gate.ts";
import { JobQueue } from "../../src/core/push/job-queue.ts";
import type { DeadLetter, PushJob, PushOutcome } from "../../src/core/push/job.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { at } from "../unit/push-jobs.ts";
import { VirtualTime } from "../unit/virtual-time.ts";
import { PushUser } from "./push-user.ts";

export const USERS = 300;
const CONVERSATIONS = 3;
/** Everybody has a phone at the one, and every third a tablet at the other push service. */
const [DOWN, UP] = ["down.test", "up.test"];
const EVERY_MS = 200;
const RTT_MS = 40;

export interface Accepted {
  readonly job: PushJob;
  readonly at: number;
}
interface Written {
  readonly user: string;
  readonly conversation: string;
  readonly seq: number;
  readonly at: number;
}

/** What a push service does while it is down. */
export type Trouble = (time: VirtualTime) => Promise<PushOutcome>;

/** Everything from users' objects to push services, on one clock. */
export class PushWorld {
  readonly time = new VirtualTime();
  readonly users = new Map<string, PushUser>();
  readonly accepted: Accepted[] = [];
  readonly written: Written[] = [];
  readonly letters: DeadLetter[] = [];
  readonly faults: string[] = [];
  readonly #random: () => number;
  readonly #gates = new Map<string, Gate>();
  #queue: JobQueue;
  /** Requests to the push service that fails, while it does. */
  refused = 0;
  mostHeld = 0;
  trouble: Trouble | undefined;

  constructor(random: () => number) {
    this.#random = random;
    this.#queue = this.#makeQueue();
  }

  /** The queue and all that is under way in it are gone. What was sent may have arrived. */
  loseQueue(): void {
    this.#queue = this.#makeQueue();
  }

  #makeQueue(): JobQueue {
    const isLost = (): boolean => this.#queue !== queue;
    /** Nothing comes of what is done for a queue that is gone. */
    const unlessLost = async <T>(work: () => T | Promise<T>): Promise<T> =>
      isLost() ? new Promise<T>(() => undefined) : work();
    const dispatch = new Dispatch({
      clock: this.time,
      timers: this.time,
      random: this.#random,
      gateway: { send: (job) => unlessLost(() => this.#receive(job)) },
      admit: (provider, count) => unlessLost(() => this.#gate(provider).admit(count)),
      tell: (provider, answered) => unlessLost(() => this.#gate(provider).tell(answered)),
      bury: (_kind, letters) => unlessLost(() => void this.letters.push(...letters)),
      report: (user, reports) => unlessLost(() => this.users.get(user)?.pushed(structuredClone(reports))),
      buried: () => undefined,
      failed: (call) => isLost() || this.faults.push(call),
      done: () => undefined,
    });
    const queue = new JobQueue({ timers: this.time, run: (jobs) => dispatch.run(jobs) });
    return queue;
  }

  async populate(): Promise<void> {
    for (let index = 0; index < USERS; index++) {
      const name = `u${index}`;
      const user = new PushUser(name, this.time, async (jobs) => this.#put(jobs));
      await user.register("phone", at(DOWN, name));
      if (index % 3 === 0) await user.register("tablet", at(UP, name));
      this.users.set(name, user);
    }
  }

  /** A steady stream of messages to all of them. */
  async write(forMs: number): Promise<void> {
    for (let passed = 0; passed < forMs; passed += EVERY_MS) {
      const name = `u${Math.floor(this.#random() * USERS)}`;
      const conversation = `${name}-c${Math.floor(this.#random() * CONVERSATIONS)}`;
      const seq = this.users.get(name)?.hears(conversation) ?? 0;
      this.written.push({ user: name, conversation, seq, at: this.time.now() });
      await this.time.pass(EVERY_MS);
    }
  }

  /** Whether nothing is under way anywhere, and nothing is tried again. */
  get isAtRest(): boolean {
    return [...this.users.values()].every(({ inbox }) =>
      inbox.keys().every(({ conversation_id }) => {
        const devices = [...(inbox.row(conversation_id)?.notice?.devices.values() ?? [])];
        return devices.every(({ underWay, attempt }) => underWay === undefined && attempt === 0);
      }),
    );
  }

  #put(jobs: readonly PushJob[]): void {
    if (this.#queue.put(structuredClone(jobs)) < jobs.length) throw new Error("there is no room");
    this.mostHeld = Math.max(this.mostHeld, this.#queue.held);
  }

  #gate(provider: string): Gate {
    const known = this.#gates.get(provider);
    if (known) return known;
    const gate = new Gate(
      {
        clock: this.time,
        timers: this.time,
        random: this.#random,
        size: { burst: LIMITS.pushBurst, perSecond: LIMITS.pushPerSecond },
        make: () => Promise.resolve(undefined),
        keep: () => undefined,
        turned: () => undefined,
        failed: () => this.faults.push("token"),
      },
      OPEN,
    );
    this.#gates.set(provider, gate);
    return gate;
  }

  async #receive(job: PushJob): Promise<PushOutcome> {
    const isDown = job.address.kind === "webpush" && job.address.endpoint.includes(DOWN);
    if (isDown && this.trouble) {
      this.refused++;
      return this.trouble(this.time);
    }
    await new Promise<void>((resolve) => this.time.after(RTT_MS, resolve));
    this.accepted.push({ job, at: this.time.now() });
    return { result: "taken" };
  }
}
