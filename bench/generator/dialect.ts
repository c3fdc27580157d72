import { createECDH, randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import { LIMITS } from "../../src/shared/limits.ts";

/** An entry of a log. Those that are no messages have no `content`. */
export interface WireEntry {
  readonly seq: number;
  readonly sender_id: string;
  readonly client_message_id?: string;
  readonly content?: string;
}

/** What a frame from the server says. `number` is a message's place among those of its sender. */
export interface FrameReader {
  /** The server has it on disk. */
  acked(number: number, seq: number): void;
  entry(entry: WireEntry): void;
  /** A message was not taken, and may be sent again after a while. */
  refused(number: number, code: string, retryAfterMs: number): void;
  fault(text: string): void;
}

/** How one of the two servers is spoken to. Both do the same work for a message: one frame built, all frames parsed. */
export interface Dialect {
  /** Where a user connects, and with which headers. */
  address(user: string): Promise<{ url: string; headers: Record<string, string> }>;
  /** The conversation of two users, made if there is none. */
  conversation(first: string, second: string): Promise<string>;
  /** A new group of the users `${prefix}0`, `${prefix}1`, and so on; the first makes it. */
  group(prefix: string, members: number): Promise<string>;
  /** What is in a conversation's log by its own account, where it can be asked for. */
  readonly log?: (user: string, conversationId: string) => Promise<WireEntry[]>;
  /** What an app signs a user in with, and a message that the server sends by itself at a time (ms since 1970). */
  readonly token?: (user: string) => Promise<string>;
  /** Gives a user's device a push address. */
  readonly register?: (user: string, endpoint: string) => Promise<void>;
  readonly schedule?: (user: string, conversationId: string, sendAt: number) => Promise<void>;
  sendFrame(conversationId: string, number: number): string;
  /** The frame that says how far a device has stored a conversation, where there is such a thing. */
  readonly deliveredFrame?: (conversationId: string, upTo: number) => string;
  read(text: string, reader: FrameReader): void;
}

/** What a client sends every so many seconds; the platform answers for the object. */
export const HEARTBEAT = "ping";
export const HEARTBEAT_SECONDS = 30;

const PADDING = " a line of text about as long as what people write to each other";
const RUN = randomBytes(4).toString("hex");

/** Whoever is notified here: nobody decrypts it. */
const SUBSCRIBER = createECDH("prime256v1");
const SUBSCRIPTION_KEYS = { p256dh: SUBSCRIBER.generateKeys("base64url"), auth: randomBytes(16).toString("base64url") };

const hexMs = { at: 0, text: "" };

/** A UUIDv7 whose last twelve digits are the message's number. Unique per user and run, in order of time. */
const clientMessageId = (number: number): string => {
  const now = Date.now();
  if (now !== hexMs.at) Object.assign(hexMs, { at: now, text: now.toString(16).padStart(12, "0") });
  const { text } = hexMs;
  const tail = number.toString(16).padStart(12, "0");
  return `${text.slice(0, 8)}-${text.slice(8)}-7${RUN.slice(0, 3)}-8${RUN.slice(3, 6)}-${tail}`;
};

const numberOf = (id: string): number => Number.parseInt(id.slice(24), 16);

/** The number of a message whose content was made here. */
export const numberIn = (content: string): number => Number.parseInt(content, 10);

interface WireFrame {
  readonly type: string;
  readonly client_message_id?: string;
  readonly seq?: number;
  readonly code?: string;
  readonly retry_after_ms?: number;
  readonly entry?: WireEntry;
  readonly entries?: readonly WireEntry[];
}

const sendFrame = (conversationId: string, number: number): string =>
  JSON.stringify({
    type: "send",
    conversation_id: conversationId,
    client_message_id: clientMessageId(number),
    content: `${number}${PADDING}`,
  });

const refusal = (frame: WireFrame, text: string, reader: FrameReader): void => {
  const { client_message_id, code, retry_after_ms } = frame;
  if (client_message_id === undefined || code === undefined || retry_after_ms === undefined)
    return reader.fault(text.slice(0, 200));
  reader.refused(numberOf(client_message_id), code, retry_after_ms);
};

/** Of bench/baseline/worker.js. */
export const baselineDialect = (url: string): Dialect => ({
  address: (user) => Promise.resolve({ url: `${url.replace("http", "ws")}/connect?user=${user}`, headers: {} }),
  conversation: (first, second) => Promise.resolve(`${first}~${second}`),
  group: (prefix, members) => Promise.resolve(`${prefix}~${members}`),
  sendFrame,
  read: (text, reader) => {
    if (text === "pong") return;
    const frame = JSON.parse(text) as WireFrame;
    if (frame.type === "entry" && frame.entry !== undefined) reader.entry(frame.entry);
    else if (frame.type === "ack") reader.acked(numberOf(frame.client_message_id ?? ""), frame.seq ?? 0);
    else reader.fault(`unexpected frame ${text.slice(0, 200)}`);
  },
});

/** Of docs/protocol.md. Tokens are made here, as an application's own backend would: `secret` is the server's. */
export const productDialect = (url: string, secret: string): Dialect => {
  const key = new TextEncoder().encode(secret);
  const signed = async (user: string): Promise<string> => {
    const claims = new SignJWT({ device_id: "bench" }).setProtectedHeader({ alg: "HS256" });
    return claims.setSubject(user).setIssuedAt().setExpirationTime("1h").sign(key);
  };
  const authorization = async (user: string): Promise<{ authorization: string }> => ({
    authorization: `Bearer ${await signed(user)}`,
  });
  const call = async <T>(user: string, method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${url}/api/v1/${path}`, {
      method,
      headers: { "content-type": "application/json", ...(await authorization(user)) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`unable to ${method} ${path}; ${answer.status} ${text}`);
    return JSON.parse(text || "null") as T;
  };
  const create = async (user: string, body: object): Promise<string> => {
    const made = { ...body, client_message_id: clientMessageId(0) };
    return (await call<{ conversation_id: string }>(user, "POST", "conversations", made)).conversation_id;
  };
  return {
    address: async (user) => ({
      url: `${url.replace("http", "ws")}/api/v1/connect?device_id=bench`,
      headers: await authorization(user),
    }),
    conversation: (first, second) => create(first, { type: "direct", user_id: second }),
    group: (prefix, members) => {
      const others = Array.from({ length: members - 1 }, (_x, index) => `${prefix}${index + 1}`);
      return create(`${prefix}0`, { type: "group", name: prefix, member_ids: others });
    },
    log: async (user, conversationId) => {
      const entries: WireEntry[] = [];
      for (;;) {
        const path = `conversations/${conversationId}/log?after=${entries.length}&limit=${LIMITS.pageMax}`;
        const page = await call<{ entries: WireEntry[] }>(user, "GET", path);
        entries.push(...page.entries);
        if (page.entries.length === 0) return entries;
      }
    },
    token: signed,
    register: (user, endpoint) =>
      call(user, "PUT", "devices/bench/push", { kind: "webpush", endpoint, keys: SUBSCRIPTION_KEYS }),
    schedule: async (user, conversationId, sendAt) => {
      const message = { client_message_id: clientMessageId(sendAt), type: "text", content: `${sendAt}${PADDING}` };
      const body = { ...message, send_at: new Date(sendAt).toISOString() };
      await call(user, "POST", `conversations/${conversationId}/scheduled`, body);
    },
    sendFrame,
    deliveredFrame: (conversationId, upTo) =>
      JSON.stringify({ type: "delivered", conversation_id: conversationId, up_to: upTo }),
    read: (text, reader) => {
      if (text === "pong") return;
      const frame = JSON.parse(text) as WireFrame;
      if (frame.type === "entries" && frame.entries !== undefined)
        frame.entries.forEach((entry) => reader.entry(entry));
      else if (frame.type === "ack") reader.acked(numberOf(frame.client_message_id ?? ""), frame.seq ?? 0);
      else if (frame.type === "error") refusal(frame, text, reader);
    },
  };
};
