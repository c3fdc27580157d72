import type { PushNote } from "@parley/client";

const TYPES = ["message", "mention", "read", "test"] as const;

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const whole = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;

const fields = (json: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Of another server, or another version: nothing of it can be told.
    return undefined;
  }
};

/** What was pushed (docs/protocol.md §8); `undefined` where it cannot be made sense of. Unknown fields are passed over. */
export const readNote = (json: string): PushNote | undefined => {
  const all = fields(json);
  const type = TYPES.find((one) => one === all?.["type"]);
  if (all === undefined || type === undefined) return undefined;
  const conversation_id = text(all["conversation_id"]);
  const seq = whole(all["seq"]);
  if (type !== "test" && (conversation_id === undefined || seq === undefined)) return undefined;
  const sent = text(all["timestamp"]);
  return {
    type,
    conversation_id,
    seq,
    count: whole(all["count"]),
    sender_id: text(all["sender_id"]),
    sender_name: text(all["sender_name"]),
    conversation_name: text(all["conversation_name"]),
    preview: text(all["preview"]),
    badge: whole(all["badge"]) ?? 0,
    timestamp: sent !== undefined && Number.isFinite(Date.parse(sent)) ? sent : "",
  };
};
