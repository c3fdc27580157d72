import { expect, test } from "vitest";
import { isOperator } from "../src/state/account.ts";

const token = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;

test("whoever signed in as an operator, or has a token of one, looks after the server", () => {
  expect(isOperator({ kind: "dev", userId: "ann", operator: true })).toBe(true);
  expect(isOperator({ kind: "dev", userId: "ann" })).toBe(false);
  const by = (claims: object): boolean => isOperator({ kind: "token", userId: "ann", token: token(claims) });
  expect(by({ sub: "ann", scope: "chat admin" })).toBe(true);
  expect(by({ sub: "ann", scope: "administration" })).toBe(false);
  expect(by({ sub: "ann", scope: ["admin"] })).toBe(false);
  expect(by({ sub: "ann" })).toBe(false);
  expect(isOperator({ kind: "token", userId: "ann", token: "not a token" })).toBe(false);
});
