import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/shared/protocol/commands.ts";
import { EVENTS } from "../../src/shared/protocol/events.ts";
import { ROUTES } from "../../src/shared/protocol/http.ts";
import { useServer } from "../support/target.ts";

const target = useServer();

type Json = Record<string, unknown>;

const fetchDocument = async (name: string): Promise<Json> => {
  const { status, headers, text } = await target.anonymous.raw("GET", `/api/v1/${name}`);
  expect(status).toBe(200);
  expect(headers.get("content-type")).toMatch(/^application\/(\S+\+)?json/);
  return JSON.parse(text) as Json;
};

/** Every `$ref` of a document. */
const refsOf = (value: unknown): string[] => {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "$ref" && typeof inner === "string" ? [inner] : refsOf(inner),
  );
};

const resolve = (document: Json, ref: string): unknown => {
  let at: unknown = document;
  for (const part of ref.replace(/^#\//, "").split("/")) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined;
  }
  return at;
};

describe("healthz", () => {
  test("[HTTP-3] is 200 at the root, without a token", async () => {
    expect((await target.anonymous.raw("GET", "/healthz")).status).toBe(200);
  });
});

describe("the documents of the contract", () => {
  test("[GEN-2] OpenAPI 3.1 names every call with its method, its parameters and its answers", async () => {
    const document = await fetchDocument("openapi.json");
    expect(document["openapi"]).toMatch(/^3\.1\./);
    const servers = JSON.stringify(document["servers"] ?? []);
    const prefix = servers.includes("/api/v1") ? "" : "/api/v1";
    const paths = document["paths"] as Record<string, Json>;
    for (const [name, route] of Object.entries(ROUTES)) {
      const operation = paths[`${prefix}${route.path}`]?.[route.method.toLowerCase()] as Json | undefined;
      expect(operation, `${name}: ${route.method} ${route.path}`).toBeDefined();
      const responses = Object.keys(operation?.["responses"] ?? {});
      for (const status of Object.keys(route.answers)) expect(responses, name).toContain(status);
      const declared = JSON.stringify([operation?.["parameters"], paths[`${prefix}${route.path}`]?.["parameters"]]);
      for (const [, parameter] of route.path.matchAll(/\{(\w+)\}/g)) expect(declared).toContain(`"${parameter}"`);
      if ("body" in route) expect(operation?.["requestBody"], name).toBeDefined();
    }
  });

  test("[GEN-2] AsyncAPI 3 names every frame of both directions", async () => {
    const document = await fetchDocument("asyncapi.json");
    expect(document["asyncapi"]).toMatch(/^3\./);
    const text = JSON.stringify(document);
    for (const type of [...Object.keys(COMMANDS), ...Object.keys(EVENTS)]) expect(text, type).toContain(`"${type}"`);
    expect(text).toContain("/connect");
  });

  test.each(["openapi.json", "asyncapi.json"])("[GEN-2] every reference inside %s leads somewhere", async (name) => {
    const document = await fetchDocument(name);
    for (const ref of new Set(refsOf(document))) {
      expect(ref.startsWith("#/"), ref).toBe(true);
      expect(resolve(document, ref), ref).toBeDefined();
    }
  });
});
