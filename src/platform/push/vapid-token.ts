import { importJWK, SignJWT } from "jose";
import type { VapidKeys } from "../push-settings.ts";

/** RFC 8292 §2 allows a day; clocks may differ. */
const LIFE_SECONDS = 12 * 3600;

/** The two coordinates of an uncompressed point, as a JWK has them. */
const coordinatesOf = (publicKey: string): { x: string; y: string } => {
  const toText = (bytes: string): string => btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const point = atob(publicKey.replaceAll("-", "+").replaceAll("_", "/"));
  return { x: toText(point.slice(1, 33)), y: toText(point.slice(33)) };
};

/** What the push service at `origin` knows this server by. */
export const makeVapidToken = async (
  { publicKey, privateKey, subject }: VapidKeys,
  origin: string,
  nowMs: number,
): Promise<{ token: string; endsAt: number }> => {
  const jwk = { kty: "EC", crv: "P-256", ...coordinatesOf(publicKey), d: privateKey };
  const endsAt = Math.floor(nowMs / 1000) + LIFE_SECONDS;
  const token = await new SignJWT()
    .setProtectedHeader({ typ: "JWT", alg: "ES256" })
    .setAudience(origin)
    .setSubject(subject)
    .setExpirationTime(endsAt)
    .sign(await importJWK(jwk, "ES256"));
  return { token, endsAt: endsAt * 1000 };
};
