import { refuse } from "../../shared/result.ts";
import type { Err } from "../../shared/result.ts";

/** The archive could not be reached, or took too long: what lies in it only cannot be had for now. Everything else goes on. */
export class ArchiveDown extends Error {
  override readonly name = "ArchiveDown";
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, cause?: unknown) {
    super("unable to read what is archived", { cause });
    this.retryAfterMs = Math.ceil(retryAfterMs);
  }

  /** What a client is told who needs what is archived. */
  get refusal(): Err {
    return refuse("overloaded", "unable to read what is archived; try again", { retry_after_ms: this.retryAfterMs });
  }
}
