import type { FakeServer } from "./fake-server.ts";

/** A WebSocket of which both ends are here. What goes either way arrives in order, a little later. */
export class FakeSocket extends EventTarget {
  readonly address: URL;
  readonly protocols: readonly string[];
  user = "";
  /** Conversations on its screen. */
  readonly opened = new Set<string>();
  /** Of whom it wants to hear whether they are there. */
  readonly watched = new Set<string>();
  readonly #server: FakeServer;
  #open = true;

  constructor(server: FakeServer, address: URL, protocols: readonly string[]) {
    super();
    this.#server = server;
    this.address = address;
    this.protocols = protocols;
    queueMicrotask(() => {
      if (this.#open) server.opened(this);
    });
  }

  send(text: string): void {
    if (this.#open) setImmediate(() => this.#server.heard(this, text));
  }

  close(): void {
    this.#open = false;
    this.#server.sockets.delete(this);
  }

  receive(text: string): void {
    setImmediate(() => {
      if (this.#open) this.dispatchEvent(new MessageEvent("message", { data: text }));
    });
  }

  broken(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    setImmediate(() => this.dispatchEvent(Object.assign(new Event("close"), { code, reason })));
  }
}

export const socketClass = (server: FakeServer): typeof WebSocket =>
  class extends FakeSocket {
    constructor(address: string | URL, protocols: string | string[] = []) {
      super(server, new URL(address), [protocols].flat());
    }
  } as unknown as typeof WebSocket;
