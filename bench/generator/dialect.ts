import { randomBytes } from "node:crypto";
import { SignJWT } from "jose";

/** What a frame from the server says about the messages of one pair of users. */
export interface FrameReader {
  /** The sender's server has it on disk. `number` is the message's place among those of its sender. */
  acked(number: number): void;
  /** A message of the other one came in. */
  delivered(number: number, seq: number): void;
  fault(text: string): void;
}

/** How one of the two servers is spoken to. Both do the same work for a message: one frame built, all frames parsed. */
export interface Dialect {
  /** Where a user connects, and with which headers. */
  address(user: string): Promise<{ url: string; headers: Record<string, string> }>;
  /** The conversation of two users, made if there is none. */
  conversation(first: string, second: string): Promise<string>;
  sendFrame(conversationId: string, number: number): string;
  /** The frame that says how far a device has stored a conversation, where there is such a thing. */
  readonly deliveredFrame?: (conversationId: string, upTo: number) => string;
  /** What a client sends every `HEARTBEAT_SECONDS`, where silence ends a connection. */
  readonly heartbeat?: string;
  read(text: string, self: string, reader: FrameReader): void;
}

export const HEARTBEAT_SECONDS = 30;

const PADDING = " a line of text about as long as what people write to each other";
const RUN = randomBytes(4).toString("hex");

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

interface WireEntry {
  readonly seq: number;
  readonly sender_id: string;
  readonly content?: string;
  readonly kind?: string;
}

interface WireFrame {
  readonly type: string;
  readonly client_message_id?: string;
  readonly entry?: WireEntry;
  readonly entries?: readonly WireEntry[];
}

const readEntry = (entry: WireEntry, self: string, reader: FrameReader): void => {
  if (entry.sender_id === self || entry.content === undefined) return;
  reader.delivered(Number.parseInt(entry.content, 10), entry.seq);
};

/** Of bench/baseline/worker.js. */
export const baselineDialect = (url: string): Dialect => ({
  address: (user) => Promise.resolve({ url: `${url.replace("http", "ws")}/connect?user=${user}`, headers: {} }),
  conversation: (first, second) => Promise.resolve(`${first}~${second}`),
  sendFrame: (conversationId, number) =>
    JSON.stringify({
      type: "send",
      conversation_id: conversationId,
      client_message_id: clientMessageId(number),
      content: `${number}${PADDING}`,
    }),
  read: (text, self, reader) => {
    const frame = JSON.parse(text) as WireFrame;
    if (frame.type === "entry" && frame.entry !== undefined) readEntry(frame.entry, self, reader);
    else if (frame.type === "ack") reader.acked(numberOf(frame.client_message_id ?? ""));
    else reader.fault(`unexpected frame ${text.slice(0, 200)}`);
  },
});

/** Of docs/protocol.md. Tokens are made here, as an application's own backend would: `secret` is the server's. */
export const productDialect = (url: string, secret: string): Dialect => {
  const key = new TextEncoder().encode(secret);
  const authorization = async (user: string): Promise<{ authorization: string }> => {
    const claims = new SignJWT({ device_id: "bench" }).setProtectedHeader({ alg: "HS256" });
    const token = await claims.setSubject(user).setIssuedAt().setExpirationTime("1h").sign(key);
    return { authorization: `Bearer ${token}` };
  };
  return {
    address: async (user) => ({
      url: `${url.replace("http", "ws")}/api/v1/connect?device_id=bench`,
      headers: await authorization(user),
    }),
    conversation: async (first, second) => {
      const answer = await fetch(`${url}/api/v1/conversations`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(await authorization(first)) },
        body: JSON.stringify({ type: "direct", user_id: second, client_message_id: clientMessageId(0) }),
      });
      const body = await answer.text();
      if (!answer.ok) throw new Error(`unable to make a conversation; ${answer.status} ${body}`);
      return (JSON.parse(body) as { conversation_id: string }).conversation_id;
    },
    sendFrame: (conversationId, number) =>
      JSON.stringify({
        type: "send",
        conversation_id: conversationId,
        client_message_id: clientMessageId(number),
        content: `${number}${PADDING}`,
      }),
    heartbeat: "ping",
    deliveredFrame: (conversationId, upTo) =>
      JSON.stringify({ type: "delivered", conversation_id: conversationId, up_to: upTo }),
    read: (text, self, reader) => {
      if (text === "pong") return;
      const frame = JSON.parse(text) as WireFrame;
      if (frame.type === "entries" && frame.entries !== undefined) {
        for (const entry of frame.entries) if (entry.kind === "message") readEntry(entry, self, reader);
      } else if (frame.type === "ack") reader.acked(numberOf(frame.client_message_id ?? ""));
      else if (frame.type === "error") reader.fault(text.slice(0, 200));
    },
  };
};
