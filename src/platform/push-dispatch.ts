import { Dispatch } from "../core/push/dispatch.ts";
import type { PushingBindings } from "../rpc/bindings.ts";
import type { DeadLettersRpc, PushedRpc, PushGateRpc } from "../rpc/push-rpc.ts";
import { LIMITS } from "../shared/limits.ts";
import { pushGateway } from "./push/gateways.ts";
import { gateObjects } from "./push-gate.ts";
import { callObject } from "./retry.ts";
import { Stubs } from "./stubs.ts";
import { log, reasonOf } from "./telemetry.ts";
import type { ObjectKind } from "./telemetry.ts";
import { systemClock, systemRandom, systemTimers } from "./world.ts";

const OBJECT_OF: Readonly<Record<"admit" | "tell" | "bury" | "report" | "dispatch", ObjectKind>> = {
  admit: "push_gate",
  tell: "push_gate",
  bury: "dead_letters",
  report: "user",
  dispatch: "queue",
};

/** What takes notifications from a queue to push services, in either world. */
export const pushDispatch = (env: PushingBindings): Dispatch => {
  const gates = new Stubs<PushGateRpc>(gateObjects(env.PUSH_GATE), LIMITS.stubs);
  const letters = new Stubs<DeadLettersRpc>(env.DEAD_LETTERS, LIMITS.stubs);
  const users = new Stubs<PushedRpc>(env.USER, LIMITS.stubs);
  return new Dispatch({
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    gateway: pushGateway(env),
    admit: (provider, count) => callObject(gates, provider, (gate) => gate.admit(count)),
    tell: (provider, answered) => callObject(gates, provider, (gate) => gate.tell(answered)),
    bury: (kind, buried) => callObject(letters, kind, (object) => object.bury(buried)),
    report: (user, reports) => callObject(users, user, (object) => object.pushed(reports)),
    buried: (kind, { type, attempts, reason }) => log({ event: "push_dead", kind, type, attempts, reason }),
    failed: (call, error) => log({ event: "object_failed", object: OBJECT_OF[call], call, reason: reasonOf(error) }),
    done: (summary) => log({ event: "push_batch", ...summary }),
  });
};
