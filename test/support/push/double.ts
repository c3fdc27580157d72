import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";

/** What a double does instead of what is asked of it. */
export type Trouble =
  /** Answers with this, whatever was sent. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Takes the request and never answers. */
  | "hang"
  /** Breaks the connection off. */
  | "reset";

/** The troubles that a test wants, in the order in which requests meet them. */
export class Troubles {
  readonly #next: Trouble[] = [];
  #lasting: Trouble | undefined;
  /** How many requests met one. */
  met = 0;

  /** The next requests, as many as there are troubles. */
  next(...troubles: readonly Trouble[]): void {
    this.#next.push(...troubles);
  }

  /** Every request from now on; undefined: none any more. */
  lasting(trouble: Trouble | undefined): void {
    this.#lasting = trouble;
    if (trouble === undefined) this.#next.length = 0;
  }

  take(): Trouble | undefined {
    const trouble = this.#next.shift() ?? this.#lasting;
    if (trouble !== undefined) this.met++;
    return trouble;
  }
}

/** Listens on a free port of this machine. */
export const listen = async (server: Server): Promise<number> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};

export const readBody = async (stream: AsyncIterable<unknown>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Plays a trouble to whoever waits for an answer over HTTP/1.1. */
export const play = (trouble: Trouble, response: ServerResponse): void => {
  if (trouble === "hang") return;
  if (trouble === "reset") response.socket?.resetAndDestroy();
  else response.writeHead(trouble.status, { ...trouble.headers }).end(trouble.body ?? "");
};
