import { WebSocket } from "ws";
import { HEARTBEAT, HEARTBEAT_SECONDS } from "./dialect.ts";
import type { Dialect } from "./dialect.ts";
import { atRandomGaps } from "./pace.ts";

const WORKERS = 16;
const PATIENCE_MS = 30_000;

/** People who are away, and have a push address or none. */
export interface AwayTask {
  /** What their names begin with. */
  readonly prefix: string;
  readonly people: number;
  readonly writers: number;
  /** Where their push service is; absent: they have no address. */
  readonly origin?: string;
}

/** Somebody was written to: when the ack of it was there, in ms since 1970, and how long that took. */
export interface Written {
  readonly person: number;
  readonly ackedAt: number;
  readonly ackMs: number;
}

interface Way {
  readonly socket: WebSocket;
  readonly conversation: string;
}

interface UnderWay {
  readonly person: number;
  readonly sentAt: number;
}

export const pushPath = (prefix: string, person: number): string => `/push/${prefix}${person}`;

/** Writers who are connected, each with conversations of his own with people who are not. */
export class Away {
  readonly #dialect: Dialect;
  readonly #ways: Way[] = [];
  readonly #sockets: WebSocket[] = [];
  readonly #underWay = new Map<number, UnderWay>();
  #written: Written[] = [];
  #next = 0;
  #number = 0;
  #fault: string | undefined;
  readonly #heart: NodeJS.Timeout;

  private constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#heart = setInterval(() => {
      for (const socket of this.#sockets) socket.send(HEARTBEAT);
    }, HEARTBEAT_SECONDS * 1000);
  }

  static async gather(dialect: Dialect, { prefix, people, writers, origin }: AwayTask): Promise<Away> {
    const away = new Away(dialect);
    for (let writer = 0; writer < writers; writer++) await away.#connect(`${prefix}writer${writer}`);
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < people) {
        const person = next++;
        const name = `${prefix}${person}`;
        if (origin !== undefined) await dialect.register?.(name, origin + pushPath(prefix, person));
        const socket = away.#sockets[person % writers];
        if (socket === undefined) throw new Error("unable to prepare; nobody writes");
        const conversation = await dialect.conversation(`${prefix}writer${person % writers}`, name);
        away.#ways[person] = { socket, conversation };
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    return away;
  }

  /** Writes `perSecond` messages, to one after the other; resolves with what was acknowledged, which is all. */
  async write(perSecond: number, sendMs: number): Promise<readonly Written[]> {
    this.#written = [];
    const stop = atRandomGaps(perSecond, () => this.#send());
    await new Promise((resolve) => setTimeout(resolve, sendMs));
    stop();
    const deadline = performance.now() + PATIENCE_MS;
    while (this.#underWay.size > 0 && this.#fault === undefined) {
      if (performance.now() > deadline) throw new Error(`unable to go on; ${this.#underWay.size} acks did not come`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (this.#fault !== undefined) throw new Error(`unable to go on; ${this.#fault}`);
    return this.#written;
  }

  close(): void {
    clearInterval(this.#heart);
    for (const socket of this.#sockets) socket.terminate();
  }

  #send(): void {
    const person = this.#next;
    this.#next = (this.#next + 1) % this.#ways.length;
    const way = this.#ways[person];
    if (way === undefined) return;
    const number = ++this.#number;
    this.#underWay.set(number, { person, sentAt: performance.now() });
    way.socket.send(this.#dialect.sendFrame(way.conversation, number));
  }

  async #connect(user: string): Promise<void> {
    const { url, headers } = await this.#dialect.address(user);
    const socket = new WebSocket(url, { headers, perMessageDeflate: false, skipUTF8Validation: true });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    const fault = (text: string): void => void (this.#fault ??= text);
    socket.on("message", (data) =>
      this.#dialect.read((data as Buffer).toString(), {
        acked: (number) => this.#acked(number),
        entry: () => undefined,
        refused: (number, code) => fault(`message ${number} was refused: ${code}`),
        fault,
      }),
    );
    socket.on("close", (code) => fault(`the connection was closed with ${code}`));
    this.#sockets.push(socket);
  }

  #acked(number: number): void {
    const sent = this.#underWay.get(number);
    this.#underWay.delete(number);
    if (sent === undefined) return;
    const now = performance.now();
    this.#written.push({ person: sent.person, ackedAt: performance.timeOrigin + now, ackMs: now - sent.sentAt });
  }
}
