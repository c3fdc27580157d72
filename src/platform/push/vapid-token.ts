import { decodeJwt, importJWK, SignJWT } from "jose";
import { LIMITS } from "../../shared/limits.ts";
import type { VapidKeys } from "../push-settings.ts";

/** RFC 8292 §2 allows a day; clocks may differ. */
const LIFE_SECONDS = 12 * 3600;

/** Whether another one may be taken where this was refused. One that was made just now is not to blame. */
export const isWornVapid = (token: string, nowMs: number): boolean => {
  const { exp = 0 } = decodeJwt(token);
  return nowMs - (exp - LIFE_SECONDS) * 1000 >= LIMITS.vapidFreshMs;
};

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
