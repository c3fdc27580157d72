import { describe, expect, it } from "vitest";
import { named } from "../../src/platform/named.ts";
import { archivesOf, conversationsOf, slicesOf } from "../../src/platform/placement.ts";
import type { ArchiveRpc } from "../../src/rpc/archive-rpc.ts";
import type { PlacedObjects } from "../../src/rpc/bindings.ts";
import type { ConversationRpc } from "../../src/rpc/conversation-rpc.ts";
import type { FanoutRpc } from "../../src/rpc/fanout-rpc.ts";

/** Notes what it is asked for, and is no object at all. */
const namespace = <T>() => {
  const asked: string[] = [];
  const within = (jurisdiction: string): PlacedObjects<T> => ({
    getByName(name, { locationHint = "-" }) {
      asked.push(`${jurisdiction} ${locationHint} ${name}`);
      return { name } as T;
    },
    jurisdiction: within,
  });
  return { asked, objects: within("-") };
};

const SETTINGS = { REGIONS: "eu,us,ap", REGION_EU_JURISDICTION: "eu", REGION_EU_HINT: "weur", REGION_US_HINT: "enam" };
const idIn = (region: string): string => `d_${region}_${"x".repeat(22)}`;

describe("placement", () => {
  it("finds a conversation where its region is: within the jurisdiction, and near the hint", () => {
    const { asked, objects } = namespace<ConversationRpc>();
    const conversations = conversationsOf({ ...SETTINGS, CONVERSATION: objects });
    for (const region of ["eu", "us", "ap"]) conversations.getByName(idIn(region));
    expect(asked).toEqual([`eu weur ${idIn("eu")}`, `- enam ${idIn("us")}`, `- - ${idIn("ap")}`]);
  });

  it("finds slices where their conversation is", () => {
    const { asked, objects } = namespace<FanoutRpc>();
    const slices = slicesOf({ ...SETTINGS, FANOUT: objects });
    slices.getByName(`${idIn("eu")}/12`);
    slices.getByName(`${idIn("ap")}/0`);
    expect(asked).toEqual([`eu weur ${idIn("eu")}/12`, `- - ${idIn("ap")}/0`]);
    expect(() => slices.getByName(`${idIn("local")}/0`)).toThrow(/in no region/);
  });

  it("finds the objects of an archive where their region is", () => {
    const { asked, objects } = namespace<ArchiveRpc>();
    const env = { ...SETTINGS, ARCHIVE: objects };
    archivesOf(env, "eu").getByName("eu/3");
    archivesOf(env, "us").getByName("us/0");
    expect(asked).toEqual(["eu weur eu/3", "- enam us/0"]);
    expect(() => archivesOf(env, "local").getByName("local/0")).toThrow(/no such region/);
  });

  it("is not left by what is bound for all regions, where a region has a jurisdiction", () => {
    const bound = { ARCHIVE_DB: "everybody's", ARCHIVE_DB_AP: "ap's" };
    const of = (settings: object, region: string) => named({ ...settings, ...bound }, region, "ARCHIVE_DB")?.value;
    expect([of(SETTINGS, "us"), of(SETTINGS, "ap"), of(SETTINGS, "eu")]).toEqual(["everybody's", "ap's", undefined]);
    expect(of({ ...SETTINGS, ARCHIVE_DB_EU: "eu's" }, "eu")).toBe("eu's");
    expect(of({ REGION: "eu", REGION_EU_JURISDICTION: "eu" }, "eu")).toBe("everybody's");
  });

  it("takes what is a region's own before what is for all, whatever it is", () => {
    const env = { ...SETTINGS, ARCHIVE_URL: "url", ARCHIVE_DB: "db", ARCHIVE_DB_AP: "ap's", ARCHIVE_URL_AP: "" };
    expect(named(env, "us", "ARCHIVE_URL", "ARCHIVE_DB")).toEqual({ name: "ARCHIVE_URL", value: "url" });
    expect(named(env, "ap", "ARCHIVE_URL", "ARCHIVE_DB")).toEqual({ name: "ARCHIVE_DB", value: "ap's" });
    expect(named(env, "us", "BLOBS")).toBeUndefined();
  });

  it("[REG-6] makes no object for what no region has, and answers as if nobody had founded it", async () => {
    const { asked, objects } = namespace<ConversationRpc>();
    const conversations = conversationsOf({ ...SETTINGS, CONVERSATION: objects });
    for (const id of [idIn("local"), "anything", ""]) {
      const none = conversations.getByName(id);
      const inbox = {} as Parameters<ConversationRpc["join"]>[2];
      expect(await none.describe("ann")).toMatchObject({ ok: false, refusal: { code: "not_found" } });
      expect(await none.messages("ann", {})).toEqual(await none.describe("ann"));
      expect(await none.join("ann", "secret", inbox)).toEqual(await none.invitePreview("secret"));
      const writes = [{}, {}] as unknown as Parameters<ConversationRpc["append"]>[0]["writes"];
      const { results, delivery } = await none.append({ user: "ann", writes, inbox, at: 0 });
      expect(results.map((result) => result.ok)).toEqual([false, false]);
      expect(delivery).toBeUndefined();
      await none.typing("ann", "start");
    }
    expect(asked).toEqual([]);
  });
});
