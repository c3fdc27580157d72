import { expect, test } from "vitest";
import { vapidKeys } from "../../scripts/development-keys.ts";
import { describeOwn, useServer } from "../support/target.ts";

describeOwn("a server for development", () => {
  const target = useServer();

  test("[PUSH-1] pushes to browsers without a setting, by a key of its own", async () => {
    const ann = await target.person("ann");
    const { body: offer } = await ann.rest.call("pushOffer");
    expect(offer).toEqual({ webpush: { public_key: expect.stringMatching(/^B[\w-]{86}$/) }, previews: false });
    expect(await target.anonymous.refused("pushOffer")).toMatchObject({ code: "unauthenticated" });
  });
});

describeOwn("a server with a key of the operator's", () => {
  const keys = vapidKeys();
  const env = { ...keys, VAPID_SUBJECT: "https://chat.example.org/", PUSH_GATEWAY: "log", PUSH_PREVIEWS: "on" };
  const target = useServer({ env });

  test("[PUSH-1] offers it, and everything else where notifications end in the log", async () => {
    const ann = await target.person("ann");
    const webpush = { public_key: keys.VAPID_PUBLIC_KEY };
    const { body: offer } = await ann.rest.call("pushOffer");
    expect(offer).toEqual({ webpush, apns: true, fcm: true, previews: true });
  });
});
