import * as fc from "fast-check";

/** Divided by how many there are on a stage, the rest says which. */
const device = fc.nat(39);
const person = fc.nat(29);
/** Which of the messages that the device has, from the newest back. */
const of = fc.nat(6);
const flag = fc.boolean();
const doing = <Name extends string, Fields extends object>(
  weight: number,
  name: Name,
  fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
) => {
  const record: fc.Arbitrary<object> = fc.record({ do: fc.constant(name), ...fields });
  return { weight, arbitrary: record as fc.Arbitrary<{ readonly do: Name } & Fields> };
};

const messages = [
  doing(12, "send", {
    device,
    mention: fc.constantFrom("", "", "bob", "dag", "@all"),
    reply: fc.constantFrom(-1, -1, 0, 2),
    thread: fc.constantFrom(-1, -1, 0, 1, 3),
    expires: fc.constantFrom(0, 0, 0, 2, 600),
  }),
  doing(4, "edit", { device, of }),
  doing(4, "delete", { device, of }),
  doing(5, "react", { device, of, emoji: fc.constantFrom("+1", "heart"), on: fc.constantFrom(true, true, false) }),
  doing(2, "pin", { device, of, on: flag }),
  doing(8, "read", { device, behind: fc.nat(3) }),
  doing(3, "readThread", { person, of }),
  doing(3, "repeat", { of: fc.nat(50), device }),
] as const;

const groups = [
  doing(4, "add", {
    device,
    people: fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }),
    admin: fc.constantFrom(false, false, true),
  }),
  doing(3, "remove", { device, person }),
  doing(2, "leave", { device }),
  doing(2, "role", { device, person, role: fc.constantFrom("owner", "admin", "lowest") }),
  doing(1, "rename", { device }),
  doing(2, "settings", {
    device,
    change: fc.constantFrom(
      { add: "everyone" },
      { write: "admins" },
      { write: "everyone" },
      { pin: "everyone" },
      { history: "since_joined" },
      { history: "all" },
      { expires_in: 3 },
      { expires_in: 0 },
    ),
  }),
  doing(2, "invite", { person, uses: fc.constantFrom(1, 5) }),
  doing(2, "join", { person, of: fc.nat(3) }),
] as const;

const own = [
  doing(3, "draft", { person, text: fc.constantFrom("", "a", "b") }),
  doing(3, "prefer", {
    person,
    changes: fc.constantFrom(
      { muted_until: "2027-01-01T00:00:00.000Z" },
      { muted_until: null },
      { archived: true },
      { archived: false, pinned: true },
      { pinned: false, notify: "none" },
      { notify: "all" },
    ),
  }),
  doing(6, "turn", { to: fc.nat(11) }),
] as const;

const others = [
  doing(2, "schedule", { person, inMs: fc.constantFrom(10, 2000, 40_000) }),
  doing(1, "cancel", { person, of: fc.nat(3) }),
  doing(1, "privacy", { person, hides: flag }),
  doing(3, "open", { device, on: fc.constantFrom(true, true, false) }),
  doing(5, "connect", { device, sync: flag }),
  doing(5, "disconnect", { device }),
  doing(2, "sync", { device }),
  doing(1, "mute", { device, mute: flag }),
  doing(2, "crashUser", { person }),
  doing(2, "crashConversation", {}),
  doing(2, "crashSlices", {}),
  doing(2, "evict", {}),
  doing(10, "pass", { ms: fc.constantFrom(0, 1, 5, 20, 60, 250, 600, 3000, 12_000) }),
  doing(2, "network", { slowestMs: fc.constantFrom(1, 20, 300), lost: fc.constantFrom(0, 0.1, 0.4) }),
] as const;

const step = fc.oneof(...messages, ...groups, ...own, ...others);
export type GroupStep = typeof step extends fc.Arbitrary<infer T> ? T : never;
export type StepOf<Name extends GroupStep["do"]> = Extract<GroupStep, { do: Name }>;

export interface GroupHistory {
  readonly seed: number;
  readonly steps: readonly GroupStep[];
  /** What goes on when everybody is there, and nothing breaks any more. */
  readonly epilogue?: readonly GroupStep[];
}

export const groupHistories: fc.Arbitrary<GroupHistory> = fc.record({
  seed: fc.integer(),
  steps: fc.array(step, { minLength: 1, maxLength: 70, size: "max" }),
  epilogue: fc.array(fc.oneof(...messages, ...groups, ...own), { maxLength: 15, size: "max" }),
});
