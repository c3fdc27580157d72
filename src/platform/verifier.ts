import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from "jose";
import { DEVICE_ID, USER_ID } from "../shared/ids.ts";
import type { DeviceId, UserId } from "../shared/ids.ts";
import { LIMITS } from "../shared/limits.ts";
import { refuse } from "../shared/result.ts";
import type { Result } from "../shared/result.ts";
import type { AuthConfig } from "./auth-config.ts";
import { log, reasonOf } from "./telemetry.ts";

/** Who a token says that somebody is. */
export interface Identity {
  readonly user_id: UserId;
  readonly device_id: DeviceId | undefined;
  readonly isAdmin: boolean;
  /** Where the token says that the user is at home. */
  readonly region: string | undefined;
  /** When the token was issued, ms since 1970; 0: it does not say. */
  readonly issuedAt: number;
  /** Ms since 1970. */
  readonly expiresAt: number;
}

export interface Verifier {
  /** A token (JWT, compact form) that is valid now, or `unauthenticated`. */
  verify(token: string): Promise<Result<Identity>>;
}

const INVALID = refuse("unauthenticated", "unable to sign in; the token is missing, malformed, expired or not ours");

const identityOf = ({ sub, exp, iat = 0, scope, ...claims }: JWTPayload): Result<Identity> => {
  const device = claims["device_id"];
  const region = claims["region"];
  const names = typeof scope === "string" ? scope.split(" ") : [];
  if (sub === undefined || !USER_ID.test(sub) || exp === undefined) return INVALID;
  if (device !== undefined && (typeof device !== "string" || !DEVICE_ID.test(device))) return INVALID;
  return {
    ok: true,
    value: {
      user_id: sub,
      device_id: device,
      isAdmin: names.includes("admin"),
      // Of another form, or one that there is not, it says nothing: it is no reason to keep anybody out.
      region: typeof region === "string" ? region : undefined,
      issuedAt: iat * 1000,
      expiresAt: exp * 1000,
    },
  };
};

/** Verifies tokens against a secret or a key set. The algorithms are named: `none` is not one of them. */
export const createVerifier = (config: AuthConfig): Verifier => {
  const options: JWTVerifyOptions = {
    algorithms: config.kind === "jwks" ? ["RS256", "ES256", "EdDSA"] : ["HS256"],
    requiredClaims: ["sub", "exp"],
    ...(config.issuer === undefined ? {} : { issuer: config.issuer }),
    ...(config.audience === undefined ? {} : { audience: config.audience }),
  };
  const keys: JWTVerifyGetKey | Uint8Array =
    config.kind === "jwks"
      ? createRemoteJWKSet(new URL(config.url), {
          cacheMaxAge: LIMITS.jwksCacheMs,
          cooldownDuration: LIMITS.jwksCooldownMs,
          timeoutDuration: LIMITS.jwksTimeoutMs,
        })
      : config.secret;
  return {
    async verify(token) {
      try {
        const { payload } =
          typeof keys === "function" ? await jwtVerify(token, keys, options) : await jwtVerify(token, keys, options);
        return identityOf(payload);
      } catch (error) {
        if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return INVALID;
        // The identity provider is out of reach: that is not the token's fault, and worth a retry.
        log({ event: "jwks_failed", reason: reasonOf(error) });
        return refuse("overloaded", "unable to check the token; the identity provider does not answer", {
          retry_after_ms: 2000,
        });
      }
    },
  };
};
