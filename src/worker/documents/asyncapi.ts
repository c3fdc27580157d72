import type * as z from "zod/mini";
import { COMMANDS } from "../../shared/protocol/commands.ts";
import { EVENTS } from "../../shared/protocol/events.ts";
import { API_BASE } from "../../shared/protocol/http.ts";
import { BEARER_SUBPROTOCOL, PROTOCOL_VERSION, SUBPROTOCOL } from "../../shared/protocol/version.ts";
import { componentName, Components } from "./components.ts";
import type { Json } from "./components.ts";

const CHANNEL = { $ref: "#/channels/connect" };

/** Frames of one direction as messages, by their `type`. */
const messagesOf = (
  frames: Readonly<Record<string, z.ZodMiniType>>,
  suffix: "Command" | "Event",
  components: Components,
): Record<string, Json> => {
  const messages: Record<string, Json> = {};
  for (const [type, schema] of Object.entries(frames)) {
    const name = componentName(type, suffix);
    messages[name] = { name: type, contentType: "application/json", payload: components.add(name, schema) };
  }
  return messages;
};

const inChannel = (messages: Json): Json[] =>
  Object.keys(messages).map((name) => ({ $ref: `#/channels/connect/messages/${name}` }));

const bindings = {
  ws: {
    method: "GET",
    query: {
      type: "object",
      properties: {
        device_id: { type: "string", description: "When the token names none" },
        since: { type: "integer", minimum: 0, description: "The rev that the device knows: `sync` follows `welcome`" },
      },
    },
    headers: {
      type: "object",
      properties: {
        Authorization: { type: "string", description: "Bearer <jwt>, where the client can set it" },
        "Sec-WebSocket-Protocol": {
          type: "string",
          description: `In browsers: ${SUBPROTOCOL}, ${BEARER_SUBPROTOCOL}<jwt>. The server selects ${SUBPROTOCOL}.`,
        },
      },
    },
  },
};

const make = (): Json => {
  const inputs = new Components("input");
  const outputs = new Components("output");
  const commands = messagesOf(COMMANDS, "Command", inputs);
  const events = messagesOf(EVENTS, "Event", outputs);
  const messages = { ...commands, ...events };
  const references = Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Parley",
      version: String(PROTOCOL_VERSION),
      description: "The WebSocket half of the chat contract. The literal text `ping` is answered with `pong`.",
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    channels: {
      connect: { address: `${API_BASE}/connect`, messages: Object.fromEntries(references), bindings },
    },
    operations: {
      receiveCommands: {
        action: "receive",
        channel: CHANNEL,
        summary: "Client to server",
        security: [{ $ref: "#/components/securitySchemes/bearer" }],
        messages: inChannel(commands),
      },
      sendEvents: { action: "send", channel: CHANNEL, summary: "Server to client", messages: inChannel(events) },
    },
    components: {
      messages,
      schemas: { ...outputs.toJson(), ...inputs.toJson() },
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
};

let made: Json | undefined;

/** The WebSocket contract as an AsyncAPI 3 document, made from the frames' schemas on the first call. */
export const asyncApiDocument = (): Json => (made ??= make());
