import type { ConversationId } from "../shared/ids.ts";
import type { PushAddress } from "../shared/protocol/http-push.ts";
import { refuse } from "../shared/result.ts";
import type { Err, Result } from "../shared/result.ts";
import { digest } from "./digest.ts";
import type { PushSettings } from "./push-settings.ts";

const POINT_BYTES = 65;
const UNCOMPRESSED = 4;
const AUTH_BYTES = 16;

const wrong = (reason: string): Err => refuse("bad_request", `unable to register the push address; ${reason}`);

/** `undefined`: it is no base64. */
const bytesOf = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  try {
    const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(bytes, (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
};

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** Whether it is a point of the curve: with any other nothing can be encrypted, or the worse for it. */
const isPoint = async (bytes: Uint8Array<ArrayBuffer>): Promise<boolean> => {
  if (bytes.length !== POINT_BYTES || bytes[0] !== UNCOMPRESSED) return false;
  try {
    await crypto.subtle.importKey("raw", bytes, { name: "ECDH", namedCurve: "P-256" }, false, []);
    return true;
  } catch {
    return false;
  }
};

/** [PUSH-3] What the schema cannot say of an address. The answer is the address in the one form in which it is kept. */
export const checkedAddress = async (settings: PushSettings, address: PushAddress): Promise<Result<PushAddress>> => {
  if (!settings.offers(address.kind))
    return refuse("unsupported", `unable to register the push address; this server does not push by ${address.kind}`);
  if (address.kind === "apns") return { ok: true, value: { ...address, token: address.token.toLowerCase() } };
  if (address.kind === "fcm") return { ok: true, value: address };
  const { endpoint, keys } = address;
  if (!settings.isPushHost(endpoint)) return wrong("its endpoint is at no push service that this server knows");
  const [p256dh, auth] = [bytesOf(keys.p256dh), bytesOf(keys.auth)];
  if (!p256dh || !(await isPoint(p256dh))) return wrong("p256dh is not an uncompressed point of P-256");
  if (auth?.length !== AUTH_BYTES) return wrong(`auth is not ${AUTH_BYTES} bytes`);
  const known = { p256dh: base64url(p256dh), auth: base64url(auth) };
  return { ok: true, value: { kind: "webpush", endpoint, keys: known } };
};

/** By what the object of an address is found, and nothing of the address: it stands in names and logs. */
export const addressName = (address: PushAddress): Promise<string> =>
  digest(["push", address.kind, address.kind === "webpush" ? address.endpoint : address.token]);

/** [PUSH-7] By what alerts of one conversation take each other's place: RFC 8030 allows 32 characters of base64url. */
export const collapseKey = (id: ConversationId): Promise<string> => digest(["collapse", id]);
