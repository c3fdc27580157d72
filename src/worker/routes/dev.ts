import { SignJWT } from "jose";
import { toIso } from "../../shared/time.ts";
import { refuse } from "../../shared/result.ts";
import { authOf } from "../authenticate.ts";
import type { Handlers } from "../handler.ts";
import { json, problem } from "../problem.ts";

const DAY_SECONDS = 86_400;

export const devHandlers = {
  /** Signs a token for whoever is named. There only in development: `readAuthConfig` sees to it. */
  async devToken({ env, body }) {
    const auth = authOf(env);
    if (!auth.ok) return problem(auth.refusal);
    const { config } = auth.value;
    if (!config.dev || config.kind !== "secret")
      return problem(refuse("not_found", "unable to sign; this is no development server").refusal);
    const seconds = body.expires_in ?? DAY_SECONDS;
    const claims = { device_id: body.device_id, scope: body.scope };
    const token = new SignJWT(JSON.parse(JSON.stringify(claims)) as Record<string, string>)
      .setProtectedHeader({ alg: "HS256" })
      .setSubject(body.user_id)
      // To the millisecond: a device that was removed and signs in anew within the second has a new token.
      .setIssuedAt(Date.now() / 1000)
      .setExpirationTime(new Date(Date.now() + seconds * 1000));
    if (config.issuer !== undefined) token.setIssuer(config.issuer);
    if (config.audience !== undefined) token.setAudience(config.audience);
    const expires_at = toIso(Date.now() + seconds * 1000);
    return json(JSON.stringify({ token: await token.sign(config.secret), expires_at }));
  },
} satisfies Handlers;
