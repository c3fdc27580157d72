import { Gate, OPEN } from "../../core/push/gate.ts";
import type { Admission, Answered, GateState } from "../../core/push/gate.ts";
import { providerTokens } from "../../platform/push/gateways.ts";
import { IttyDurable } from "../../platform/push-gate.ts";
import { log, reasonOf } from "../../platform/telemetry.ts";
import { systemClock, systemRandom, systemTimers } from "../../platform/world.ts";
import type { PushBindings } from "../../rpc/bindings.ts";
import type { PushGateRpc } from "../../rpc/push-rpc.ts";
import { LIMITS } from "../../shared/limits.ts";

/** A variable at the edge may be anything: nobody has looked at it before. */
const positiveOr = (setting: string | undefined, usual: number): number =>
  Number(setting) > 0 ? Number(setting) : usual;

/** What lies before one push service. The provider is its name. */
export class PushGateObject extends IttyDurable implements PushGateRpc {
  /** Public: it is what is persisted. */
  kept: GateState = OPEN;
  readonly #env: PushBindings;
  #gate: Gate | undefined;

  constructor(state: DurableObjectState, env: PushBindings) {
    super(state);
    this.#env = env;
  }

  async admit(count: number): Promise<Admission> {
    return this.#opened().admit(count);
  }

  async tell(answered: Answered): Promise<true> {
    this.#opened().tell(answered);
    return true;
  }

  /** Made by the first call: what was persisted is there by then. */
  #opened(): Gate {
    this.#gate ??= this.#make();
    return this.#gate;
  }

  #make(): Gate {
    const provider = this.state.id.name ?? "";
    const { PUSH_BURST, PUSH_RATE } = this.#env;
    const tokens = providerTokens(this.#env);
    return new Gate(
      {
        clock: systemClock,
        timers: systemTimers,
        random: systemRandom,
        size: {
          burst: positiveOr(PUSH_BURST, LIMITS.pushBurst),
          perSecond: positiveOr(PUSH_RATE, LIMITS.pushPerSecond),
        },
        make: () => tokens.make(provider),
        keep: (state) => {
          this.kept = state;
          this.state.waitUntil(this.persist());
        },
        turned: (closedMs, failures) => log({ event: "push_gate", provider, closedMs, failures }),
        failed: (error) => log({ event: "object_failed", object: "push_gate", call: "token", reason: reasonOf(error) }),
      },
      this.kept,
    );
  }
}
