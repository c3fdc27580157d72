import { expect, test } from "vitest";
import { describeDevice } from "../src/device-name.ts";
import { settle } from "./support/fake-clock.ts";
import { person } from "./support/person.ts";
import { connectedWorld } from "./support/world.ts";

const world = () => connectedWorld("direct", ["ann", "ben"]);

test("[PREF-1] preferences show at once, and reach the server and the other devices", async () => {
  const { clock, server, log, ann } = await world();
  const phone = person(clock, server, "ann", { deviceId: "phone" });
  await phone.connect();
  const kept = ann.setPreferences("c1", { pinned: true, muted_until: "2027-01-01T00:00:00.000Z" });
  await settle();
  expect(ann.conversation("c1")).toMatchObject({ pinned: true, muted_until: "2027-01-01T00:00:00.000Z" });
  await kept;
  await settle();
  expect(log.preferences.get("ann")).toEqual({ pinned: true, muted_until: "2027-01-01T00:00:00.000Z" });
  expect(phone.conversation("c1")).toMatchObject({ pinned: true });
  await phone.setPreferences("c1", { muted_until: null, notify: "mentions" });
  await settle();
  expect(ann.conversation("c1")?.muted_until).toBeUndefined();
  expect(ann.conversation("c1")).toMatchObject({ pinned: true, notify: "mentions" });
});

test("[PREF-1] what is set offline outlives the process and older rows, and goes out with the next connection", async () => {
  const { clock, server, log, store, ann } = await world();
  server.faults.upgrade = () => false;
  server.cutAll();
  await settle();
  await ann.setPreferences("c1", { archived: true });
  await ann.setPreferences("c1", { notify: "none" });
  await ann.close();
  const again = person(clock, server, "ann", { store });
  await again.start();
  expect(again.conversation("c1")).toMatchObject({ archived: true, notify: "none" });
  expect(log.preferences.get("ann")).toBeUndefined();
  server.tell(log, "ann");
  delete server.faults.upgrade;
  await again.connect();
  expect(again.conversation("c1")).toMatchObject({ archived: true, notify: "none" });
  await clock.until(() => log.preferences.get("ann")?.notify === "none");
  expect(log.preferences.get("ann")).toEqual({ archived: true, notify: "none" });
  expect(server.requests.filter((one) => one.path.endsWith("/preferences"))).toHaveLength(1);
  await settle();
  // From now on the server's word counts.
  log.preferences.set("ann", {});
  server.tell(log, "ann");
  await settle();
  expect(again.conversation("c1")?.archived).not.toBe(true);
});

test("[PREF-1] what is refused for good is undone and told; what is worth a retry is tried again", async () => {
  const { clock, server, log, ann } = await world();
  await ann.setPreferences("c1", { notify: "mentions" });
  await settle();
  const errors: string[] = [];
  ann.on("error", (error) => errors.push(error.code));
  server.faults.rest = (method) => (method === "PUT" ? { code: "forbidden" } : undefined);
  await ann.setPreferences("c1", { notify: "none", pinned: true });
  await settle();
  expect(ann.conversation("c1")).toMatchObject({ notify: "mentions", pinned: false });
  expect(errors).toEqual(["forbidden"]);
  server.faults.rest = (method) => (method === "PUT" ? { code: "overloaded" } : undefined);
  await ann.setPreferences("c1", { notify: "none" });
  await clock.advance(60_000);
  expect(ann.conversation("c1")).toMatchObject({ notify: "none" });
  delete server.faults.rest;
  await clock.until(() => log.preferences.get("ann")?.notify === "none");
  expect(errors).toEqual(["forbidden"]);
});

test("[PREF-1] what is set while an earlier setting is on its way is not lost", async () => {
  const { server, log, ann } = await world();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  server.faults.slow = (method) => (method === "PUT" ? held : Promise.resolve());
  await ann.setPreferences("c1", { pinned: true });
  await settle();
  await ann.setPreferences("c1", { pinned: false, archived: true });
  release();
  await settle();
  expect(ann.conversation("c1")).toMatchObject({ pinned: false, archived: true });
  await settle();
  expect(log.preferences.get("ann")).toEqual({ pinned: false, archived: true });
});

test("[CMD-8] [EVT-6] who is watched is told of, on every connection, until nobody watches", async () => {
  const { clock, server, ann } = await world();
  const heard: string[] = [];
  ann.on("presence", ({ userId }) => heard.push(userId));
  const endOne = ann.watchPresence(["ben", "cem"]);
  const endTwo = ann.watchPresence(["ben"]);
  await clock.advance(100);
  expect(ann.presence("ben")).toEqual({ status: "offline" });
  const subscribed = () => server.commands.filter((command) => command.type === "presence_subscribe");
  expect(subscribed()).toHaveLength(1);
  expect(heard).toEqual(["ben", "cem"]);
  server.cutAll();
  await settle();
  expect(ann.presence("ben")).toBeUndefined();
  await clock.until(() => ann.presence("ben") !== undefined);
  endOne();
  endOne();
  await clock.advance(100);
  expect(ann.presence("cem")).toBeUndefined();
  expect(ann.presence("ben")).toEqual({ status: "offline" });
  endTwo();
  await clock.advance(100);
  expect(server.commands.at(-1)).toMatchObject({ type: "presence_unsubscribe", user_ids: ["ben"] });
  expect(ann.presence("ben")).toBeUndefined();
});

test("[CMD-8] at most 200 are watched at a time; the next ones follow when there is room", async () => {
  const { clock, server, ann } = await world();
  const ids = Array.from({ length: 250 }, (_, index) => `user${index}`);
  const end = ann.watchPresence(ids.slice(0, 100));
  ann.watchPresence(ids.slice(100));
  await clock.advance(100);
  const [socket] = server.sockets;
  expect(socket?.watched.size).toBe(200);
  end();
  await clock.advance(100);
  expect([...(socket?.watched ?? [])].toSorted()).toEqual(ids.slice(100).toSorted());
  expect(server.breaches).toEqual([]);
});

test("[USER-1] people are shown from the store, asked for when somebody looks, and not again for a while", async () => {
  const { clock, server, store, ann } = await world();
  server.profiles.set("ben", { user_id: "ben", display_name: "Ben" });
  let told = 0;
  ann.on("people", () => told++);
  const asked = () => server.requests.filter((one) => one.path === "/users/ben").length;
  expect(ann.person("ben")).toBeUndefined();
  ann.person("ben");
  await settle();
  expect(ann.person("ben")).toEqual({ user_id: "ben", display_name: "Ben" });
  expect(ann.person("ben")).toBe(ann.person("ben"));
  expect([told, asked()]).toEqual([1, 1]);
  await clock.advance(400_000);
  const before = ann.person("ben");
  await settle();
  expect([told, asked()]).toEqual([1, 2]);
  expect(ann.person("ben")).toBe(before);
  await ann.close();
  const again = person(clock, server, "ann", { store });
  await again.start();
  expect(again.person("ben")).toEqual({ user_id: "ben", display_name: "Ben" });
});

test("[USER-1] a server without profiles is left alone", async () => {
  const { server, ann } = await world();
  server.hasProfiles = false;
  const errors: string[] = [];
  ann.on("error", (error) => errors.push(error.code));
  for (let count = 0; count < 50; count++) {
    ann.person(`user${count}`);
    await settle();
  }
  expect(server.requests.filter((one) => one.path.startsWith("/users/"))).toHaveLength(1);
  expect(errors).toEqual([]);
  await expect(ann.profile()).rejects.toMatchObject({ code: "unsupported" });
});

test("[USER-1] one's own profile is shown from the store with all that one set", async () => {
  const { clock, server, store, ann } = await world();
  server.profiles.set("ann", { user_id: "ann", display_name: "Ann", privacy: { last_seen: "nobody" } });
  ann.person("ann");
  await settle();
  expect(server.requests.at(-1)).toMatchObject({ path: "/users/me" });
  await ann.close();
  const again = person(clock, server, "ann", { store });
  await again.start();
  expect(again.person("ann")).toMatchObject({ display_name: "Ann", privacy: { last_seen: "nobody" } });
});

test("[USER-1] one's own profile is read and changed, and others are found by name", async () => {
  const { server, ann } = await world();
  await expect(ann.updateProfile({ username: "ann", privacy: { last_seen: "nobody" } })).resolves.toMatchObject({
    username: "ann",
  });
  await expect(ann.profile()).resolves.toEqual({ user_id: "ann", username: "ann", privacy: { last_seen: "nobody" } });
  expect(ann.person("ann")).toMatchObject({ username: "ann" });
  await expect(ann.findUser("nobody")).resolves.toBeUndefined();
  server.profiles.set("ben", { user_id: "ben", username: "ben.b" });
  await expect(ann.findUser("ben.b")).resolves.toEqual({ user_id: "ben", username: "ben.b" });
});

test("[DEV-1] a connection says how its device is called", async () => {
  const { server } = await world();
  const [socket] = server.sockets;
  expect(socket?.address.searchParams.get("name")).toBe("Node");
  expect(socket?.address.searchParams.get("platform")).toBe("node");
  const agent = (userAgent: string) => describeDevice({ userAgent });
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
  expect(agent(chrome)).toEqual({ name: "Chrome on Linux", platform: "web" });
  expect(agent(`${chrome} Edg/140.0`).name).toBe("Edge on Linux");
  expect(agent("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19 Mobile Safari/604.1").name).toBe(
    "Safari on iOS",
  );
  expect(agent("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0").name).toBe(
    "Firefox on Windows",
  );
  expect(agent("Something").name).toBe("Browser");
});
