import type { IncomingHttpHeaders } from "node:http2";

/** What Apple answers for what is wrong with a request. */
export interface ApnsError {
  readonly status: number;
  readonly reason: string;
  readonly timestamp?: number;
}

const PAYLOAD_BYTES = 4096;
const COLLAPSE_BYTES = 64;

const bad = (reason: string, status = 400): ApnsError => ({ status, reason });

/** https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns */
export const headersProblem = (headers: IncomingHttpHeaders, topics: ReadonlySet<string>): ApnsError | undefined => {
  const text = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
  if (headers[":method"] !== "POST") return bad("MethodNotAllowed", 405);
  if (!/^\/3\/device\/([0-9a-f]{2}){32,100}$/.test(headers[":path"] ?? "")) return bad("BadPath", 404);
  const topic = text("apns-topic");
  if (topic === undefined) return bad("MissingTopic");
  if (!topics.has(topic)) return bad("TopicDisallowed");
  const type = text("apns-push-type");
  if (type !== "alert" && type !== "background") return bad("InvalidPushType");
  const priority = text("apns-priority") ?? "10";
  if (priority !== "5" && (priority !== "10" || type === "background")) return bad("BadPriority");
  if (Buffer.byteLength(text("apns-collapse-id") ?? "") > COLLAPSE_BYTES) return bad("BadCollapseId");
  const expiration = text("apns-expiration") ?? "0";
  if (!/^\d{1,10}$/.test(expiration)) return bad("BadExpirationDate");
  // Seconds, not milliseconds; and nothing that was over before it was sent.
  return expiration !== "0" && Number(expiration) < Date.now() / 1000 ? bad("BadExpirationDate") : undefined;
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification */
export const payloadProblem = (body: Buffer, type: string): ApnsError | undefined => {
  if (body.length === 0) return bad("PayloadEmpty");
  if (body.length > PAYLOAD_BYTES) return bad("PayloadTooLarge", 413);
  const payload: unknown = JSON.parse(body.toString());
  const aps = isObject(payload) ? payload["aps"] : undefined;
  if (!isObject(aps)) return bad("aps is missing");
  const shows = aps["alert"] !== undefined || aps["sound"] !== undefined || aps["badge"] !== undefined;
  if (type === "background")
    return shows || aps["content-available"] !== 1 ? bad("a background that shows") : undefined;
  const { alert } = aps;
  if (!isObject(alert)) return bad("an alert without one");
  const known = new Set(["title", "subtitle", "body", "loc-key", "loc-args", "title-loc-key", "title-loc-args"]);
  const unknown = Object.keys(alert).filter((name) => !known.has(name));
  if (unknown.length > 0) return bad(`unknown in alert: ${unknown.join(", ")}`);
  if (alert["body"] === undefined && alert["loc-key"] === undefined) return bad("an alert that says nothing");
  return Number.isInteger(aps["badge"] ?? 0) ? undefined : bad("a badge that is no number");
};
