import type { ErrorCode } from "../../src/shared/errors.ts";
import type { Sent } from "../../src/shared/protocol/http-messages.ts";
import type { Person } from "./person.ts";
import type { Rest } from "./rest.ts";
import type { Session } from "./session.ts";
import { delay } from "./wait.ts";
import type { Write } from "./write.ts";

interface Outcome {
  readonly status?: number;
  readonly sent?: Sent;
  readonly refused?: { readonly code: ErrorCode; readonly retry_after_ms?: number | undefined };
}

export const TRANSPORTS = ["HTTP", "the socket"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Does writes over one transport, and waits as told where it was too fast. */
export class Writer {
  readonly #once: (write: Write) => Promise<Outcome>;

  private constructor(once: (write: Write) => Promise<Outcome>) {
    this.#once = once;
  }

  static http(rest: Rest): Writer {
    return new Writer(async ({ route, input }) => {
      const { status, body, problem } = await rest.call(route, input);
      return problem === undefined ? { status, sent: body as unknown as Sent } : { status, refused: problem };
    });
  }

  static socket(session: Session): Writer {
    return new Writer(async ({ route, frame }) => {
      if (frame === undefined) throw new Error(`${route} has no frame`);
      const answer = await session.request(frame);
      if (answer.type === "ack") return { sent: answer };
      if (answer.type === "error") return { refused: answer };
      throw new Error(`${frame.type} was answered ${JSON.stringify(answer)}`);
    });
  }

  /** By the name of the transport; a connection is made for the socket. */
  static async of(transport: Transport, person: Person): Promise<Writer> {
    return transport === "HTTP" ? Writer.http(person.rest) : Writer.socket(await person.connect());
  }

  async outcome(write: Write): Promise<Outcome> {
    for (;;) {
      const outcome = await this.#once(write);
      if (outcome.refused?.code !== "rate_limited") return outcome;
      await delay((outcome.refused.retry_after_ms ?? 100) + 10);
    }
  }

  /** A write that has to succeed. */
  async does(write: Write): Promise<Sent> {
    const { sent, refused } = await this.outcome(write);
    if (refused !== undefined) throw new Error(`${write.route} was refused: ${JSON.stringify(refused)}`);
    return sent as Sent;
  }

  /** `ok`, or the code of the refusal. */
  async tries(write: Write): Promise<"ok" | ErrorCode> {
    return (await this.outcome(write)).refused?.code ?? "ok";
  }
}
