import type { Identity } from "../platform/verifier.ts";
import type { EdgeBindings } from "../rpc/bindings.ts";
import type { RouteInput, RouteName } from "../shared/protocol/http.ts";

/** A call that was let in and whose input is valid. `identity` is missing on open routes only. */
export interface Call<N extends RouteName> extends RouteInput<N> {
  readonly env: EdgeBindings;
  readonly identity: Identity;
  /** Where this server is reached, such as `https://chat.example.org`. */
  readonly origin: string;
  /** The region where the caller is, as far as that is known and there are several. */
  readonly near: string | undefined;
  /** The `Range` header. */
  readonly range: string | undefined;
}

export type Handler<N extends RouteName> = (call: Call<N>) => Promise<Response>;
export type Handlers = { readonly [N in RouteName]?: Handler<N> };
