import { WebSocket } from "ws";
import type { Dialect } from "./dialect.ts";
import type { Account } from "./room.ts";

/** Somebody who was away, and how he asks for what he missed. */
export interface Absent {
  /** Where he connects; the answer comes by itself. */
  address(): Promise<{ url: string; headers: Record<string, string> }>;
  /** The frame with which he asks again. */
  readonly ask: string;
  /** How many entries an answer brings; `undefined`: it is another frame. */
  entriesIn(text: string): number | undefined;
}

/** How long the answers took from sleep and awake, and how large they were. */
export interface Comeback {
  readonly coldMs: number;
  readonly warmMs: readonly number[];
  readonly bytes: number;
}

/** Who was away on the product, and what he has of each conversation. */
const ABSENT = "absent";
const KNOWN_SEQ = 1;
const WORKERS = 16;
const PATIENCE_MS = 60_000;

interface Frame {
  readonly text: string;
  /** When it was there; what is made of it is not part of that. */
  readonly at: number;
}

/** Frames of one connection, each taken once. */
class Frames {
  readonly socket: WebSocket;
  readonly #frames: Frame[] = [];
  #wake: () => void = () => undefined;

  constructor({ url, headers }: { readonly url: string; readonly headers: Record<string, string> }) {
    this.socket = new WebSocket(url, { headers, perMessageDeflate: false, skipUTF8Validation: true, maxPayload: 0 });
    this.socket.on("message", (data) => {
      this.#frames.push({ text: (data as Buffer).toString(), at: performance.now() });
      this.#wake();
    });
    this.socket.on("error", () => this.#wake());
  }

  async next(): Promise<Frame> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error("unable to go on; an answer did not come");
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
  }

  /** The first answer there is, from now on, and how many entries it brings. */
  async answer(absent: Pick<Absent, "entriesIn">): Promise<Frame & { entries: number }> {
    for (;;) {
      const frame = await this.next();
      const entries = absent.entriesIn(frame.text);
      if (entries !== undefined) return { ...frame, entries };
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once("close", () => resolve());
      this.socket.close();
    });
  }
}

const entriesIn = (text: string): number | undefined => {
  const frame = JSON.parse(text) as { type: string; entries?: Record<string, unknown[]> };
  if (frame.type !== "sync") return undefined;
  return Object.values(frame.entries ?? {}).reduce((sum, { length }) => sum + length, 0);
};

/** Everybody writes, all at once in his own conversation, and waits for his acks. */
const write = async (dialect: Dialect, user: string, conversation: string, entries: number): Promise<void> => {
  const frames = new Frames(await dialect.address(user));
  await frames.next();
  for (let number = 1; number <= entries; number++) frames.socket.send(dialect.sendFrame(conversation, number));
  const open = new Set(Array.from({ length: entries }, (_x, index) => index + 1));
  const acked = (number: number): void => void open.delete(number);
  const fault = (text: string): never => {
    throw new Error(`unable to prepare; ${text}`);
  };
  const refused = (number: number, code: string): never => fault(`message ${number} was refused: ${code}`);
  while (open.size > 0) dialect.read((await frames.next()).text, { acked, refused, fault, entry: () => undefined });
  await frames.close();
};

/** On the product: a list of conversations that his device has acknowledged, and in which others wrote on. */
export const leaveProduct = async (dialect: Dialect, conversations: number, entries: number): Promise<Absent> => {
  const friends = Array.from({ length: conversations }, (_x, index) => `friend${index}`);
  const ids = new Map<string, string>();
  const each = async (work: (friend: string) => Promise<void>): Promise<void> => {
    const waiting = friends.values();
    await Promise.all(
      Array.from({ length: WORKERS }, async () => {
        for (const friend of waiting) await work(friend);
      }),
    );
  };
  await each(async (friend) => void ids.set(friend, await dialect.conversation(friend, ABSENT)));
  const { url, headers } = await dialect.address(ABSENT);
  const before = new Frames({ url: `${url}&since=0`, headers });
  const { text } = await before.answer({ entriesIn });
  const { rev } = JSON.parse(text) as { rev: number };
  for (const id of ids.values()) before.socket.send(dialect.deliveredFrame?.(id, KNOWN_SEQ) ?? "");
  // The answer to it comes after what was sent before it.
  const ask = JSON.stringify({ type: "sync", since: rev });
  before.socket.send(ask);
  await before.answer({ entriesIn });
  await before.close();
  await each((friend) => write(dialect, friend, ids.get(friend) ?? "", entries));
  return { address: () => Promise.resolve({ url: `${url}&since=${rev}`, headers }), ask, entriesIn };
};

/** On the baseline: an object with as many rows in a table. */
export const leaveBaseline = async (url: string, rows: number): Promise<Absent> => {
  const filled = await fetch(`${url}/fill?rows=${rows}`, { method: "POST" });
  if (!filled.ok) throw new Error(`unable to fill the baseline's table; ${filled.status}`);
  return {
    address: () => Promise.resolve({ url: `${url.replace("http", "ws")}/read`, headers: {} }),
    ask: "read",
    entriesIn: (text) => (JSON.parse(text) as unknown[]).length,
  };
};

/** Connects, is brought what he missed, asks for the same a few times more, and is gone again. */
export const comeBack = async (
  absent: Absent,
  asks: number,
  expected: number,
): Promise<Comeback & { readonly account: Account }> => {
  const startedAt = performance.now();
  const frames = new Frames(await absent.address());
  const first = await frames.answer(absent);
  const coldMs = first.at - startedAt;
  const warmMs: number[] = [];
  let missing = expected - first.entries;
  for (let left = asks; left > 0; left--) {
    const askedAt = performance.now();
    frames.socket.send(absent.ask);
    const { at, entries } = await frames.answer(absent);
    warmMs.push(at - askedAt);
    missing = Math.max(missing, expected - entries);
  }
  await frames.close();
  return { coldMs, warmMs, bytes: first.text.length, account: { sent: expected, missing, faults: 0, first: "" } };
};
