import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { RelayLimits } from "./limits.ts";
import type { RelaySettings } from "./settings.ts";

/** What is passed on to Apple, and nothing else is. */
export interface Passage {
  readonly endpoint: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why something is not: as Apple words its own, so that servers read both alike. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

const DEVICE = /^\/3\/device\/[0-9a-f]{64,200}$/;
const TOKEN = /^bearer [A-Za-z0-9_.-]{1,2048}$/;
const NAME = /^apns-[a-z-]{1,32}$/;

/** Takes as long for a wrong secret as for a right one, however much of it is right. */
const isSecret = (given: string | undefined, secret: string): boolean => {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given ?? ""), digest(`Bearer ${secret}`));
};

/** What a request asks to be passed on, or why it is not. */
export const passageOf = (
  {
    method,
    url = "",
    headers,
  }: { method?: string | undefined; url?: string | undefined; headers: IncomingHttpHeaders },
  { secret, endpoints }: Pick<RelaySettings, "secret" | "endpoints">,
  limits: RelayLimits,
): Passage | Refusal => {
  if (!isSecret(headers.authorization, secret)) return { status: 401, reason: "RelaySecret" };
  if (method !== "POST") return { status: 405, reason: "MethodNotAllowed" };
  if (!DEVICE.test(url)) return { status: 404, reason: "BadPath" };
  const endpoint = String(headers["relay-endpoint"]);
  if (!endpoints.has(endpoint)) return { status: 403, reason: "RelayEndpoint" };
  const authorization = String(headers["relay-authorization"]);
  if (!TOKEN.test(authorization)) return { status: 403, reason: "MissingProviderToken" };
  const passed = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === "string" && value.length <= limits.headerChars && NAME.test(name) ? [[name, value]] : [],
  );
  return { endpoint, path: url, headers: { ...Object.fromEntries(passed), authorization } };
};
