import { refuse } from "../shared/result.ts";
import type { Err } from "../shared/result.ts";
import { log, reasonOf } from "./telemetry.ts";
import type { ObjectKind } from "./telemetry.ts";

/** The error of an object's call, for whoever asked: worth a retry with the same id. */
export const failure = (object: ObjectKind, call: string, error: unknown): Err => {
  log({ event: "object_failed", object, call, reason: reasonOf(error) });
  return (error as { overloaded?: boolean }).overloaded === true
    ? refuse("overloaded", `unable to reach the ${object}; it is busy`, { retry_after_ms: 1000 })
    : refuse("internal", `unable to reach the ${object}; try again`);
};
