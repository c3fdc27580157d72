import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a push service does: it takes everything, fails at once, or never answers. */
export type Mood = "up" | "failing" | "hanging";

/** What the way to a push service and back takes. */
const ANSWER_MS = 50;

/**
 * A push service that costs nothing: it looks at the address, and at the clock. What it was sent is decrypted and held
 * against the contract in the tests (test/support/push), where nobody measures time.
 */
export class PushReceiver {
  readonly #server: Server;
  readonly #arrivals = new Map<string, number[]>();
  readonly #hanging = new Set<ServerResponse>();
  #mood: Mood = "up";
  requests = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response));
  }

  static async start(): Promise<PushReceiver> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new PushReceiver(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  set mood(mood: Mood) {
    this.#mood = mood;
    if (mood !== "hanging") for (const response of this.#hanging) response.writeHead(503).end();
    this.#hanging.clear();
  }

  /** When notifications came for an address, in ms since 1970. */
  arrivals(path: string): readonly number[] {
    return this.#arrivals.get(path) ?? [];
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests++;
    const at = performance.timeOrigin + performance.now();
    request.resume();
    request.once("end", () => {
      if (this.#mood === "hanging") return void this.#hanging.add(response);
      if (this.#mood === "failing") return void response.writeHead(503).end();
      const path = request.url ?? "";
      const known = this.#arrivals.get(path);
      if (known) known.push(at);
      else this.#arrivals.set(path, [at]);
      setTimeout(() => response.writeHead(201).end(), ANSWER_MS);
    });
  }
}
