import type * as z from "zod/mini";
import { accountRoutes } from "./http-account.ts";
import { adminRoutes } from "./http-admin.ts";
import { conversationRoutes } from "./http-conversations.ts";
import { dataRoutes } from "./http-data.ts";
import { messageRoutes } from "./http-messages.ts";
import { pushRoutes } from "./http-push.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * One call of the REST contract (docs/protocol.md §4). The worker's router, the SDK and the OpenAPI
 * document are made from this table.
 */
export interface Route {
  readonly method: Method;
  /** Under `/api/v1`, with `{name}` for a path parameter. */
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodMiniType;
  readonly query?: z.ZodMiniType;
  readonly body?: z.ZodMiniType;
  /** Answers by status. `null`: no body. */
  readonly answers: Readonly<Record<number, z.ZodMiniType | null>>;
  /** What a successful answer without a schema is: a file of this type. */
  readonly file?: string;
  /** Needs no token. */
  readonly open?: true;
  /** Needs `admin` in the token's `scope`. */
  readonly admin?: true;
}

export const API_BASE = "/api/v1";
export const ROUTES = {
  ...messageRoutes,
  ...conversationRoutes,
  ...accountRoutes,
  ...pushRoutes,
  ...adminRoutes,
  ...dataRoutes,
} as const satisfies Record<string, Route>;
export type RouteName = keyof typeof ROUTES;

type SchemaOf<R, K extends string> = R extends Record<K, infer S extends z.ZodMiniType> ? z.output<S> : undefined;
/** A call's validated input: what a route handler is given. */
export interface RouteInput<N extends RouteName> {
  readonly params: SchemaOf<(typeof ROUTES)[N], "params">;
  readonly query: SchemaOf<(typeof ROUTES)[N], "query">;
  readonly body: SchemaOf<(typeof ROUTES)[N], "body">;
}
