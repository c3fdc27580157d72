import { describe, expect, it } from "vitest";
import { Profile } from "../../src/core/inbox/profile.ts";
import type { ProfileFields } from "../../src/core/inbox/profile.ts";
import { ProfileChanges } from "../../src/core/inbox/profile-changes.ts";
import { refuse } from "../../src/shared/result.ts";
import type { Result } from "../../src/shared/result.ts";
import { userStore } from "./stores.ts";
import { settled } from "./virtual-time.ts";

const AWAY = refuse("internal", "unable to reach the directory; try again");

interface Claim {
  readonly name: string;
  answer(result: Result<boolean>): void;
  fail(error: Error): void;
}

/** A user who is called `old_name`, and a directory that answers when the test says so. */
const stage = () => {
  const sql = userStore();
  const profile = new Profile(sql);
  profile.change({ username: "old_name", display_name: "Old" });
  const claims: Claim[] = [];
  const changed: [ProfileFields, ProfileFields][] = [];
  const changes = new ProfileChanges({
    profile,
    claim: (name) => new Promise((answer, fail) => claims.push({ name, answer, fail })),
    changed: (before, now) => changed.push([before, now]),
  });
  const keeps = (): string[] => ["old_name", "new_name"].filter((name) => changes.keeps(name));
  /** What a crash in this moment would leave. */
  const onDisk = (): ProfileFields => new Profile(sql).fields;
  return { profile, changes, claims, changed, keeps, onDisk };
};

describe("[USER-6] a change of the profile", () => {
  // What the directory says: the code of the answer, the name on disk, the names that are kept after it.
  it.each<[string, Result<boolean>, string, string]>([
    ["granted", { ok: true, value: true }, "ok", "new_name"],
    ["taken", { ok: true, value: false }, "conflict", "old_name"],
    ["out of reach", AWAY, "internal", "old_name"],
  ])("with a name that is %s is made as a whole or not at all", async (_what, said, code, name) => {
    const { changes, claims, changed, keeps, onDisk } = stage();
    const change = changes.change({ username: "new_name", display_name: "New" });
    await settled();
    expect(claims.map((claim) => claim.name)).toEqual(["new_name"]);
    // Both are the user's while nobody knows: whoever asks must not give one of them away.
    expect(keeps()).toEqual(["old_name", "new_name"]);
    expect(onDisk()).toMatchObject({ username: "old_name", display_name: "Old" });
    claims[0]?.answer(said);
    const result = await change;
    expect(result.ok ? "ok" : result.refusal.code).toBe(code);
    expect(onDisk()).toMatchObject({ username: name, display_name: code === "ok" ? "New" : "Old" });
    expect(keeps()).toEqual([name]);
    expect(changed.map(([before, now]) => [before.username, now.username])).toEqual(
      code === "ok" ? [["old_name", "new_name"]] : [],
    );
  });

  it.each<[string, object, string | undefined]>([
    ["without a name", { display_name: "New" }, "old_name"],
    ["with the name that is there", { username: "old_name", display_name: "New" }, "old_name"],
    ["that gives the name up", { username: null, display_name: "New" }, undefined],
  ])("%s asks nobody", async (_what, change, name) => {
    const { changes, claims, onDisk } = stage();
    expect(await changes.change(change)).toMatchObject({ ok: true, value: { display_name: "New" } });
    expect(claims).toEqual([]);
    expect(onDisk().username).toBe(name);
  });

  it("[PUSH-8] to quiet hours in a place that there is not is refused, as a whole", async () => {
    const { changes, onDisk } = stage();
    const hours = (time_zone: string) => ({ from: "22:00", until: "07:00", time_zone });
    const wrong = { display_name: "New", notifications: { quiet_hours: hours("Atlantis/Capital") } };
    expect(await changes.change(wrong)).toMatchObject({ ok: false, refusal: { code: "bad_request" } });
    expect(onDisk()).toMatchObject({ display_name: "Old" });
    const right = await changes.change({ notifications: { quiet_hours: hours("Europe/Berlin") } });
    expect(right).toMatchObject({ ok: true, value: { notifications: { quiet_hours: hours("Europe/Berlin") } } });
    expect((await changes.change({ notifications: { quiet_hours: null } })).ok).toBe(true);
    expect(onDisk().notifications).toEqual({});
  });

  it("to a name that is nobody's to have asks nobody", async () => {
    const { changes, claims, onDisk } = stage();
    const result = await changes.change({ username: "ad.min", display_name: "New" });
    expect(result).toMatchObject({ ok: false, refusal: { code: "conflict" } });
    expect(claims).toEqual([]);
    expect(onDisk()).toMatchObject({ username: "old_name", display_name: "Old" });
  });

  it("waits for the one before it, whatever became of that", async () => {
    const { changes, claims, onDisk } = stage();
    const first = changes.change({ username: "new_name", display_name: "First" });
    const second = changes.change({ display_name: "Second" });
    const third = changes.change({ username: "third_name" });
    await settled();
    expect(claims).toHaveLength(1);
    expect(onDisk().display_name).toBe("Old");
    claims[0]?.fail(new Error("broken"));
    await expect(first).rejects.toThrow("broken");
    expect(await second).toMatchObject({ ok: true });
    await settled();
    expect(claims.map(({ name }) => name)).toEqual(["new_name", "third_name"]);
    expect(changes.keeps("new_name")).toBe(false);
    claims[1]?.answer({ ok: true, value: true });
    expect(await third).toMatchObject({ ok: true, value: { username: "third_name", display_name: "Second" } });
  });

  it("[USER-8] takes away what is null and leaves what is not named", async () => {
    const { changes, onDisk } = stage();
    await changes.change({ avatar: "a", privacy: { typing: "nobody" } });
    await changes.change({ display_name: null, username: undefined });
    expect(onDisk()).toEqual({ username: "old_name", avatar: "a", privacy: { typing: "nobody" } });
  });
});
