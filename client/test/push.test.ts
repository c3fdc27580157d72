import { expect, test } from "vitest";
import { settle } from "./support/fake-clock.ts";
import { FakeBrowser } from "./support/fake-tabs.ts";
import { person } from "./support/person.ts";
import { connectedWorld } from "./support/world.ts";

const world = () => connectedWorld("direct", ["ann", "ben"]);
const address = (name: string) =>
  ({ kind: "webpush", endpoint: `https://push.test/${name}`, keys: { p256dh: "BP", auth: "au" } }) as const;

test("[PUSH-1] what the server offers, and a server that knows nothing of push", async () => {
  const { server, ann } = await world();
  await expect(ann.pushOffer()).resolves.toEqual({ webpush: { public_key: "BKey" }, previews: false });
  server.pushes.offer = undefined;
  await expect(ann.pushOffer()).rejects.toMatchObject({ code: "unsupported" });
  await expect(ann.registerPush(address("a"))).rejects.toMatchObject({ code: "unsupported" });
});

test("[PUSH-2] this device's address: registered, replaced, tested, withdrawn", async () => {
  const { server, ann } = await world();
  await expect(ann.testPush()).rejects.toMatchObject({ code: "not_found" });
  await ann.registerPush(address("a"));
  await ann.registerPush(address("b"));
  expect([...server.pushes.addresses]).toEqual([["ann/ann-device", address("b")]]);
  await ann.testPush();
  expect(server.pushes.tests).toEqual(["ann/ann-device"]);
  await ann.withdrawPush();
  await ann.withdrawPush();
  expect(server.pushes.addresses.size).toBe(0);
});

test("[PUSH-2] the device that the store remembers is the one, before it is connected", async () => {
  const { clock, server, ann, store } = await world();
  await ann.close();
  const again = person(clock, server, "ann", { store, deviceId: undefined });
  await again.registerPush(address("a"));
  expect([...server.pushes.addresses.keys()]).toEqual(["ann/ann-device"]);
  const nobody = person(clock, server, "ann", { deviceId: undefined });
  await expect(nobody.registerPush(address("b"))).rejects.toMatchObject({ code: "bad_request" });
});

test("[PUSH-2] is asked of the tab that leads, and again of the next one when that ends", async () => {
  const { clock, server } = await world();
  const browser = new FakeBrowser(clock, server, "ann");
  const [first, second] = [browser.open(), browser.open()];
  for (const tab of [first, second]) void tab.client.connect();
  await clock.until(() => first.client.state.name === "online" && second.client.state.name === "online");
  let release = (): void => undefined;
  server.faults.slow = (method) =>
    method === "PUT" ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve();
  const done = second.client.registerPush(address("a"));
  await settle();
  first.kill();
  delete server.faults.slow;
  await clock.until(() => second.client.state.name === "online");
  await done;
  release();
  expect([...server.pushes.addresses.values()]).toEqual([address("a")]);
  expect(server.requests.filter((one) => one.path.endsWith("/push"))).toHaveLength(2);
});

test("[USER-1] what one chose for all notifications is part of one's own profile", async () => {
  const { ann } = await world();
  const quiet_hours = { from: "22:00", until: "07:30", time_zone: "Europe/Berlin" };
  await ann.updateProfile({ notifications: { previews: true, quiet_hours } });
  expect((await ann.profile()).notifications).toEqual({ previews: true, quiet_hours });
});
