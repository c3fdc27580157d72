import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../../src/shared/errors.ts";
import { COMMANDS } from "../../src/shared/protocol/commands.ts";
import { EVENTS } from "../../src/shared/protocol/events.ts";
import { ROUTES } from "../../src/shared/protocol/http.ts";
import type { Route } from "../../src/shared/protocol/http.ts";
import { asyncApiDocument } from "../../src/worker/documents/asyncapi.ts";
import { openApiDocument } from "../../src/worker/documents/openapi.ts";

type Node = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: unknown;
  readonly responses: Record<string, unknown>;
  readonly security?: readonly unknown[];
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;

const refsIn = (value: unknown): string[] => {
  if (!isNode(value)) return [];
  const own = typeof value["$ref"] === "string" ? [value["$ref"]] : [];
  return [...own, ...Object.values(value).flatMap(refsIn)];
};

const follow = (document: unknown, ref: string): unknown =>
  ref
    .replace(/^#\//, "")
    .split("/")
    .reduce<unknown>(
      (node, key) => (isNode(node) ? node[key.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined),
      document,
    );

const plain = (document: unknown): Node => JSON.parse(JSON.stringify(document)) as Node;

const openApi = plain(openApiDocument());
const asyncApi = plain(asyncApiDocument());
const operationOf = ({ path, method }: Route): Operation | undefined =>
  (openApi["paths"] as Record<string, Record<string, Operation>>)[path]?.[method.toLowerCase()];

describe.each([
  ["OpenAPI", openApi],
  ["AsyncAPI", asyncApi],
])("[GEN-2] the %s document", (_title, document) => {
  it("refers only to what is in it", () => {
    const refs = new Set(refsIn(document));
    expect(refs.size).toBeGreaterThan(20);
    expect([...refs].filter((ref) => !ref.startsWith("#/") || follow(document, ref) === undefined)).toEqual([]);
  });

  it("names what comes up again and again", () => {
    const refs = refsIn(document);
    expect(refs).toContain("#/components/schemas/Conversation");
    expect(refs).toContain("#/components/schemas/Message");
    expect(refs).toContain("#/components/schemas/Entry");
  });

  it("is no larger than a document should be, and made once", () => {
    expect(JSON.stringify(document).length).toBeLessThan(150_000);
    expect(openApiDocument()).toBe(openApiDocument());
    expect(asyncApiDocument()).toBe(asyncApiDocument());
  });
});

describe("[GEN-2] the OpenAPI document", () => {
  it("is 3.1, under /api/v1, with a bearer token", () => {
    expect(openApi["openapi"]).toBe("3.1.0");
    expect(openApi["servers"]).toEqual([{ url: "/api/v1" }]);
    expect(follow(openApi, "#/components/securitySchemes/bearer")).toMatchObject({ type: "http", scheme: "bearer" });
  });

  it.each(Object.entries<Route>(ROUTES))("has %s with its parameters, body and answers", (name, route) => {
    const operation = operationOf(route);
    expect(operation?.operationId).toBe(name);
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, parameter = ""]) => parameter);
    const declared = (operation?.parameters ?? []).filter((parameter) => parameter.in === "path");
    expect(declared.map((parameter) => parameter.name).toSorted()).toEqual(inPath.toSorted());
    expect(declared.every((parameter) => parameter.required)).toBe(true);
    expect(operation?.requestBody !== undefined).toBe(route.body !== undefined);
    expect(Object.keys(operation?.responses ?? {}).toSorted()).toEqual(
      [...Object.keys(route.answers), "default"].toSorted(),
    );
    expect(operation?.security).toEqual(route.open === true ? [] : undefined);
  });

  it("does not use an operation id twice", () => {
    const paths = openApi["paths"] as Record<string, Record<string, Partial<Operation>>>;
    const ids = Object.values(paths).flatMap((operations) =>
      Object.values(operations).flatMap(({ operationId }) => operationId ?? []),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(Object.keys(ROUTES).length + 2);
  });

  it("[ERR-1] describes refusals with the codes of the contract", () => {
    expect(follow(openApi, "#/components/schemas/Problem/properties/code/enum")).toEqual(ERROR_CODES);
    expect(follow(openApi, "#/components/responses/Problem/content")).toHaveProperty("application/problem+json");
  });

  it("leaves out what has a default from what a client must give, and shows numbers as numbers", () => {
    const body = follow(openApi, "#/components/schemas/SendMessageBody");
    expect(body).toMatchObject({ required: ["conversation_id", "client_message_id", "content"] });
    const sync = operationOf(ROUTES.sync)?.parameters?.find(({ name }) => name === "since");
    expect(sync).toMatchObject({ required: false, schema: { type: "integer" } });
  });
});

describe("[GEN-2] the AsyncAPI document", () => {
  it("has every frame, in its direction", () => {
    expect(asyncApi["asyncapi"]).toMatch(/^3\./);
    const typesOf = (operation: string): unknown[] => {
      const refs = follow(asyncApi, `#/operations/${operation}/messages`) as { $ref: string }[];
      return refs.map(({ $ref }) => {
        const { $ref: target } = follow(asyncApi, $ref) as { $ref: string };
        const message = follow(asyncApi, target) as { name: string; payload: { $ref: string } };
        expect(follow(asyncApi, `${message.payload.$ref}/properties/type/const`)).toBe(message.name);
        return message.name;
      });
    };
    expect(typesOf("receiveCommands")).toEqual(Object.keys(COMMANDS));
    expect(typesOf("sendEvents")).toEqual(Object.keys(EVENTS));
  });
});
