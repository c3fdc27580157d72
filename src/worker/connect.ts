import { connected, LEFT } from "../platform/connected.ts";
import { isListedOrigin, isOwnOrigin } from "../platform/origins.ts";
import type { EdgeBindings } from "../rpc/bindings.ts";
import { CONNECT_HEADERS } from "../rpc/user-rpc.ts";
import { CLOSE } from "../shared/close-codes.ts";
import { DEVICE_ID } from "../shared/ids.ts";
import { LIMITS } from "../shared/limits.ts";
import { BEARER_SUBPROTOCOL, SUBPROTOCOL } from "../shared/protocol/version.ts";
import { refuse } from "../shared/result.ts";
import { admitArrival } from "./arrivals.ts";
import { authenticate, DEVICE_REMOVED, offeredProtocols } from "./authenticate.ts";
import { problem } from "./problem.ts";
import { labelOf } from "./user-agent.ts";

const refused = (...args: Parameters<typeof refuse>): Response => problem(refuse(...args).refusal);

/** The subprotocols that name a version of the contract. */
const versionsOf = (request: Request): string[] =>
  offeredProtocols(request).filter((name) => !name.startsWith(BEARER_SUBPROTOCOL));

/** Refused on a socket that is closed at once: only there can a browser see why. */
const closeAtOnce = (code: number, reason: string, request: Request): Response => {
  const { 0: client, 1: socket } = new WebSocketPair();
  socket.accept();
  socket.close(code, reason);
  const versions = versionsOf(request);
  const version = versions.includes(SUBPROTOCOL) ? SUBPROTOCOL : versions[0];
  const headers = new Headers(version === undefined ? {} : { "sec-websocket-protocol": version });
  return new Response(null, { status: 101, webSocket: client, headers });
};

/** Whoever connects as pages do, by origin or with the token as a subprotocol, is shown no status by his platform. */
const seesNoStatus = (request: Request): boolean =>
  request.headers.has("origin") || offeredProtocols(request).some((name) => name.startsWith(BEARER_SUBPROTOCOL));

const tooFast = (request: Request, waitMs: number): Response =>
  seesNoStatus(request)
    ? closeAtOnce(CLOSE.tooFast, String(waitMs), request)
    : refused("rate_limited", "unable to connect; too much at once", { retry_after_ms: waitMs });

/** `GET /api/v1/connect`: lets a device in, to the object of its user. */
export const connect = async (request: Request, env: EdgeBindings): Promise<Response> => {
  const url = new URL(request.url);
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
    return refused("bad_request", "unable to connect; this address speaks WebSocket");
  const origin = request.headers.get("origin");
  const foreign = origin !== null && !isOwnOrigin(request, origin) ? origin : null;
  if (foreign !== null && !isListedOrigin(env, foreign))
    return refused("forbidden", "unable to connect; the origin is not allowed");
  if (connected.leaving) return closeAtOnce(CLOSE.restart, LEFT, request);
  // Before the token is looked at: that costs.
  const wait = admitArrival(env, request);
  if (wait > 0) return tooFast(request, wait);
  const identity = await authenticate(env, request);
  if (!identity.ok) return problem(identity.refusal);
  const versions = versionsOf(request);
  if (versions[0] !== undefined && !versions.includes(SUBPROTOCOL))
    return closeAtOnce(CLOSE.versionUnsupported, `speak ${SUBPROTOCOL}`, request);
  const device = identity.value.device_id ?? url.searchParams.get("device_id");
  if (device === null || !DEVICE_ID.test(device))
    return refused("bad_request", "unable to connect; device_id is missing or malformed");
  const since = url.searchParams.get("since");
  if (since !== null && !/^\d{1,15}$/.test(since))
    return refused("bad_request", "unable to connect; since is not a rev");
  const label = labelOf(request.headers.get("user-agent") ?? "");
  const name = url.searchParams.get("name") ?? label.name ?? null;
  const platform = url.searchParams.get("platform") ?? label.platform ?? null;
  if ((name?.length ?? 0) > LIMITS.deviceNameChars || (platform?.length ?? 0) > LIMITS.platformChars)
    return refused("bad_request", "unable to connect; name or platform is too long");
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  if (versions.length > 0) headers.set("sec-websocket-protocol", SUBPROTOCOL);
  else headers.delete("sec-websocket-protocol");
  // Set or deleted, never passed through: a client's own headers of these names say nothing.
  const told = {
    device,
    issued: String(identity.value.issuedAt),
    expires: String(identity.value.expiresAt),
    since,
    origin: foreign,
    name: name && encodeURIComponent(name),
    platform: platform && encodeURIComponent(platform),
  };
  for (const [header, value] of Object.entries(told) as [keyof typeof told, string | null][]) {
    if (value === null || value === "") headers.delete(CONNECT_HEADERS[header]);
    else headers.set(CONNECT_HEADERS[header], value);
  }
  const answer = await env.USER.getByName(identity.value.user_id).fetch(new Request(request, { headers }));
  if (answer.status === 401) return problem(DEVICE_REMOVED.refusal);
  return answer.status === 429 ? tooFast(request, Number(answer.headers.get(CONNECT_HEADERS.wait))) : answer;
};
