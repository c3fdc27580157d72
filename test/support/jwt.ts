import { SignJWT } from "jose";
import type { CryptoKey, JWTPayload, KeyObject } from "jose";
import { unique } from "./random.ts";
import { Rest } from "./rest.ts";
import { Session, UpgradeRefused } from "./session.ts";

export type SigningKey = CryptoKey | KeyObject | Uint8Array;

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

/** Claims that are in order; a test spoils one of them. `undefined` takes a claim away. */
export const goodClaims = (changes: JWTPayload = {}): JWTPayload => {
  const claims: JWTPayload = {
    sub: unique("jwt"),
    device_id: unique("d"),
    exp: inSeconds(600),
    iat: inSeconds(-1),
    ...changes,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
};

export const signed = async (claims: JWTPayload, key: SigningKey, alg = "HS256", kid?: string): Promise<string> =>
  await new SignJWT(claims).setProtectedHeader(kid === undefined ? { alg } : { alg, kid }).sign(key);

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** What a library that honours `alg: none` would accept. */
export const unsigned = (claims: JWTPayload, signature = ""): string =>
  `${base64url({ alg: "none", typ: "JWT" })}.${base64url(claims)}.${signature}`;

/** The same claims with another subject under the old signature. */
export const tampered = (token: string, changes: JWTPayload): string => {
  const [head = "", body = "", signature = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as JWTPayload;
  return `${head}.${base64url({ ...claims, ...changes })}.${signature}`;
};

/** What a token is answered, over HTTP and on the upgrade: 200 and 101 where it is good. */
export const verdict = async (base: string, token: string): Promise<{ rest: number; upgrade: number }> => {
  const { status } = await new Rest(base, token).call("listConversations");
  try {
    const session = await Session.open(base, { token });
    await session.waitFor("welcome");
    await session.close();
    return { rest: status, upgrade: 101 };
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) throw error;
    return { rest: status, upgrade: error.status };
  }
};

export const REFUSED = { rest: 401, upgrade: 401 };
export const ACCEPTED = { rest: 200, upgrade: 101 };
