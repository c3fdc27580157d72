import { describe, expect, it } from "vitest";
import { Alarm } from "../../src/core/alarm.ts";
import type { Appointment } from "../../src/core/alarm.ts";

class Cook implements Appointment {
  at = Infinity;
  readonly rung: number[] = [];
  again = Infinity;
  work: Promise<void> | undefined;

  nextAt(): number {
    return this.at;
  }

  ring(now: number): Promise<void> | undefined {
    this.rung.push(now);
    this.at = this.again;
    return this.work;
  }
}

describe("the one alarm of a user's object", () => {
  const kitchen = () => {
    const cooks = [new Cook(), new Cook()] as const;
    const set: number[] = [];
    return { cooks, set, alarm: new Alarm(cooks, (at) => set.push(at)) };
  };

  it("is set for the soonest, and not again while it is known to ring in time", () => {
    const { cooks, set, alarm } = kitchen();
    alarm.changed();
    cooks[0].at = 500;
    alarm.changed();
    cooks[1].at = 900;
    alarm.changed();
    cooks[1].at = 300;
    alarm.changed();
    alarm.changed();
    expect(set).toEqual([500, 300]);
  });

  it("rings for those only who are due, and is set for whoever is next", async () => {
    const { cooks, set, alarm } = kitchen();
    [cooks[0].at, cooks[1].at, cooks[0].again] = [300, 800, 700];
    alarm.changed();
    await alarm.ring(310);
    expect([cooks[0].rung, cooks[1].rung]).toEqual([[310], []]);
    expect(set).toEqual([300, 700]);
    await alarm.ring(900);
    expect(cooks[1].rung).toEqual([900]);
  });

  it("is not over before what it began is: a crash in between finds it still due", async () => {
    const { cooks, set, alarm } = kitchen();
    const done = Promise.withResolvers<void>();
    [cooks[0].at, cooks[0].again] = [300, 900];
    cooks[0].work = done.promise;
    const rung = alarm.ring(310);
    await Promise.resolve();
    expect(set).toEqual([]);
    done.resolve();
    await rung;
    expect(set).toEqual([900]);
  });

  it("in a new life is set for all that waits, not for what came last", () => {
    const { cooks, set, alarm } = kitchen();
    [cooks[0].at, cooks[1].at] = [400, 90_000];
    alarm.changed();
    expect(set).toEqual([400]);
  });

  it("is not set when nothing waits", async () => {
    const { cooks, set, alarm } = kitchen();
    cooks[0].at = 100;
    await alarm.ring(100);
    expect(set).toEqual([]);
  });
});
