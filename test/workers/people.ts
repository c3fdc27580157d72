import { env as bindings, exports } from "cloudflare:workers";
import type { ConversationObject } from "../../src/objects/conversation/conversation-object.ts";
import type { DirectoryObject } from "../../src/objects/directory/directory-object.ts";
import type { UserObject } from "../../src/objects/user/user-object.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { EventOf, EventType, ServerEvent } from "../../src/shared/protocol/events.ts";

/** The worker of this project and its objects, as the test runner binds them. */
interface TestBindings {
  readonly CONVERSATION: DurableObjectNamespace<ConversationObject>;
  readonly USER: DurableObjectNamespace<UserObject>;
  readonly DIRECTORY: DurableObjectNamespace<DirectoryObject>;
}
export const env = bindings as unknown as TestBindings;
const worker = (exports as unknown as { default: { fetch(request: Request): Promise<Response> } }).default;

const ORIGIN = "http://parley.test";

export const call = async <T>(token: string, method: string, path: string, body?: unknown): Promise<T> => {
  const response = await worker.fetch(
    new Request(`${ORIGIN}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
};

export const tokenFor = async (user: string, device = `${user}-1`): Promise<string> =>
  (await call<{ token: string }>("", "POST", "/dev/token", { user_id: user, device_id: device })).token;

export const direct = (token: string, user: string): Promise<Conversation> =>
  call(token, "POST", "/conversations", { type: "direct", user_id: user });

/** A UUID of version 7, as the SDK makes them: it carries the time, which saves the server a row. */
export const uuidV7 = (): string => {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
};

/** One connected device: its frames, and what to wait for among them. */
export class Device {
  readonly frames: ServerEvent[] = [];
  pongs = 0;
  closed: { code: number; reason: string } | undefined;
  readonly #socket: WebSocket;
  #arrived: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      if (data === "pong") this.pongs++;
      else if (typeof data === "string") this.frames.push(JSON.parse(data) as ServerEvent);
      this.#arrived();
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
      this.#arrived();
    });
    socket.accept();
  }

  static async connect(token: string, query = ""): Promise<Device> {
    const headers = { upgrade: "websocket", "sec-websocket-protocol": `chat.v1, bearer.${token}` };
    const response = await worker.fetch(new Request(`${ORIGIN}/api/v1/connect${query}`, { headers }));
    if (!response.webSocket) throw new Error(`unable to connect; ${response.status} ${await response.text()}`);
    return new Device(response.webSocket);
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  ping(): void {
    this.#socket.send("ping");
  }

  close(): void {
    this.#socket.close(1000, "done");
  }

  async until(found: () => boolean, what: string, timeoutMs = 5000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!found()) {
      const left = end - Date.now();
      if (left <= 0) throw new Error(`unable to see ${what}; frames: ${JSON.stringify(this.frames)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 50));
        this.#arrived = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The first frame of a type that matches, now or later. */
  async next<T extends EventType>(
    type: T,
    matches: (event: EventOf<T>) => boolean = () => true,
    timeoutMs?: number,
  ): Promise<EventOf<T>> {
    const find = () => this.frames.find((frame) => frame.type === type && matches(frame as EventOf<T>));
    await this.until(() => find() !== undefined, type, timeoutMs);
    return find() as EventOf<T>;
  }

  /** Sends a text and waits for its ack. */
  async say(conversation_id: string, content: string, client_message_id = uuidV7()): Promise<EventOf<"ack">> {
    this.send({ type: "send", conversation_id, client_message_id, content });
    return this.next("ack", (ack) => ack.client_message_id === client_message_id);
  }

  async hears(content: string, timeoutMs?: number): Promise<EventOf<"entries">> {
    const says = ({ entries }: EventOf<"entries">): boolean =>
      entries.some((entry) => entry.kind === "message" && entry.content === content);
    return this.next("entries", says, timeoutMs);
  }

  /** Acknowledges entries as a client does: when they are there. */
  async acknowledges(content: string, timeoutMs?: number): Promise<void> {
    const { conversation_id, head_seq } = await this.hears(content, timeoutMs);
    this.send({ type: "delivered", conversation_id, up_to: head_seq });
  }
}
