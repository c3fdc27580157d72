import { createServer, connect } from "node:net";
import type { Server, Socket } from "node:net";
import { listen } from "../support/push/double.ts";

export type LineState = "open" | "silent" | "refused";

/** A line to a port of this machine that can be cut: then nothing comes through any more, or nobody is there. */
export class Cut {
  readonly #to: number;
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #state: LineState = "open";
  #port = 0;

  private constructor(to: number) {
    this.#to = to;
    this.#server = this.#make();
  }

  static async before(to: number): Promise<Cut> {
    const cut = new Cut(to);
    cut.#port = await listen(cut.#server);
    return cut;
  }

  get port(): number {
    return this.#port;
  }

  /** What was under way when the line was cut is lost, at the latest when it is open again. */
  async turn(state: LineState): Promise<void> {
    const before = this.#state;
    this.#state = state;
    if (state === "silent") for (const socket of this.#sockets) socket.unpipe().pause();
    else this.#drop();
    if (state === "refused" && before !== "refused") await this.#close();
    if (state !== "refused" && before === "refused") {
      this.#server = this.#make();
      await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    }
  }

  async stop(): Promise<void> {
    this.#drop();
    if (this.#state !== "refused") await this.#close();
  }

  #make(): Server {
    return createServer((near) => {
      this.#keep(near);
      // Whoever connects meanwhile is taken, and hears nothing.
      if (this.#state === "silent") return;
      const far = connect(this.#to, "127.0.0.1");
      this.#keep(far);
      near.pipe(far).pipe(near);
      for (const [socket, other] of [[near, far] as const, [far, near] as const])
        socket.on("close", () => other.destroy());
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    // A line that breaks says so by closing.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #drop(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async #close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
