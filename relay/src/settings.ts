import { readFileSync } from "node:fs";
import { LIMITS } from "./limits.ts";

/** What the operator decides. */
export interface RelaySettings {
  /** 0 asks for any free port. */
  readonly port: number;
  readonly host: string;
  /** What servers have to bring. */
  readonly secret: string;
  /** Origins that requests may be passed on to. */
  readonly endpoints: ReadonlySet<string>;
  /** PEM. Without it the relay listens on this machine only. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A setting that cannot be used. The message is one line, meant for the operator. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const APPLE = ["https://api.push.apple.com", "https://api.sandbox.push.apple.com"];
const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1"]);

const bad = (name: string, reason: string): never => {
  throw new SettingsError(`bad setting ${name}: ${reason}`);
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Empty means not given. */
const given = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined;

const fileOf = (env: Environment, name: string): string | undefined => {
  const path = given(env, name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch {
    return bad(name, `unable to read ${path}`);
  }
};

const tlsOf = (env: Environment): RelaySettings["tls"] => {
  const [cert, key] = [fileOf(env, "RELAY_TLS_CERT"), fileOf(env, "RELAY_TLS_KEY")];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) return bad("RELAY_TLS_CERT", "it is missing; RELAY_TLS_KEY needs it");
  if (key === undefined) return bad("RELAY_TLS_KEY", "it is missing; RELAY_TLS_CERT needs it");
  return { cert, key };
};

/** Apple's, and in tests one on this machine. */
const endpointsOf = (env: Environment): Set<string> => {
  const test = given(env, "APNS_ENDPOINT");
  if (test === undefined) return new Set(APPLE);
  const url = URL.parse(test);
  const isNear = url !== null && url.origin === test && LOOPBACK.has(url.hostname.replaceAll(/[[\]]/g, ""));
  if (!isNear || given(env, "ENVIRONMENT") === "production")
    bad("APNS_ENDPOINT", "it is for tests: an origin on this machine, and not in production");
  return new Set([...APPLE, test]);
};

/**
 * The settings that `env` describes.
 * @throws {SettingsError} naming the first one that cannot be used and why, in one line
 */
export const readSettings = (env: Environment): RelaySettings => {
  const portText = given(env, "RELAY_PORT") ?? "8790";
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN;
  if (!(port <= 65_535)) bad("RELAY_PORT", `"${portText}" is not a whole number from 0 to 65535`);
  const host = given(env, "RELAY_HOST") ?? "127.0.0.1";
  const secret = given(env, "APNS_RELAY_SECRET") ?? "";
  if (!/^[!-~]+$/.test(secret) || secret.length < LIMITS.secretChars)
    bad("APNS_RELAY_SECRET", `it needs at least ${LIMITS.secretChars} characters without spaces`);
  const tls = tlsOf(env);
  if (tls === undefined && !LOOPBACK.has(host))
    bad("RELAY_HOST", "without RELAY_TLS_CERT and RELAY_TLS_KEY it has to be this machine's own");
  return { port, host, secret, endpoints: endpointsOf(env), ...(tls === undefined ? {} : { tls }) };
};
