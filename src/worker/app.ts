import { Hono } from "hono";
import type { Context } from "hono";
import { cors } from "hono/cors";
import { isListedOrigin } from "../platform/origins.ts";
import { log, reasonOf } from "../platform/telemetry.ts";
import type { EdgeBindings } from "../rpc/bindings.ts";
import { API_BASE, ROUTES } from "../shared/protocol/http.ts";
import type { Route, RouteName } from "../shared/protocol/http.ts";
import { refuse } from "../shared/result.ts";
import { authenticate, authOf } from "./authenticate.ts";
import { audited } from "./audited.ts";
import { connect } from "./connect.ts";
import { asyncApiDocument } from "./documents/asyncapi.ts";
import { openApiDocument } from "./documents/openapi.ts";
import type { Call, Handler, Handlers } from "./handler.ts";
import { nearOf } from "./near.ts";
import { json, problem } from "./problem.ts";
import { accountHandlers } from "./routes/account.ts";
import { auditHandlers } from "./routes/audit.ts";
import { blockHandlers } from "./routes/blocks.ts";
import { conversationHandlers } from "./routes/conversations.ts";
import { deadLetterHandlers } from "./routes/dead-letters.ts";
import { devHandlers } from "./routes/dev.ts";
import { erasureHandlers } from "./routes/erasures.ts";
import { exportHandlers } from "./routes/exports.ts";
import { importHandlers } from "./routes/import.ts";
import { dutyHandlers } from "./routes/duties.ts";
import { memberHandlers } from "./routes/members.ts";
import { messageHandlers } from "./routes/messages.ts";
import { previewHandlers } from "./routes/preview.ts";
import { pushHandlers } from "./routes/push.ts";
import { searchHandlers } from "./routes/search.ts";
import { withSecurityHeaders } from "./security-headers.ts";
import { validate } from "./validate.ts";

type EdgeContext = Context<{ Bindings: EdgeBindings }>;

const HANDLERS: Handlers = {
  ...messageHandlers,
  ...conversationHandlers,
  ...memberHandlers,
  ...accountHandlers,
  ...blockHandlers,
  ...previewHandlers,
  ...pushHandlers,
  ...searchHandlers,
  ...deadLetterHandlers,
  ...auditHandlers,
  ...importHandlers,
  ...exportHandlers,
  ...erasureHandlers,
  ...dutyHandlers,
  ...devHandlers,
};

/** Lets a request in, checks what it brings, and hands it to what answers the route. */
const serve = async (
  name: RouteName,
  route: Route,
  handler: Handler<RouteName> | undefined,
  context: EdgeContext,
): Promise<Response> => {
  const { env } = context;
  const request = context.req.raw;
  const identity = route.open ? undefined : await authenticate(env, request);
  if (identity?.ok === false) return problem(identity.refusal);
  if (route.admin && !identity?.value.isAdmin)
    return problem(refuse("forbidden", "unable to do this; it takes the scope admin").refusal);
  if (!handler) return problem(refuse("unsupported", "unable to do this; this server does not support it").refusal);
  const input = await validate(route, request, context.req.param());
  if (!input.ok) return problem(input.refusal);
  const { origin } = new URL(request.url);
  // The schemas of the route made the input, and the handler's type is made of the same schemas.
  const range = request.headers.get("range") ?? undefined;
  const near = nearOf(env, identity?.value, request);
  const call = { env, identity: identity?.value, origin, near, range, ...input.value } as Call<RouteName>;
  const handle = route.admin
    ? () => audited(name, call, () => handler(call), route.method === "GET")
    : () => handler(call);
  return identity ? admitted(route, handle, call) : handle();
};

/** A token may name a device that was removed, or an account that is suspended. What only reads is read meanwhile, and thrown away if so. */
const admitted = async (
  route: Route,
  handle: () => Promise<Response>,
  { env, identity }: Call<RouteName>,
): Promise<Response> => {
  const { user_id, device_id, issuedAt } = identity;
  const asked = env.USER.getByName(user_id).admits(device_id, issuedAt);
  // What an operator reads is entered: it is read when he may.
  if (route.method !== "GET" || route.admin) {
    const admission = await asked;
    return admission.ok ? handle() : problem(admission.refusal);
  }
  const [admission, response] = await Promise.all([asked, handle()]);
  return admission.ok ? response : problem(admission.refusal);
};

const app = new Hono<{ Bindings: EdgeBindings }>();

// Before everything that touches answers: an upgrade's must go out as the object made it.
app.get(`${API_BASE}/connect`, (context) => connect(context.req.raw, context.env));

app.get("/healthz", ({ env }) => {
  const auth = authOf(env);
  return auth.ok ? json('{"status":"ok"}') : problem(auth.refusal);
});

app.use(
  `${API_BASE}/*`,
  cors({
    origin: (origin, { env }: EdgeContext) => (isListedOrigin(env, origin) ? origin : null),
    allowHeaders: ["authorization", "content-type"],
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    maxAge: 600,
  }),
);
app.get(`${API_BASE}/openapi.json`, () => json(JSON.stringify(openApiDocument())));
app.get(`${API_BASE}/asyncapi.json`, () => json(JSON.stringify(asyncApiDocument())));

for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
  const handler = HANDLERS[name];
  const path = API_BASE + route.path.replaceAll(/\{(\w+)\}/g, ":$1");
  app.on(route.method, path, (context) => serve(name, route, handler, context));
}

app.all("/api/*", () => problem(refuse("not_found", "unable to find it; there is no such call").refusal));
app.get("*", async ({ env, req }) => withSecurityHeaders(await env.ASSETS.fetch(req.raw)));
app.notFound(() => problem(refuse("not_found", "unable to find it").refusal));
app.onError((error, { req }) => {
  log({ event: "request_failed", route: req.path.split("/").slice(0, 4).join("/"), reason: reasonOf(error) });
  return problem(refuse("internal", "unable to answer; something went wrong on our side").refusal);
});

export { app };
