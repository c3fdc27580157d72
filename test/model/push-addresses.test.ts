import * as fc from "fast-check";
import { describe, it } from "vitest";
import { Address } from "../../src/core/push/address.ts";
import { Addresses } from "../../src/core/push/addresses.ts";
import { Registration } from "../../src/core/push/registration.ts";
import { openStore } from "../../src/core/store.ts";
import { refuse } from "../../src/shared/result.ts";
import type { Result } from "../../src/shared/result.ts";
import { NodeSql } from "../unit/node-sql.ts";
import { ADDRESS, userStore } from "../unit/stores.ts";
import { settled, VirtualTime } from "../unit/virtual-time.ts";
import { Host, Post } from "./post.ts";
import { budget, PATIENCE_MS } from "./runs.ts";

const PEOPLE = ["ann", "bob", "cem"] as const;
const DEVICES = ["phone", "tablet"] as const;
/** The one that all of them share. */
const SHARED = "shared";
const AWAY = refuse("internal", "unable to reach the address; try again");

const who = fc.nat(PEOPLE.length - 1);
const device = fc.nat(DEVICES.length - 1);
const pick = fc.nat(20);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("register" as const), who, device, own: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("withdraw" as const), who, device }) },
  { weight: 16, arbitrary: fc.record({ do: fc.constant("deliver" as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("lose" as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crashPerson" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crashAddress" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const broken = (what: string): never => {
  throw new Error(what);
};

class Town {
  readonly #post = new Post();
  readonly #time = new VirtualTime();
  readonly #address = new Host(new NodeSql(), (sql) => {
    const lose = (user: string, before: number): Promise<void> =>
      this.#post.call(this.#person(user), async ({ registration }) => registration.lose(SHARED, before));
    return new Address({ sql: openStore(sql, ADDRESS), lose });
  });
  readonly #people = PEOPLE.map(
    (user) =>
      new Host(userStore(), (sql) => {
        const addresses = new Addresses(sql);
        const take = (name: string): Promise<Result<number>> => this.#take(name, user);
        const registration = new Registration({ clock: this.#time, addresses, take, changed: () => undefined });
        return { addresses, registration };
      }),
  );

  async run(one: Step): Promise<void> {
    if (one.do === "register") {
      const registered = this.#register(one.who, one.device, one.own);
      // It fails with the life in which it was asked.
      void registered.catch(() => undefined);
    }
    if (one.do === "withdraw") this.#people[one.who]?.service.registration.withdraw(DEVICES[one.device] ?? "");
    if (one.do === "deliver") this.#post.take(one.pick)?.deliver();
    if (one.do === "lose") this.#post.take(one.pick)?.lose();
    if (one.do === "crashPerson") this.#people[one.who]?.crash();
    if (one.do === "crashAddress") this.#address.crash();
    this.#time.jumpTo(this.#time.now() + 1);
    await settled();
    this.#check();
  }

  /** When all has arrived, whoever registers it last has it, and nobody else. */
  async end(last: number, on: number, picks: readonly number[]): Promise<void> {
    await this.#deliverAll();
    // One after the other while words of before are still on their way: one of them has it, and not nobody.
    const order = [0, 1, 0, 2, 1, 0];
    const all: Promise<unknown>[] = [];
    for (const [turn, index] of order.entries()) {
      all.push(this.#register(index, 0, false));
      await settled();
      const begin = 5 * turn;
      await this.#deliverAll(picks.slice(begin + 1, begin + 1 + ((picks[begin] ?? 0) % 5)), true);
    }
    await this.#deliverAll(picks.slice(5 * order.length));
    await Promise.all(all);
    if (this.#holders().length !== 1) broken(`everybody registered it, and it is ${this.#holders().join()}`);
    const registered = this.#register(last, on, false);
    await settled();
    await this.#deliverAll();
    const result = await registered;
    if (!result.ok) broken(`nothing was lost, and it was refused: ${result.refusal.message}`);
    const expected = `${PEOPLE[last]}'s ${DEVICES[on]}`;
    if (this.#holders().join() !== expected) broken(`${expected} registered last; it is ${this.#holders().join()}`);
    for (const { sql } of [this.#address, ...this.#people]) sql.close();
  }

  #register(index: number, on: number, own: boolean): Promise<Result<true>> {
    const [person, id] = [this.#people[index] ?? broken("nobody"), DEVICES[on] ?? ""];
    const token = own ? `${PEOPLE[index]}-${id}-token` : "shared-device-token";
    return person.service.registration.register(id, { kind: "fcm", token }, own ? token : SHARED);
  }

  /** As the platform's adapter does it: asked once more when the answer did not come. */
  async #take(name: string, user: string): Promise<Result<number>> {
    if (name !== SHARED) return { ok: true, value: 1 };
    const ask = (): Promise<number> => this.#post.call(this.#address, (address) => address.take(user));
    try {
      return { ok: true, value: await ask().catch(ask) };
    } catch {
      return AWAY;
    }
  }

  async #deliverAll(picks: readonly number[] = [], only = false): Promise<void> {
    const order = picks.values();
    const next = () => {
      const { value, done } = order.next();
      return done === true && only ? undefined : this.#post.take(value ?? 0);
    };
    for (let message = next(); message; message = next()) {
      message.deliver();
      await settled();
      this.#check();
    }
  }

  #person(user: string) {
    return this.#people[PEOPLE.findIndex((one) => one === user)] ?? broken(`who is ${user}`);
  }

  /** Whose it is on the disks, and what each of them has in memory is no other. */
  #holders(): string[] {
    return this.#people.flatMap(({ sql, service }, index) => {
      const stored = [...new Addresses(sql)];
      const sorted = (some: Addresses) => JSON.stringify([...some].sort(([a], [b]) => (a < b ? -1 : 1)));
      if (sorted(new Addresses(sql)) !== sorted(service.addresses)) broken("memory and disk differ");
      return stored.filter(([, { name }]) => name === SHARED).map(([id]) => `${PEOPLE[index]}'s ${id}`);
    });
  }

  #check(): void {
    const holders = this.#holders();
    if (holders.length > 1) broken(`one address is ${holders.join(" and ")}`);
  }
}

describe("a push address that several people register, with losses and crashes", () => {
  it(
    "[PUSH-4] is one device's at any moment, and whoever registers it last has it",
    async () => {
      const play = async (steps: readonly Step[], last: number, on: number, picks: number[]): Promise<void> => {
        const town = new Town();
        for (const one of steps) await town.run(one);
        await town.end(last, on, picks);
      };
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 20, maxLength: 80 }),
          who,
          device,
          fc.array(pick, { minLength: 48, maxLength: 48 }),
          play,
        ),
        budget("push addresses", 1000),
      );
    },
    PATIENCE_MS,
  );
});
