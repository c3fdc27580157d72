import { describe, expect, it } from "vitest";
import { Address } from "../../src/core/push/address.ts";
import { openStore } from "../../src/core/store.ts";
import { NodeSql } from "./node-sql.ts";
import { ADDRESS } from "./stores.ts";

const setUp = (sql = new NodeSql()) => {
  const told: [user: string, before: number][] = [];
  let unreachable = new Set<string>();
  const make = () =>
    new Address({
      sql: openStore(sql, ADDRESS),
      lose: async (user, before) => {
        if (unreachable.has(user)) throw new Error("unreachable");
        told.push([user, before]);
      },
    });
  const unreach = (...users: string[]) => (unreachable = new Set(users));
  return { address: make(), make, told, unreach };
};

describe("[PUSH-4] the object of an address", () => {
  it("is taken by one after the other, with numbers that rise", async () => {
    const { address, told } = setUp();
    expect(await address.take("ann")).toBe(1);
    expect(await address.take("ann")).toBe(2);
    expect(told).toEqual([]);
    expect(await address.take("bob")).toBe(3);
    expect(told).toEqual([["ann", 3]]);
    expect(await address.take("ann")).toBe(4);
    expect(told).toEqual([
      ["ann", 3],
      ["bob", 4],
    ]);
  });

  it("does not answer before whoever had it has forgotten it, and tells him again with the next one who comes", async () => {
    const { address, make, told, unreach } = setUp();
    await address.take("ann");
    unreach("ann");
    await expect(address.take("bob")).rejects.toThrow("unreachable");
    await expect(make().take("cyd")).rejects.toThrow("unreachable");
    expect(told).toEqual([["bob", 3]]);
    unreach();
    expect(await make().take("cyd")).toBe(4);
    expect(told).toEqual([
      ["bob", 3],
      ["ann", 2],
    ]);
    expect(await make().take("cyd")).toBe(5);
    expect(told).toHaveLength(2);
  });

  it("whoever has it again before he was told has nothing to forget", async () => {
    const { address, told, unreach } = setUp();
    await address.take("ann");
    unreach("ann");
    await expect(address.take("bob")).rejects.toThrow("unreachable");
    unreach();
    expect(await address.take("ann")).toBe(3);
    expect(told).toEqual([["bob", 3]]);
  });
});
