import path from "node:path";
import { pushSettingsOf } from "./push-settings.ts";
import type { PushSettings } from "./push-settings.ts";
import { archiveSettingsOf } from "./archive-settings.ts";
import type { ArchiveSettings } from "./archive-settings.ts";
import { regionSettingsOf } from "./region-settings.ts";
import type { RegionSettings } from "./region-settings.ts";

/** What the operator decides, read once from the environment and known to be valid. */
export interface Settings {
  /** 0 asks for any free port. */
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly environment: "development" | "production";
  readonly authMode: "dev" | "jwt";
  /** HS256 secret. Absent with JWKS, and in dev mode until the data directory has one. */
  readonly authSecret?: string;
  readonly authJwksUrl?: string;
  readonly authIssuer?: string;
  readonly authAudience?: string;
  readonly allowedOrigins: readonly string[];
  readonly regions: RegionSettings;
  readonly archive: ArchiveSettings;
  /** Archived months that are older than this lie in files. Absent: none do. */
  readonly coldDays?: number;
  /** Sends per user: sustained a second, and at once. Absent: the server's own defaults. */
  readonly sendRate?: number;
  readonly sendBurst?: number;
  /** What a conversation keeps at hand at least: newest entries, and days. Absent: the server's own defaults. */
  readonly hotEntries?: number;
  readonly hotDays?: number;
  /** Connects per address: sustained a second (0: without bound), and at once. Absent: the server's own defaults. */
  readonly connectRate?: number;
  readonly connectBurst?: number;
  /** The header in which the operator's proxy says who connects. Absent: whoever is at the other end does. */
  readonly clientAddressHeader?: string;
  /** Whether the server fetches pages that people link to. */
  readonly linkPreviews: boolean;
  readonly archiveBackupDays?: number | undefined;
  readonly push: PushSettings;
  /** Requests to one push service: sustained a second, and at once. Absent: the server's own defaults. */
  readonly pushRate?: number;
  readonly pushBurst?: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be used. The message is one line, meant for the operator. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const bad = (name: string, reason: string): never => {
  throw new SettingsError(`bad setting ${name}: ${reason}`);
};

/** What stands in the development configuration and in everybody's first attempt: refused in production. */
const KNOWN_SECRETS =
  /^(development-only-secret-of-parley-0123456789|(secret|changeme|change-me|password|default|test)+)$/i;
/** RFC 7518 §3.2: a key for HS256 is at least as long as its hash. */
const MIN_SECRET_BYTES = 32;
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

export const isLoopback = (hostname: string): boolean => LOOPBACK.has(hostname) || hostname === "::1";

/** Empty means not given: `AUTH_ISSUER= npm start` is how shells and compose files leave a setting out. */
const given = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined;

const oneOf = <T extends string>(env: Environment, name: string, allowed: readonly T[], fallback: T): T => {
  const value = given(env, name) ?? fallback;
  return allowed.find((known) => known === value) ?? bad(name, `"${value}" is not one of ${allowed.join(", ")}`);
};

const wholeNumber = (env: Environment, name: string, min: number, max: number): number | undefined => {
  const text = given(env, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : bad(name, `"${text}" is not a whole number from ${min} to ${max}`);
};

const positive = (env: Environment, name: string): number | undefined => {
  const text = given(env, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,7}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  return value > 0 ? value : bad(name, `"${text}" is not a number above 0`);
};

const hostOf = (env: Environment): string => {
  const host = given(env, "HOST") ?? "127.0.0.1";
  return /^[A-Za-z0-9.:_-]{1,255}$/.test(host) ? host : bad("HOST", `"${host}" is not a host name or an IP address`);
};

const headerOf = (env: Environment, name: string): string | undefined => {
  const header = given(env, name);
  return header === undefined || /^[A-Za-z0-9-]{1,64}$/.test(header)
    ? header
    : bad(name, `"${header}" is not the name of a header`);
};

const originsOf = (env: Environment): string[] =>
  (given(env, "ALLOWED_ORIGINS") ?? "")
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "")
    .map((origin) => {
      const url = URL.parse(origin);
      const isOrigin = url !== null && url.origin === origin && /^https?:$/.test(url.protocol);
      return isOrigin
        ? origin
        : bad("ALLOWED_ORIGINS", `"${origin}" is not an origin such as https://chat.example.com`);
    });

const jwksOf = (env: Environment): string | undefined => {
  const text = given(env, "AUTH_JWKS_URL");
  if (text === undefined) return undefined;
  const url = URL.parse(text) ?? bad("AUTH_JWKS_URL", `"${text}" is not a URL`);
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  return isSafe ? url.href : bad("AUTH_JWKS_URL", "it must begin with https: (http: only on this machine itself)");
};

const checkSecret = (secret: string, environment: Settings["environment"]): void => {
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) bad("AUTH_SECRET", `it needs at least ${MIN_SECRET_BYTES} bytes`);
  if (environment === "production" && KNOWN_SECRETS.test(secret)) {
    bad("AUTH_SECRET", "a well-known value; production needs a random one");
  }
};

type Auth = Pick<Settings, "environment" | "authMode" | "authSecret" | "authJwksUrl" | "authIssuer" | "authAudience">;

const authOf = (env: Environment): Auth => {
  const authSecret = given(env, "AUTH_SECRET");
  const authJwksUrl = jwksOf(env);
  const environment = oneOf(env, "ENVIRONMENT", ["development", "production"], "development");
  const hasKey = authSecret !== undefined || authJwksUrl !== undefined;
  const authMode = oneOf(env, "AUTH_MODE", ["dev", "jwt"], hasKey ? "jwt" : "dev");
  if (environment === "production" && authMode === "dev") {
    bad("AUTH_MODE", "dev lets anyone sign in as anyone; ENVIRONMENT=production needs jwt");
  }
  if (authMode === "jwt" && !hasKey) bad("AUTH_MODE", "jwt needs AUTH_SECRET or AUTH_JWKS_URL");
  if (authMode === "dev" && authJwksUrl !== undefined) bad("AUTH_JWKS_URL", "it needs AUTH_MODE=jwt");
  if (authSecret !== undefined && authJwksUrl !== undefined) {
    bad("AUTH_SECRET", "give either AUTH_SECRET or AUTH_JWKS_URL, not both");
  }
  if (authSecret !== undefined) checkSecret(authSecret, environment);
  const authIssuer = given(env, "AUTH_ISSUER");
  const authAudience = given(env, "AUTH_AUDIENCE");
  return { environment, authMode, authSecret, authJwksUrl, authIssuer, authAudience };
};

const pushOf = (env: Environment, environment: Settings["environment"]): PushSettings => {
  const push = pushSettingsOf(env, environment);
  return "problem" in push ? bad(push.problem.setting, push.problem.reason) : push;
};

const regionsIn = (env: Environment): RegionSettings => {
  const regions = regionSettingsOf(env);
  return "problem" in regions ? bad(regions.problem.setting, regions.problem.reason) : regions;
};

const archiveIn = (env: Environment, { names }: RegionSettings): ArchiveSettings => {
  const archive = archiveSettingsOf(env, names);
  return "problem" in archive ? bad(archive.problem.setting, archive.problem.reason) : archive;
};

/**
 * The settings that `env` describes.
 * @throws {SettingsError} naming the first setting that cannot be used and why, in one line
 */
export const readSettings = (env: Environment): Settings => {
  const auth = authOf(env);
  const regions = regionsIn(env);
  return {
    port: wholeNumber(env, "PORT", 0, 65_535) ?? 8787,
    host: hostOf(env),
    dataDir: path.resolve(given(env, "DATA_DIR") ?? "./data"),
    ...auth,
    allowedOrigins: originsOf(env),
    regions,
    archive: archiveIn(env, regions),
    coldDays: wholeNumber(env, "COLD_DAYS", 1, 36_500),
    sendRate: positive(env, "SEND_RATE"),
    sendBurst: wholeNumber(env, "SEND_BURST", 1, 1_000_000),
    hotEntries: wholeNumber(env, "HOT_ENTRIES", 1, 1_000_000),
    hotDays: wholeNumber(env, "HOT_DAYS", 0, 36_500),
    connectRate: wholeNumber(env, "CONNECT_RATE", 0, 1_000_000),
    connectBurst: wholeNumber(env, "CONNECT_BURST", 1, 1_000_000),
    clientAddressHeader: headerOf(env, "CLIENT_ADDRESS_HEADER"),
    archiveBackupDays: wholeNumber(env, "ARCHIVE_BACKUP_DAYS", 0, 36_500),
    linkPreviews: oneOf(env, "LINK_PREVIEWS", ["on", "off"], "off") === "on",
    push: pushOf(env, auth.environment),
    pushRate: positive(env, "PUSH_RATE"),
    pushBurst: wholeNumber(env, "PUSH_BURST", 1, 1_000_000),
  };
};
