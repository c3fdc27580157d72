import { wordsOf } from "../../core/push/alert-words.ts";
import type { PushJob } from "../../core/push/job.ts";
import type { PushNote } from "../../shared/protocol/http-push.ts";
import { apnsHeadersOf, apsOf } from "./apns-payload.ts";

type Json = Readonly<Record<string, unknown>>;

/** [PUSH-9] The note, each value as text: FCM takes nothing else. */
const dataOf = (note: PushNote): Record<string, string> =>
  Object.fromEntries(
    Object.entries(note).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );

/** What Android shows when the app does not run. */
const shownOf = (note: PushNote, tag: string | undefined): Json | undefined => {
  const words = wordsOf(note);
  if (words === undefined) return undefined;
  const { sender, conversation, body } = words;
  const title = conversation ?? sender;
  const by = sender !== undefined && conversation !== undefined ? `${sender}: ` : "";
  return {
    ...(title === undefined ? {} : { title }),
    ...("text" in body
      ? { body: by + body.text }
      : { body_loc_key: body.key, ...(body.args === undefined ? {} : { body_loc_args: body.args }) }),
    ...(tag === undefined ? {} : { tag }),
    notification_count: note.badge,
  };
};

/**
 * A message of FCM's HTTP v1 API: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 * A token may be one of an app on Android, on Apple's systems or in a browser, hence all three.
 */
export const fcmMessageOf = (job: PushJob, token: string, nowMs: number): Json => {
  const shown = shownOf(job.note, job.collapse);
  return {
    token,
    data: dataOf(job.note),
    android: {
      priority: job.urgency === "high" ? "HIGH" : "NORMAL",
      ttl: `${job.ttlSeconds}s`,
      ...(job.collapse === undefined ? {} : { collapse_key: job.collapse }),
      ...(shown === undefined ? {} : { notification: shown }),
    },
    apns: { headers: apnsHeadersOf(job, nowMs), payload: { aps: apsOf(job) } },
    webpush: {
      headers: {
        TTL: String(job.ttlSeconds),
        Urgency: job.urgency,
        ...(job.collapse === undefined ? {} : { Topic: job.collapse }),
      },
    },
  };
};

/** Bytes of what one device is sent of it: FCM bounds them. */
export const fcmBytesOf = (message: Json): number => {
  const { data, android, apns } = message as { data: Json; android: Json; apns: Json };
  const bytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value ?? "")).byteLength;
  return bytes(data) + Math.max(bytes(android["notification"]), bytes(apns["payload"]));
};
