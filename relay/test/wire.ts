import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { listen } from "../../test/support/push/double.ts";

/** A wire to a port of this machine, which can go dead without a word: nothing comes through, and nobody is told. */
export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  port = 0;
  #isDead = false;

  private constructor(target: number) {
    this.#server = createServer((near) => {
      const far = connect(target, "127.0.0.1");
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on("data", (data: Buffer) => void (this.#isDead || to.write(data)));
        from.on("error", () => undefined);
        from.on("close", () => to.destroy());
      }
    });
  }

  static async start(target: number): Promise<Wire> {
    const wire = new Wire(target);
    wire.port = await listen(wire.#server);
    return wire;
  }

  /** Connections of now lead nowhere; those that are made later do again. */
  cut(): void {
    this.#isDead = true;
  }

  mend(): void {
    this.#isDead = false;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
