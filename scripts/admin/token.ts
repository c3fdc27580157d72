import { readFileSync } from "node:fs";
import path from "node:path";
import { SignJWT } from "jose";
import type { Environment } from "../settings.ts";
import { UsageError } from "./command.ts";

const MINUTES = 10;

const given = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined;

const sign = async (secret: string, who: string, env: Environment): Promise<string> => {
  const token = new SignJWT({ scope: "admin" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(who)
    .setIssuedAt()
    .setExpirationTime(`${MINUTES} minutes`);
  const issuer = given(env, "AUTH_ISSUER");
  const audience = given(env, "AUTH_AUDIENCE");
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return await token.sign(new TextEncoder().encode(secret));
};

/** What a server in development mode made for itself. */
const ownSecret = (env: Environment): string | undefined => {
  const file = path.resolve(given(env, "DATA_DIR") ?? "./data", "dev-secret");
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    // There is no such server here: the message says what else to do.
    return undefined;
  }
};

/**
 * Where tokens come from: one that is given, or signed here by the server's own secret, so that it works right after
 * `npm start`. `who`: whom the audit log names.
 */
export const tokensOf = (env: Environment, who: string): (() => Promise<string>) => {
  const token = given(env, "PARLEY_ADMIN_TOKEN");
  if (token !== undefined) return () => Promise.resolve(token);
  const secret = given(env, "AUTH_SECRET") ?? ownSecret(env);
  if (secret === undefined) {
    throw new UsageError(
      "no token: set PARLEY_ADMIN_TOKEN to one with the scope admin (or AUTH_SECRET, or DATA_DIR of a development server)",
    );
  }
  return () => sign(secret, who, env);
};
