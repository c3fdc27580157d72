import { WebSocket } from "ws";
import { Acknowledger } from "./acknowledger.ts";
import { HEARTBEAT_SECONDS } from "./dialect.ts";
import type { Dialect } from "./dialect.ts";
import { Lane } from "./lane.ts";

/** Handshakes under way at once. */
const CONNECTING = 32;

const forEachOf = async (count: number, work: (index: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(CONNECTING, count) }, worker));
};

const opened = (socket: WebSocket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });

/** Users of one server: pairs that write to each other, and idle ones that are merely connected. */
export class Population {
  readonly #dialect: Dialect;
  readonly #sockets: WebSocket[] = [];
  readonly #acknowledgers: Acknowledger[] = [];
  /** Two of each pair, next to each other: the first n users are n lanes. */
  readonly lanes: Lane[] = [];
  readonly #heart: NodeJS.Timeout | undefined;
  #second = 0;
  #idle = 0;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    const { heartbeat } = dialect;
    if (heartbeat !== undefined) this.#heart = setInterval(() => this.#beat(heartbeat), 1000);
  }

  /** Connects `users` more people, who are paired into direct conversations. */
  async addPairs(users: number): Promise<void> {
    const first = this.lanes.length / 2;
    const pairs: [Lane, Lane][] = [];
    await forEachOf(users / 2, async (index) => {
      pairs[index] = await this.#pair(`a${first + index}`, `b${first + index}`);
    });
    this.lanes.push(...pairs.flat());
  }

  /** Connects `users` more people who say nothing. */
  async addIdle(users: number): Promise<void> {
    const first = this.#idle;
    this.#idle += users;
    await forEachOf(users, async (index) => {
      await this.#connect(`idle${first + index}`);
    });
  }

  close(): void {
    clearInterval(this.#heart);
    for (const acknowledger of this.#acknowledgers) acknowledger.close();
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Each second another share of the connections: people's hearts do not beat in step. */
  #beat(heartbeat: string): void {
    const share = this.#second++ % HEARTBEAT_SECONDS;
    for (let index = share; index < this.#sockets.length; index += HEARTBEAT_SECONDS) {
      this.#sockets[index]?.send(heartbeat);
    }
  }

  async #pair(first: string, second: string): Promise<[Lane, Lane]> {
    const conversationId = await this.#dialect.conversation(first, second);
    const [one, other] = [await this.#connect(first), await this.#connect(second)];
    const there = new Lane((number) => one.send(this.#dialect.sendFrame(conversationId, number)));
    const back = new Lane((number) => other.send(this.#dialect.sendFrame(conversationId, number)));
    this.#listen(one, first, conversationId, there, back);
    this.#listen(other, second, conversationId, back, there);
    return [there, back];
  }

  #listen(socket: WebSocket, self: string, conversationId: string, outgoing: Lane, incoming: Lane): void {
    const { deliveredFrame } = this.#dialect;
    const tell = deliveredFrame && ((upTo: number): void => socket.send(deliveredFrame(conversationId, upTo)));
    const acknowledger = tell && new Acknowledger(tell);
    if (acknowledger !== undefined) this.#acknowledgers.push(acknowledger);
    const reader = {
      acked: (number: number): void => outgoing.acknowledge(number),
      delivered: (number: number, seq: number): void => {
        incoming.deliver(number, seq);
        acknowledger?.stored(seq);
      },
      fault: (text: string): void => outgoing.fault(text),
    };
    socket.on("message", (data) => this.#dialect.read((data as Buffer).toString(), self, reader));
    socket.on("close", (code) => outgoing.fault(`the connection was closed with ${code}`));
  }

  async #connect(user: string): Promise<WebSocket> {
    const { url, headers } = await this.#dialect.address(user);
    const socket = new WebSocket(url, { headers, perMessageDeflate: false, skipUTF8Validation: true });
    await opened(socket);
    this.#sockets.push(socket);
    return socket;
  }
}
