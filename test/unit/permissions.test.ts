import { describe, expect, it } from "vitest";
import {
  effectiveSettings,
  isStaff,
  may,
  mayManage,
  mayGive,
  mayTouch,
  rolesOf,
} from "../../src/shared/permissions.ts";
import type { Right } from "../../src/shared/permissions.ts";
import type { ConversationType, Role } from "../../src/shared/protocol/fields.ts";

const ROLES: readonly Role[] = ["owner", "admin", "member", "subscriber"];
const RIGHTS: readonly Right[] = ["add", "rename", "pin", "write"];

const rightsOf = (type: ConversationType, role: Role, made = {}): string =>
  RIGHTS.filter((right) => may({ type, role, settings: effectiveSettings(type, made) }, right)).join(" ");

describe("[ROLE-2] [ROLE-3] what a role permits", () => {
  it.each([
    ["group", "owner", "add rename pin write"],
    ["group", "admin", "add rename pin write"],
    ["group", "member", "write"],
    ["channel", "owner", "add rename pin write"],
    ["channel", "admin", "add rename pin write"],
    ["channel", "subscriber", ""],
    ["direct", "member", "pin write"],
  ] as const)("as a %s begins: %s may %s", (type, role, rights) => expect(rightsOf(type, role)).toBe(rights));

  it.each(RIGHTS)("%s may be everyone's who may write, and the staff's alone; a subscriber only reads", (right) => {
    for (const type of ["group", "channel"] as const) {
      const [open, closed] = [{ [right]: "everyone" }, { [right]: "admins" }];
      expect(rightsOf(type, "member", open).split(" ")).toContain(right);
      expect(rightsOf(type, "member", closed).split(" ")).not.toContain(right);
      expect(rightsOf(type, "subscriber", open)).toBe("");
      for (const role of ["owner", "admin"] as const) expect(rightsOf(type, role, closed)).toBe("add rename pin write");
    }
  });

  it("managing, deleting, calling everybody: staff only", () => {
    for (const type of ["group", "channel", "direct"] as const)
      for (const role of ROLES)
        expect(mayManage({ type, role, settings: effectiveSettings(type) })).toBe(type !== "direct" && isStaff(role));
  });
});

describe("[ROLE-4] who is in whose hands", () => {
  const table = (rule: (actor: Role, other: Role) => boolean): Record<string, string> =>
    Object.fromEntries(ROLES.map((actor) => [actor, ROLES.filter((other) => rule(actor, other)).join(" ")]));

  it("those below, and an owner also other owners", () =>
    expect(table(mayTouch)).toEqual({
      owner: "owner admin member subscriber",
      admin: "member subscriber",
      member: "",
      subscriber: "",
    }));

  it("nobody gives a role above his own, and who is no admin gives the lowest", () =>
    expect(table(mayGive)).toEqual({
      owner: "owner admin member subscriber",
      admin: "admin member subscriber",
      member: "member subscriber",
      subscriber: "member subscriber",
    }));
});

describe("[ROLE-1] roles and settings of a type", () => {
  it("a newcomer gets the first", () => {
    expect(rolesOf("group")).toEqual(["member", "admin", "owner"]);
    expect(rolesOf("direct")[0]).toBe("member");
    expect(rolesOf("channel")).toEqual(["subscriber", "admin", "owner"]);
  });

  it("settings are all there, those that were made and those that the type begins with", () => {
    const common = { add: "admins", rename: "admins", history: "all", expires_in: 0 };
    expect(effectiveSettings("group")).toEqual({ ...common, pin: "admins", write: "everyone" });
    expect(effectiveSettings("channel")).toEqual({ ...common, pin: "admins", write: "admins" });
    expect(effectiveSettings("group", { history: "since_joined" })).toMatchObject({
      history: "since_joined",
      write: "everyone",
    });
  });
});
