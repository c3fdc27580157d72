import { readAuthConfig } from "../platform/auth-config.ts";
import type { AuthConfig } from "../platform/auth-config.ts";
import { regionsOf } from "../platform/regions.ts";
import { log } from "../platform/telemetry.ts";
import { createVerifier } from "../platform/verifier.ts";
import type { Identity, Verifier } from "../platform/verifier.ts";
import type { Settings } from "../rpc/bindings.ts";
import { refuse } from "../shared/result.ts";
import type { Result } from "../shared/result.ts";
import { BEARER_SUBPROTOCOL } from "../shared/protocol/version.ts";

/** Why the settings cannot be used, if so: whoever could sign in as anybody, or data that would go to a wrong place. */
const wrongIn = (settings: Settings, config: Result<AuthConfig>): string | undefined => {
  if (!config.ok) return config.refusal.message;
  const [problem] = regionsOf(settings).problems;
  return problem && `unable to start; ${problem.setting}: ${problem.reason}`;
};

interface Auth {
  readonly config: AuthConfig;
  readonly verifier: Verifier;
}

/** Per set of bindings, of which an isolate has one: key sets are cached in the verifier. */
const prepared = new WeakMap<Settings, Result<Auth>>();

/** How this server checks tokens, or why it serves nobody. */
export const authOf = (settings: Settings): Result<Auth> => {
  const known = prepared.get(settings);
  if (known) return known;
  const config = readAuthConfig(settings);
  const wrong = wrongIn(settings, config);
  if (wrong !== undefined) log({ event: "misconfigured", reason: wrong });
  const auth: Result<Auth> =
    config.ok && wrong === undefined
      ? { ok: true, value: { config: config.value, verifier: createVerifier(config.value) } }
      : // Why is the operator's to know: it is in the log.
        refuse("internal", "unable to serve; the server is not configured");
  prepared.set(settings, auth);
  return auth;
};

/** The subprotocols that a WebSocket upgrade offers. */
export const offeredProtocols = (request: Request): string[] =>
  (request.headers.get("sec-websocket-protocol") ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

const tokenOf = (request: Request): string | undefined => {
  const bearer = /^Bearer +([^ ]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return (
    bearer ??
    offeredProtocols(request)
      .find((name) => name.startsWith(BEARER_SUBPROTOCOL))
      ?.slice(BEARER_SUBPROTOCOL.length)
  );
};

/** Who makes this request: by header, or, where a browser cannot set one, by subprotocol. Never by address. */
export const authenticate = async (settings: Settings, request: Request): Promise<Result<Identity>> => {
  const auth = authOf(settings);
  if (!auth.ok) return auth;
  const token = tokenOf(request);
  return token === undefined
    ? refuse("unauthenticated", "unable to sign in; the token is missing")
    : auth.value.verifier.verify(token);
};
