import { describe, expect, it } from "vitest";
import { addressName, checkedAddress, collapseKey } from "../../src/platform/push-address.ts";
import { readPushSettings } from "../../src/platform/push-settings.ts";
import type { PushAddress } from "../../src/shared/protocol/http-push.ts";

const settings = { ...readPushSettings({ PUSH_GATEWAY: "log" }), offers: () => true };
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

const pointOf = async (): Promise<Uint8Array> => {
  const { publicKey } = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
};

const webpush = async (more: { p256dh?: string; auth?: string; endpoint?: string } = {}): Promise<PushAddress> => {
  const { endpoint = "https://fcm.googleapis.com/fcm/send/abc", ...keys } = more;
  const usual = { p256dh: base64url(await pointOf()), auth: base64url(new Uint8Array(16)) };
  return { kind: "webpush", endpoint, keys: { ...usual, ...keys } };
};

describe("[PUSH-3] a push address", () => {
  it("of a browser is kept as it is, its keys as base64url without an end", async () => {
    const point = await pointOf();
    const address = await webpush({ p256dh: Buffer.from(point).toString("base64"), auth: "AAAAAAAAAAAAAAAAAAAAAA==" });
    expect(await checkedAddress(settings, address)).toEqual({
      ok: true,
      value: { ...address, keys: { p256dh: base64url(point), auth: "AAAAAAAAAAAAAAAAAAAAAA" } },
    });
  });

  it("whose keys are none is refused", async () => {
    const point = await pointOf();
    const off = point.with(64, (point[64] ?? 0) ^ 1);
    const keys: { p256dh?: string; auth?: string }[] = [
      { p256dh: base64url(point.slice(0, 64)) },
      { p256dh: base64url(new Uint8Array([...point, 0])) },
      { p256dh: base64url(point.with(0, 2)) },
      { p256dh: base64url(off) },
      { p256dh: base64url(new Uint8Array(65)) },
      { p256dh: "" },
      { p256dh: "A" },
      { auth: base64url(new Uint8Array(15)) },
      { auth: base64url(new Uint8Array(17)) },
      { auth: "" },
    ];
    for (const wrong of keys)
      expect(await checkedAddress(settings, await webpush(wrong)), JSON.stringify(wrong)).toMatchObject({
        refusal: { code: "bad_request" },
      });
  });

  it("is at a push service that the operator knows, of a kind that this server pushes by", async () => {
    const elsewhere = await checkedAddress(settings, await webpush({ endpoint: "https://example.com/" }));
    expect(elsewhere).toMatchObject({ refusal: { code: "bad_request" } });
    const none = readPushSettings({});
    for (const address of [await webpush(), { kind: "fcm", token: "t".repeat(16) } as const])
      expect(await checkedAddress(none, address)).toMatchObject({ refusal: { code: "unsupported" } });
  });

  it("has a name that says nothing of it, the same in whatever case Apple's token is written", async () => {
    const names = await Promise.all(
      (["AB", "ab"] as const).map(async (token) => {
        const checked = await checkedAddress(settings, { kind: "apns", token: token.repeat(32) });
        if (!checked.ok) throw new Error(checked.refusal.message);
        return addressName(checked.value);
      }),
    );
    expect(names[0]).toBe(names[1]);
    const [one, other] = [await webpush(), await webpush({ auth: base64url(new Uint8Array(16).fill(1)) })];
    // Keys may change; where it is reached makes it the one that it is.
    expect(await addressName(one)).toBe(await addressName(other));
    expect(await addressName(one)).not.toBe(await addressName({ kind: "fcm", token: "abc" }));
    expect(await addressName(one)).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});

describe("[PUSH-7] the key by which alerts take each other's place", () => {
  it("is one per conversation, as RFC 8030 wants it", async () => {
    const keys = await Promise.all(["g_local_a", "g_local_b", "g_local_a"].map((id) => collapseKey(id)));
    expect(keys[0]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_-]{1,32}$/);
  });
});
