import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type RunningServer } from "../../scripts/server.ts";
import { PushService } from "../../test/support/push/push-service.ts";
import { createClient, memoryStore } from "../src/index.ts";
import type { ParleyClient, PushAddress, PushNote } from "../src/index.ts";
import { devToken, eventually, temporaryData } from "./support/server.ts";

const dataDir = temporaryData();
let service: PushService;
let server: RunningServer;
const clients: ParleyClient[] = [];

beforeAll(async () => {
  service = await PushService.start();
  server = await startServer({ dataDir, env: { PUSH_HOSTS: service.origin } });
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await server.kill();
  await service.stop();
  rmSync(dataDir, { recursive: true, force: true });
  expect(service.mistakes).toEqual([]);
});

const join = (user: string, deviceId = `${user}-1`): ParleyClient => {
  const getToken = devToken(server.url, user, deviceId);
  const client = createClient({ url: server.url, getToken, deviceId, store: memoryStore() });
  clients.push(client);
  return client;
};

/** As a browser gives it out for the server's key. */
const subscribed = async (client: ParleyClient): Promise<Extract<PushAddress, { kind: "webpush" }>> => {
  const { webpush } = await client.pushOffer();
  return { kind: "webpush", ...service.subscription(webpush?.public_key) };
};
const notes = (address: { readonly endpoint: string }): PushNote[] =>
  service.received(address).map(({ text }) => JSON.parse(text) as PushNote);

test("[PUSH-1] [PUSH-2] what is offered, an address, a test, another address, none", async () => {
  const ann = join("ann");
  await expect(ann.pushOffer()).resolves.toMatchObject({
    webpush: { public_key: expect.any(String) },
    previews: false,
  });
  const [one, two] = [await subscribed(ann), await subscribed(ann)];
  await ann.registerPush(one);
  await ann.testPush();
  await eventually(() => notes(one).length === 1);
  expect(notes(one)[0]).toMatchObject({ type: "test", badge: 0 });
  await ann.registerPush(two);
  await ann.testPush();
  await eventually(() => notes(two).length === 1);
  expect(notes(one)).toHaveLength(1);
  await ann.withdrawPush();
  await ann.withdrawPush();
  await expect(ann.registerPush({ ...one, endpoint: "https://push.test/elsewhere" })).rejects.toMatchObject({
    code: "bad_request",
  });
  await expect(ann.registerPush({ kind: "fcm", token: "0123456789abcdef" })).rejects.toMatchObject({
    code: "unsupported",
  });
});

test("[PUSH-4] [PUSH-9] who is away is told; an address that somebody else registers is his", async () => {
  const [ben, cem, dan] = [join("ben"), join("cem"), join("dan")];
  await Promise.all([ben, cem, dan].map((client) => client.connect()));
  const address = await subscribed(cem);
  await cem.registerPush(address);
  const { conversation_id: id } = await ben.createDirect("cem");
  await cem.close();
  await ben.send(id, "are you there").sent;
  await eventually(() => notes(address).length === 1);
  expect(notes(address)[0]).toMatchObject({
    type: "message",
    conversation_id: id,
    sender_id: "ben",
    count: 1,
    badge: 1,
  });
  await dan.registerPush(address);
  const { conversation_id: other } = await ben.createDirect("dan");
  await dan.close();
  await ben.send(id, "still there").sent;
  await ben.send(other, "and you").sent;
  await eventually(() => notes(address).some((note) => note.conversation_id === other));
  expect(notes(address).map((note) => note.conversation_id)).toEqual([id, other]);
});
