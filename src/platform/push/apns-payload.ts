import { wordsOf } from "../../core/push/alert-words.ts";
import type { AlertWords } from "../../core/push/alert-words.ts";
import type { PushJob } from "../../core/push/job.ts";

/** Apple's names of things: https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification */
const alertOf = ({ sender, conversation, body }: AlertWords): Record<string, unknown> => {
  const title = sender ?? conversation;
  return {
    ...(title === undefined ? {} : { title }),
    ...(sender !== undefined && conversation !== undefined ? { subtitle: conversation } : {}),
    ...("text" in body
      ? { body: body.text }
      : { "loc-key": body.key, ...(body.args === undefined ? {} : { "loc-args": body.args }) }),
  };
};

/** What Apple's systems read of a notification. One that shows nothing wakes the app in the background. */
export const apsOf = ({ note }: PushJob): Record<string, unknown> => {
  const words = wordsOf(note);
  if (words === undefined) return { "content-available": 1 };
  return {
    alert: alertOf(words),
    badge: note.badge,
    sound: "default",
    // The app's extension may put more into it than this server knows, or may tell.
    "mutable-content": 1,
    ...(note.conversation_id === undefined ? {} : { "thread-id": note.conversation_id }),
  };
};

/** The headers that Apple knows, those about the connection aside. */
export const apnsHeadersOf = (job: PushJob, nowMs: number): Record<string, string> => {
  const silent = job.note.type === "read";
  return {
    "apns-push-type": silent ? "background" : "alert",
    // Apple refuses 10 for what is in the background.
    "apns-priority": job.urgency === "high" && !silent ? "10" : "5",
    "apns-expiration": String(Math.floor(nowMs / 1000) + job.ttlSeconds),
    ...(job.collapse === undefined ? {} : { "apns-collapse-id": job.collapse }),
  };
};
