import { LIMITS } from "../../shared/limits.ts";
import type { PushNote } from "../../shared/protocol/http-push.ts";
import type { Random } from "../ports.ts";
import type { Admission } from "./gate.ts";
import type { DeadLetter, PushJob, PushOutcome, PushReport } from "./job.ts";

/** What becomes of a job. */
export interface Verdict {
  readonly fate: PushReport["fate"];
  /** Of a dead one: why. */
  readonly reason?: string;
  /** How often it was tried, this time included. */
  readonly attempts: number;
}

/** A moment, and the chance that spreads what would come at once. */
export interface Moment {
  readonly now: number;
  readonly random: Random;
}

const dead = (reason: string, attempts: number): Verdict => ({ fate: { is: "dead" }, reason, attempts });

/** Nobody wants to be told of it any more. */
export const isStale = ({ dueAt, ttlSeconds }: PushJob, at: number): boolean => at >= dueAt + ttlSeconds * 1000;
export const staleVerdict = (job: PushJob): Verdict => dead("it is too old", job.attempt);

const backoffMs = (attempts: number, { random }: Moment): number =>
  Math.min(LIMITS.pushRetryMs * 2 ** (attempts - 1), LIMITS.pushRetryMaxMs) * (0.5 + random() / 2);

/** As long as the service asked for, within reason, and a little more: all that it sent away would come at once. */
const askedMs = (retryAfterMs: number, { random }: Moment): number => {
  const asked = Math.min(Math.max(0, retryAfterMs), LIMITS.pushRetryAfterMaxMs);
  return asked + random() * Math.max(LIMITS.pushClosedMs, asked / 4);
};

const later = (job: PushJob, at: number, attempts: number): Verdict =>
  isStale(job, at) ? dead("it is too old", attempts) : { fate: { is: "later", at, attempt: attempts }, attempts };

/** Of one that was not sent, for whatever it is not to blame: that is no attempt. */
export const putOffVerdict = (
  job: PushJob,
  { waitMs, spreadMs }: Pick<Admission, "waitMs" | "spreadMs">,
  { now, random }: Moment,
): Verdict => later(job, Math.ceil(now + waitMs + random() * spreadMs), job.attempt);

/** Of one that was sent. */
export const verdictOf = (job: PushJob, outcome: PushOutcome, moment: Moment): Verdict => {
  const attempts = job.attempt + 1;
  switch (outcome.result) {
    case "taken":
    case "gone":
      return { fate: { is: outcome.result }, attempts };
    case "too_large":
      return dead("it is too large", attempts);
    case "refused":
      return dead(outcome.reason, attempts);
    case "later": {
      if (attempts >= LIMITS.pushAttempts) return dead(outcome.reason, attempts);
      const { retryAfterMs } = outcome;
      const waitMs = retryAfterMs === undefined ? backoffMs(attempts, moment) : askedMs(retryAfterMs, moment);
      return later(job, Math.ceil(moment.now + waitMs), attempts);
    }
  }
};

/** The same with nothing in it but what a device needs to ask for the rest. */
export const shrunk = (job: PushJob): PushJob => {
  const { type, conversation_id, seq, badge, timestamp } = job.note;
  const note: PushNote = { type, conversation_id, seq, badge, timestamp };
  return { ...job, note: JSON.parse(JSON.stringify(note)) as PushNote };
};

export const reportOf = (job: PushJob, { fate }: Verdict): PushReport => ({
  device: job.device,
  ...(job.conversation === undefined ? {} : { conversation: job.conversation }),
  type: job.note.type,
  upTo: job.note.seq ?? 0,
  registeredAt: job.registeredAt,
  fate,
});

export const letterOf = (job: PushJob, { reason = "", attempts }: Verdict, failedAt: number): DeadLetter => {
  const { user, device, conversation, note } = job;
  const seq = note.seq ?? 0;
  return {
    id: `${user}/${device}/${conversation ?? ""}/${note.type}/${seq}`,
    user,
    device,
    ...(conversation === undefined ? {} : { conversation }),
    type: note.type,
    seq,
    attempts,
    reason: reason.slice(0, LIMITS.refChars),
    failedAt,
  };
};
