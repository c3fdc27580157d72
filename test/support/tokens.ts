import { SignJWT } from "jose";
import { Rest } from "./rest.ts";

export interface Claims {
  readonly userId: string;
  readonly deviceId?: string;
  readonly scope?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
}

/** A token by the secret of the deployment: for one that is not in development mode. */
export const mint = async (secret: string, claims: Claims): Promise<string> => {
  const now = Math.floor(Date.now() / 1000);
  const token = new SignJWT({
    ...(claims.deviceId === undefined ? {} : { device_id: claims.deviceId }),
    ...(claims.scope === undefined ? {} : { scope: claims.scope }),
  })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(claims.userId)
    .setIssuedAt(now)
    .setExpirationTime(now + (claims.expiresIn ?? 86_400));
  const issuer = process.env["PARLEY_AUTH_ISSUER"];
  const audience = process.env["PARLEY_AUTH_AUDIENCE"];
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return await token.sign(new TextEncoder().encode(secret));
};

/** A token for anybody: minted with PARLEY_AUTH_SECRET when that is given, otherwise asked of the development sign-in. */
export const tokenFor = async (base: string, claims: Claims): Promise<string> => {
  const secret = process.env["PARLEY_AUTH_SECRET"];
  if (secret !== undefined) return await mint(secret, claims);
  const { token } = await new Rest(base).ok("devToken", {
    body: {
      user_id: claims.userId,
      ...(claims.deviceId === undefined ? {} : { device_id: claims.deviceId }),
      ...(claims.scope === undefined ? {} : { scope: claims.scope }),
      ...(claims.expiresIn === undefined ? {} : { expires_in: claims.expiresIn }),
    },
  });
  return token;
};
