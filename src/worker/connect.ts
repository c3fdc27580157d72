import { SUSPENDED } from "../core/duties/suspension.ts";
import { connected, LEFT } from "../platform/connected.ts";
import { hintIn } from "../platform/placement.ts";
import { isListedOrigin, isOwnOrigin } from "../platform/origins.ts";
import type { Identity } from "../platform/verifier.ts";
import type { EdgeBindings } from "../rpc/bindings.ts";
import { CONNECT_HEADERS } from "../rpc/user-rpc.ts";
import { CLOSE } from "../shared/close-codes.ts";
import { DEVICE_ID } from "../shared/ids.ts";
import { LIMITS } from "../shared/limits.ts";
import { BEARER_SUBPROTOCOL, SUBPROTOCOL } from "../shared/protocol/version.ts";
import { refuse } from "../shared/result.ts";
import type { Result } from "../shared/result.ts";
import { admitArrival, crowd } from "./arrivals.ts";
import { authenticate, offeredProtocols } from "./authenticate.ts";
import { nearOf } from "./near.ts";
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

const suspended = (request: Request): Response =>
  seesNoStatus(request)
    ? closeAtOnce(CLOSE.suspended, "the account is suspended", request)
    : problem(SUSPENDED.refusal);

/** What the device says of itself in its address, as it is handed to the user's object. */
const saidBy = (
  request: Request,
  identity: Identity,
): Result<Partial<Record<keyof typeof CONNECT_HEADERS, string>>> => {
  const { searchParams } = new URL(request.url);
  const bad = (why: string) => refuse("bad_request", `unable to connect; ${why}`);
  const device = identity.device_id ?? searchParams.get("device_id");
  if (device === null || !DEVICE_ID.test(device)) return bad("device_id is missing or malformed");
  const numbers: { since?: string; attempt?: string } = {};
  for (const name of ["since", "attempt"] as const) {
    const text = searchParams.get(name);
    if (text !== null && !/^\d{1,15}$/.test(text)) return bad(`${name} is not a whole number`);
    if (text !== null) numbers[name] = text;
  }
  const label = labelOf(request.headers.get("user-agent") ?? "");
  const name = searchParams.get("name") ?? label.name ?? "";
  const platform = searchParams.get("platform") ?? label.platform ?? "";
  if (name.length > LIMITS.deviceNameChars || platform.length > LIMITS.platformChars)
    return bad("name or platform is too long");
  const encoded = { name: encodeURIComponent(name), platform: encodeURIComponent(platform) };
  return { ok: true, value: { device, ...numbers, ...encoded } };
};

/** To the object of the user: whoever asks is known, and speaks our language. */
const letIn = async (request: Request, env: EdgeBindings, foreign: string | null): Promise<Response> => {
  const identity = await authenticate(env, request);
  if (!identity.ok) return problem(identity.refusal);
  const versions = versionsOf(request);
  if (versions[0] !== undefined && !versions.includes(SUBPROTOCOL))
    return closeAtOnce(CLOSE.versionUnsupported, `speak ${SUBPROTOCOL}`, request);
  const said = saidBy(request, identity.value);
  if (!said.ok) return problem(said.refusal);
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  if (versions.length > 0) headers.set("sec-websocket-protocol", SUBPROTOCOL);
  else headers.delete("sec-websocket-protocol");
  const { user_id, issuedAt, expiresAt } = identity.value;
  const near = nearOf(env, identity.value, request) ?? "";
  const told = { ...said.value, near, issued: String(issuedAt), expires: String(expiresAt), origin: foreign ?? "" };
  // Set or deleted, never passed through: a client's own headers of these names say nothing.
  for (const header of Object.keys(CONNECT_HEADERS) as (keyof typeof CONNECT_HEADERS)[])
    headers.delete(CONNECT_HEADERS[header]);
  for (const [header, value] of Object.entries(told) as [keyof typeof CONNECT_HEADERS, string][])
    if (value !== "") headers.set(CONNECT_HEADERS[header], value);
  const answer = await env.USER.getByName(user_id, hintIn(env, near)).fetch(new Request(request, { headers }));
  if (answer.status === 401) return refused("unauthenticated", "unable to connect; the device was removed");
  if (answer.status === 403) return suspended(request);
  return answer.status === 429 ? tooFast(request, Number(answer.headers.get(CONNECT_HEADERS.wait))) : answer;
};

/** `GET /api/v1/connect`: lets a device in, if there is room. */
export const connect = async (request: Request, env: EdgeBindings): Promise<Response> => {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
    return refused("bad_request", "unable to connect; this address speaks WebSocket");
  const origin = request.headers.get("origin");
  const foreign = origin !== null && !isOwnOrigin(request, origin) ? origin : null;
  if (foreign !== null && !isListedOrigin(env, foreign))
    return refused("forbidden", "unable to connect; the origin is not allowed");
  if (connected.leaving) return closeAtOnce(CLOSE.restart, LEFT, request);
  // Before the token is looked at: that costs.
  const wait = admitArrival(env, request);
  return wait > 0 ? tooFast(request, wait) : crowd.during(() => letIn(request, env, foreign));
};
