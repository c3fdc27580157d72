import * as z from "zod/mini";
import { conversation, participant, syncAnswer } from "../../shared/protocol/conversation.ts";
import { entry } from "../../shared/protocol/entry.ts";
import { sent } from "../../shared/protocol/http-messages.ts";
import { mediaRef, message } from "../../shared/protocol/message.ts";

export type Json = Readonly<Record<string, unknown>>;

/** What is worth a name of its own wherever it comes up in an answer. */
const NAMED: readonly (readonly [name: string, schema: z.ZodMiniType])[] = [
  ["MediaRef", mediaRef],
  ["Message", message],
  ["Entry", entry],
  ["Participant", participant],
  ["Conversation", conversation],
  ["SyncAnswer", syncAnswer],
  ["Sent", sent],
];

export const refTo = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** `listMessages` + `Answer` → `ListMessagesAnswer`; `presence_subscribe` + `Command` → `PresenceSubscribeCommand`. */
export const componentName = (name: string, suffix: string): string =>
  name.replaceAll(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase()) + suffix;

/**
 * Collects schemas under names and turns them into JSON Schema 2020-12 that refers to each other by those names.
 * What goes in (`input`: defaults may be missing) and what comes out are different schemas of one definition.
 */
export class Components {
  readonly #io: "input" | "output";
  readonly #registry = z.registry<{ id: string }>();

  constructor(io: "input" | "output") {
    this.#io = io;
    if (io === "output") for (const [name, schema] of NAMED) this.add(name, schema);
  }

  /** A reference to `schema`, under `name` unless it has one already. */
  add(name: string, schema: z.ZodMiniType): Json {
    const known = this.#registry.get(schema)?.id;
    if (known === undefined) this.#registry.add(schema, { id: name });
    return refTo(known ?? name);
  }

  toJson(): Record<string, Json> {
    const { schemas } = z.toJSONSchema(this.#registry, {
      io: this.#io,
      uri: (id) => `#/components/schemas/${id}`,
    });
    return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withoutAddress(schema)]));
  }
}

const withoutAddress = ({ $schema: _dialect, $id: _address, id: _name, ...schema }: Json): Json => schema;

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

/** Digits in a query or a path are a number to whoever reads the document. */
const asParameter = (schema: Json): Json =>
  schema["pattern"] === String.raw`^\d{1,15}$` ? { type: "integer", minimum: 0 } : schema;

/** An object of parameters as OpenAPI lists them. */
export const parametersOf = (schema: z.ZodMiniType | undefined, place: "path" | "query"): Json[] => {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" }) as ObjectSchema;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: asParameter(property),
  }));
};
