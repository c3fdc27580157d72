import { describe, expect, it } from "vitest";
import { Alarm } from "../../src/core/alarm.ts";
import type { Appointment } from "../../src/core/alarm.ts";

class Cook implements Appointment {
  at = Infinity;
  readonly rung: number[] = [];
  again = Infinity;

  nextAt(): number {
    return this.at;
  }

  ring(now: number): void {
    this.rung.push(now);
    this.at = this.again;
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

  it("rings for those only who are due, and is set for whoever is next", () => {
    const { cooks, set, alarm } = kitchen();
    [cooks[0].at, cooks[1].at, cooks[0].again] = [300, 800, 700];
    alarm.changed();
    alarm.ring(310);
    expect([cooks[0].rung, cooks[1].rung]).toEqual([[310], []]);
    expect(set).toEqual([300, 700]);
    alarm.ring(900);
    expect(cooks[1].rung).toEqual([900]);
  });

  it("in a new life is set for all that waits, not for what came last", () => {
    const { cooks, set, alarm } = kitchen();
    [cooks[0].at, cooks[1].at] = [400, 90_000];
    alarm.changed();
    expect(set).toEqual([400]);
  });

  it("is not set when nothing waits", () => {
    const { cooks, set, alarm } = kitchen();
    cooks[0].at = 100;
    alarm.ring(100);
    expect(set).toEqual([]);
  });
});
