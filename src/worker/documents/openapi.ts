import { ERROR_CODES } from "../../shared/errors.ts";
import { LIMITS } from "../../shared/limits.ts";
import { API_BASE, ROUTES } from "../../shared/protocol/http.ts";
import type { Route } from "../../shared/protocol/http.ts";
import { PROTOCOL_VERSION } from "../../shared/protocol/version.ts";
import { componentName, Components, parametersOf, refTo } from "./components.ts";
import type { Json } from "./components.ts";

const JSON_TYPE = "application/json";
const PROBLEM_TYPE = "application/problem+json";

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  200: "Done; of a repeated write: what the first one made",
  201: "Made",
  202: "Begun",
  204: "Done",
  206: "A part of it",
  302: "Moved to a short-lived address",
};

const PROBLEM: Json = {
  type: "object",
  description: "RFC 9457, with the stable code of the contract",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", enum: ERROR_CODES },
    message: { type: "string" },
    retry_after_ms: { type: "integer", minimum: 0, description: "Milliseconds to wait before a retry" },
    epoch: { type: "integer", minimum: 0, description: "With stale_epoch: the current one" },
  },
  required: ["type", "title", "status", "code"],
};

/** What has no row in the table of routes: the root, the socket and the documents themselves. */
const FURTHER_PATHS: Json = {
  "/connect": {
    get: {
      operationId: "connect",
      summary: "The WebSocket; its frames are described by asyncapi.json",
      parameters: [
        { name: "device_id", in: "query", required: false, schema: { type: "string" } },
        { name: "since", in: "query", required: false, schema: { type: "integer", minimum: 0 } },
        { name: "attempt", in: "query", required: false, schema: { type: "integer", minimum: 0 } },
        { name: "name", in: "query", required: false, schema: { type: "string", maxLength: LIMITS.deviceNameChars } },
        { name: "platform", in: "query", required: false, schema: { type: "string", maxLength: LIMITS.platformChars } },
      ],
      responses: {
        101: { description: "Switching to the subprotocol chat.v1" },
        default: { $ref: "#/components/responses/Problem" },
      },
    },
  },
  "/healthz": {
    servers: [{ url: "/" }],
    get: {
      operationId: "healthz",
      summary: "Whether the server serves",
      security: [],
      responses: { 200: { description: "It does" } },
    },
  },
};

const contentOf = (route: Route, answer: Json | undefined): Json => {
  if (answer !== undefined) return { content: { [JSON_TYPE]: { schema: answer } } };
  return route.file === undefined
    ? {}
    : { content: { [route.file]: { schema: { type: "string", format: "binary" } } } };
};

const responsesOf = (name: string, route: Route, outputs: Components): Json => {
  const responses: Record<string, Json> = { default: { $ref: "#/components/responses/Problem" } };
  for (const [status, schema] of Object.entries(route.answers)) {
    const description = DESCRIPTIONS[Number(status)] ?? "Done";
    const answer = schema === null ? undefined : outputs.add(componentName(name, "Answer"), schema);
    responses[status] = { description, ...contentOf(route, answer) };
  }
  return responses;
};

const operationOf = (name: string, route: Route, inputs: Components, outputs: Components): Json => {
  const parameters = [...parametersOf(route.params, "path"), ...parametersOf(route.query, "query")];
  const body = route.body === undefined ? undefined : inputs.add(componentName(name, "Body"), route.body);
  return {
    operationId: name,
    summary: route.summary,
    ...(route.admin === true ? { description: "Needs `admin` in the token's `scope`." } : {}),
    ...(route.open === true ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined ? {} : { requestBody: { required: true, content: { [JSON_TYPE]: { schema: body } } } }),
    responses: responsesOf(name, route, outputs),
  };
};

const make = (): Json => {
  const inputs = new Components("input");
  const outputs = new Components("output");
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const operations = (paths[route.path] ??= {});
    operations[route.method.toLowerCase()] = operationOf(name, route, inputs, outputs);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Parley",
      version: String(PROTOCOL_VERSION),
      summary: "The REST half of the chat contract",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: API_BASE }],
    security: [{ bearer: [] }],
    paths: { ...paths, ...FURTHER_PATHS },
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      schemas: { ...outputs.toJson(), ...inputs.toJson(), Problem: PROBLEM },
      responses: {
        Problem: { description: "Refused", content: { [PROBLEM_TYPE]: { schema: refTo("Problem") } } },
      },
    },
  };
};

let made: Json | undefined;

/** The REST contract as an OpenAPI 3.1 document, made from the table of routes on the first call. */
export const openApiDocument = (): Json => (made ??= make());
