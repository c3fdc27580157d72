import type { Settings } from "../rpc/bindings.ts";
import type { Result } from "../shared/result.ts";
import { refuse } from "../shared/result.ts";

interface Checked {
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** Whether `POST /dev/token` signs tokens for anybody. */
  readonly dev: boolean;
}
export type AuthConfig = Checked &
  ({ readonly kind: "secret"; readonly secret: Uint8Array } | { readonly kind: "jwks"; readonly url: string });

/** RFC 7518 §3.2: a key for HS256 is at least as long as its hash. */
const SECRET_BYTES = 32;
/** What stands in the development configuration, and must never guard a real service. */
export const DEVELOPMENT_SECRET = "development-only-secret-of-parley-0123456789";

/**
 * How tokens are checked, from the settings. A configuration that would let anybody in is refused here, at
 * the edge and in the objects alike, whatever started the server.
 */
export const readAuthConfig = (settings: Settings): Result<AuthConfig> => {
  const { AUTH_SECRET, AUTH_JWKS_URL, AUTH_ISSUER, AUTH_AUDIENCE } = settings;
  const production = settings.ENVIRONMENT === "production";
  const mode = settings.AUTH_MODE ?? "jwt";
  const checked = { issuer: AUTH_ISSUER || undefined, audience: AUTH_AUDIENCE || undefined, dev: mode === "dev" };
  const wrong = (why: string) => refuse("internal", `unable to start; ${why}`);
  if (mode !== "dev" && mode !== "jwt") return wrong("AUTH_MODE is neither dev nor jwt");
  if (mode === "dev" && production) return wrong("AUTH_MODE=dev is not for production");
  if (AUTH_SECRET && AUTH_JWKS_URL) return wrong("AUTH_SECRET and AUTH_JWKS_URL exclude each other");
  if (mode === "jwt" && AUTH_JWKS_URL) return { ok: true, value: { ...checked, kind: "jwks", url: AUTH_JWKS_URL } };
  if (!AUTH_SECRET) return wrong(mode === "dev" ? "AUTH_SECRET is missing" : "AUTH_SECRET or AUTH_JWKS_URL is missing");
  const secret = new TextEncoder().encode(AUTH_SECRET);
  if (production && AUTH_SECRET === DEVELOPMENT_SECRET) return wrong("AUTH_SECRET is the development one");
  if (secret.byteLength < SECRET_BYTES) return wrong(`AUTH_SECRET has fewer than ${SECRET_BYTES} bytes`);
  return { ok: true, value: { ...checked, kind: "secret", secret } };
};
