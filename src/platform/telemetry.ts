import type { BatchSummary } from "../core/push/batch-summary.ts";

export type ObjectKind =
  | "user"
  | "conversation"
  | "fanout"
  | "directory"
  | "address"
  | "push_gate"
  | "dead_letters"
  | "queue"
  | "audit";

/** What is worth a log line. Never a body, a token or a key. Names are append-only: dashboards know them. */
export type LogEvent =
  | {
      readonly event: "object_failed";
      readonly object: ObjectKind;
      readonly call: string;
      readonly reason: string;
    }
  | { readonly event: "member_parked"; readonly conversation: string; readonly user: string; readonly failures: number }
  /** Entries went to the archive with one run, after so many failures; or a batch did not, the how manieth in a row. */
  | {
      readonly event: "archived";
      readonly conversation: string;
      readonly entries: number;
      readonly failures: number;
    }
  | {
      readonly event: "archive_failed";
      readonly conversation: string;
      readonly failures: number;
      readonly reason: string;
    }
  | { readonly event: "request_failed"; readonly route: string; readonly reason: string }
  | { readonly event: "jwks_failed"; readonly reason: string }
  | { readonly event: "misconfigured"; readonly reason: string }
  /** A file of archived entries is missing or damaged: what is in it cannot be read. */
  | { readonly event: "segment_failed"; readonly key: string; readonly reason: string }
  | {
      readonly event: "push_logged";
      readonly provider: string;
      readonly type: string;
      readonly urgency: string;
      readonly ttlSeconds: number;
      readonly attempt: number;
    }
  /** A push service is left alone for so long after so many failures in a row; 0 and 0: it is there again. */
  | {
      readonly event: "push_gate";
      readonly provider: string;
      readonly closedMs: number;
      readonly failures: number;
    }
  /** What became of notifications for one push service: numbers, and times in ms. */
  | ({ readonly event: "push_batch" } & BatchSummary)
  /** One was given up. */
  | {
      readonly event: "push_dead";
      readonly kind: string;
      readonly type: string;
      readonly attempts: number;
      readonly reason: string;
    }
  | { readonly event: "push_malformed"; readonly queue: string }
  /** The newest entry of the audit log: whoever has this line sees when the log ends before it. */
  | { readonly event: "audit_head"; readonly index: number; readonly hash: string };

export const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** Writes one line of JSON. Telemetry must not be able to fail a request. */
export const log = (event: LogEvent): void => {
  // eslint-disable-next-line no-console -- the platform collects what is written to the console
  console.log(JSON.stringify(event));
};
