import { describe, expect, it } from "vitest";
import type { PushJob } from "../../src/core/push/job.ts";
import { PushHosts } from "../../src/platform/push-hosts.ts";
import { webPushGateway } from "../../src/platform/push/web-push.ts";

const ascii = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));
const join = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parts.flatMap((part) => Array.from(part)));
const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const derive = async (
  key: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  info: Uint8Array<ArrayBuffer>,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> => {
  const material = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, material, bytes * 8),
  );
};

/** A browser as far as it reads what is pushed (RFC 8291 §3), on the platform's own cryptography. */
const browser = async () => {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const pair = (await crypto.subtle.generateKey(curve, true, ["deriveBits"])) as CryptoKeyPair;
  const own = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
  const auth = crypto.getRandomValues(new Uint8Array(16));
  const read = async (body: Uint8Array<ArrayBuffer>): Promise<string> => {
    const [salt, sender, record] = [body.slice(0, 16), body.slice(21, 86), body.slice(86)];
    const theirs = await crypto.subtle.importKey("raw", sender, curve, false, []);
    // The types call it otherwise than the platform does.
    const agreement = { name: "ECDH", public: theirs } as SubtleCryptoDeriveKeyAlgorithm;
    const secret = await crypto.subtle.deriveBits(agreement, pair.privateKey, 256);
    const ikm = await derive(new Uint8Array(secret), auth, join(ascii("WebPush: info\0"), own, sender), 32);
    const raw = await derive(ikm, salt, ascii("Content-Encoding: aes128gcm\0"), 16);
    const iv = await derive(ikm, salt, ascii("Content-Encoding: nonce\0"), 12);
    const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
    const padded = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, record));
    expect(padded.at(-1)).toBe(2);
    return new TextDecoder().decode(padded.slice(0, -1));
  };
  return { keys: { p256dh: base64url(own), auth: base64url(auth) }, read };
};

describe("[PUSH-3] Web Push within workerd", () => {
  it("encrypts for the browser's eyes alone, anew each time", async () => {
    const { keys, read } = await browser();
    const bodies: Uint8Array<ArrayBuffer>[] = [];
    const network = {
      fetch: async (_url: string, init: RequestInit): Promise<Response> => {
        bodies.push(new Uint8Array(await new Response(init.body).arrayBuffer()));
        return new Response(null, { status: 201 });
      },
    };
    const vapid = { publicKey: "k", privateKey: "p", subject: "mailto:push@example.com" };
    const hosts = PushHosts.read(undefined, false) as PushHosts;
    const gateway = webPushGateway({ network, hosts, vapid, timeoutMs: 1000, now: () => Date.now() });
    const note = { type: "message", preview: "漢字 🦊", badge: 1, timestamp: "2026-11-28T10:00:00.000Z" } as const;
    const address = { kind: "webpush", endpoint: "https://fcm.googleapis.com/fcm/send/x", keys } as const;
    const manner = { urgency: "high", ttlSeconds: 60 } as const;
    const times = { registeredAt: 0, attempt: 0, dueAt: 0, queuedAt: 0 };
    const job: PushJob = { user: "bob", device: "phone", note, address, ...manner, ...times };
    for (let i = 0; i < 2; i++) expect(await gateway.send(job, "token")).toEqual({ result: "taken" });
    for (const body of bodies) expect(JSON.parse(await read(body))).toEqual(note);
    const [first, second] = bodies;
    expect(first?.slice(0, 86)).not.toEqual(second?.slice(0, 86));
  });
});
