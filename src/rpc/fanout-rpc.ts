import type { Relay, RelayAnswer } from "../core/fanout/relay.ts";

/** What a large conversation asks of one of its slices. */
export interface FanoutRpc {
  relay(relay: Relay): Promise<RelayAnswer>;
}
