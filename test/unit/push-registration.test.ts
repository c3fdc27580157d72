import { describe, expect, it } from "vitest";
import { Addresses } from "../../src/core/push/addresses.ts";
import { Registration } from "../../src/core/push/registration.ts";
import { refuse } from "../../src/shared/result.ts";
import type { Result } from "../../src/shared/result.ts";
import { userStore } from "./stores.ts";
import { VirtualTime } from "./virtual-time.ts";

const fcm = (token: string) => ({ kind: "fcm", token }) as const;

const desk = () => {
  const [sql, time] = [userStore(), new VirtualTime()];
  const changes: number[] = [];
  let takes = 0;
  let next: (() => Promise<Result<number>>) | undefined;
  const take = async (): Promise<Result<number>> => {
    const answer = next?.() ?? Promise.resolve({ ok: true as const, value: ++takes });
    next = undefined;
    return answer;
  };
  const addresses = new Addresses(sql);
  const registration = new Registration({
    clock: time,
    addresses,
    take,
    changed: () => changes.push([...addresses].length),
  });
  const stored = () => [...new Addresses(sql)].map(([device, { name }]) => `${device}: ${name}`);
  return {
    time,
    addresses,
    registration,
    changes,
    stored,
    answer: (one: () => Promise<Result<number>>) => (next = one),
  };
};

describe("[PUSH-2] a device's push address", () => {
  it("is there from the registration on, one at a time, until it is withdrawn", async () => {
    const { registration, addresses, stored, changes } = desk();
    expect(addresses.size).toBe(0);
    await registration.register("phone", fcm("one"), "1");
    await registration.register("phone", fcm("two"), "2");
    expect(stored()).toEqual(["phone: 2"]);
    expect(addresses.get("phone")).toMatchObject({ address: fcm("two") });
    registration.withdraw("phone");
    registration.withdraw("phone");
    expect(stored()).toEqual([]);
    // The first, and the last: what is between changes nothing of whether he can be reached.
    expect(changes).toEqual([1, 0]);
  });

  it("[PUSH-4] is one device's: it moves within the user", async () => {
    const { registration, stored } = desk();
    await registration.register("old", fcm("one"), "1");
    await registration.register("new", fcm("one"), "1");
    expect(stored()).toEqual(["new: 1"]);
  });

  it("[PUSH-4] goes when somebody else takes it, and not by a word that is late", async () => {
    const { registration, addresses, stored } = desk();
    await registration.register("phone", fcm("one"), "1");
    const { take = 0 } = addresses.get("phone") ?? {};
    registration.lose("1", take);
    registration.lose("other", take + 1);
    expect(stored()).toEqual(["phone: 1"]);
    registration.lose("1", take + 1);
    expect(stored()).toEqual([]);
  });

  it("stays the one before when the new one could not be taken", async () => {
    const { registration, stored, answer } = desk();
    await registration.register("phone", fcm("one"), "1");
    answer(async () => refuse("internal", "unable to reach the address; try again"));
    expect(await registration.register("phone", fcm("two"), "2")).toMatchObject({ ok: false });
    expect(stored()).toEqual(["phone: 1"]);
  });

  it("is not there when it was withdrawn, or taken by somebody else, while it was being taken", async () => {
    for (const meanwhile of ["withdrawn", "lost"] as const) {
      const { registration, stored, answer } = desk();
      const taken = Promise.withResolvers<Result<number>>();
      answer(() => taken.promise);
      const registered = registration.register("phone", fcm("one"), "1");
      if (meanwhile === "withdrawn") registration.withdraw("phone");
      else registration.lose("1", 8);
      taken.resolve({ ok: true, value: 7 });
      expect(await registered).toEqual({ ok: true, value: true });
      expect(stored()).toEqual([]);
    }
  });

  it("is forgotten when its push service says so, unless it was registered again meanwhile", async () => {
    const { registration, addresses, stored } = desk();
    await registration.register("phone", fcm("one"), "1");
    const before = addresses.get("phone")?.registeredAt ?? 0;
    await registration.register("phone", fcm("one"), "1");
    const now = addresses.get("phone")?.registeredAt ?? 0;
    // In the same millisecond, and another one all the same.
    expect(now).toBeGreaterThan(before);
    registration.gone("phone", before);
    expect(stored()).toEqual(["phone: 1"]);
    registration.gone("phone", now);
    expect(stored()).toEqual([]);
  });
});
