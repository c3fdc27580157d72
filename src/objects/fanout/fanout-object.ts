import { DurableObject } from "cloudflare:workers";
import type { Delivery, DeliveryAnswer } from "../../core/conversation/delivery.ts";
import type { Relay, RelayAnswer } from "../../core/fanout/relay.ts";
import { Slice } from "../../core/fanout/slice.ts";
import { deliverTo } from "../../platform/deliver.ts";
import { Stubs } from "../../platform/stubs.ts";
import { systemClock, systemRandom, systemTimers } from "../../platform/world.ts";
import type { FanoutBindings } from "../../rpc/bindings.ts";
import type { FanoutRpc } from "../../rpc/fanout-rpc.ts";
import type { MemberRpc } from "../../rpc/user-rpc.ts";
import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";

/** A slice of a large conversation. It stores nothing: what it knows comes with each call. */
export class FanoutObject extends DurableObject<FanoutBindings> implements FanoutRpc {
  readonly #slice: Slice;

  constructor(ctx: DurableObjectState, env: FanoutBindings) {
    super(ctx, env);
    const members = new Stubs<MemberRpc>(env.USER, LIMITS.sliceMembers + LIMITS.stubs);
    this.#slice = new Slice({
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      deliver: (user: UserId, delivery: Delivery): Promise<DeliveryAnswer> => deliverTo(members, user, delivery),
    });
  }

  async relay(relay: Relay): Promise<RelayAnswer> {
    return this.#slice.relay(relay);
  }
}
