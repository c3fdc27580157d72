import { WebSocket } from "ws";
import { Acknowledger } from "./acknowledger.ts";
import { HEARTBEAT, HEARTBEAT_SECONDS, numberIn } from "./dialect.ts";
import type { Dialect, FrameReader, WireEntry } from "./dialect.ts";
import { Lane } from "./lane.ts";
import { Member } from "./member.ts";
import type { MemberWatch } from "./member.ts";
import { Room } from "./room.ts";
import type { Account } from "./room.ts";

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

/** Users of one server: pairs that write to each other, groups, and idle ones that are merely connected. */
export class Population {
  readonly #dialect: Dialect;
  readonly #sockets: WebSocket[] = [];
  readonly #acknowledgers: Acknowledger[] = [];
  /** Two of each pair, next to each other: the first n users are n lanes. */
  readonly lanes: Lane[] = [];
  readonly rooms = new Map<string, Room>();
  readonly #heart: NodeJS.Timeout;
  #second = 0;
  #idle = 0;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#heart = setInterval(() => this.#beat(), 1000);
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

  /** Connects the members of a new group; resolves when a first message has reached all of them. */
  async addRoom(prefix: string, members: number): Promise<void> {
    const users = Array.from({ length: members }, (_x, index) => `${prefix}${index}`);
    const sockets = new Map<string, WebSocket>();
    await forEachOf(members, async (index) => {
      const user = users[index] ?? "";
      sockets.set(user, await this.#connect(user));
    });
    const room = new Room(users, (of, user, watch) => {
      const socket = sockets.get(user);
      if (socket === undefined) throw new Error(`unable to make a room; ${user} is not connected`);
      return this.#member(of, user, watch, socket);
    });
    room.conversationId = await this.#dialect.group(prefix, members);
    this.rooms.set(prefix, room);
    room.members[0]?.send();
    await room.rest();
  }

  /** What has become of everything that was sent in groups. */
  async accounts(): Promise<Account[]> {
    const { log } = this.#dialect;
    return Promise.all(
      [...this.rooms.values()].map(async (room) => {
        const [reader] = room.members;
        return room.account(reader && (await log?.(reader.user, room.conversationId)));
      }),
    );
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
  #beat(): void {
    const share = this.#second++ % HEARTBEAT_SECONDS;
    for (let index = share; index < this.#sockets.length; index += HEARTBEAT_SECONDS) {
      this.#sockets[index]?.send(HEARTBEAT);
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
    const acknowledger = this.#acknowledger(socket, () => conversationId);
    const reader: FrameReader = {
      acked: (number) => outgoing.acknowledge(number),
      entry: ({ seq, sender_id, content }) => {
        if (sender_id === self || content === undefined) return;
        incoming.deliver(numberIn(content), seq);
        acknowledger?.stored(seq);
      },
      refused: (number, code) => outgoing.fault(`message ${number} was refused: ${code}`),
      fault: (text) => outgoing.fault(text),
    };
    socket.on("message", (data) => this.#dialect.read((data as Buffer).toString(), reader));
    socket.on("close", (code) => outgoing.fault(`the connection was closed with ${code}`));
  }

  /** Where the server wants to be told what a device has stored. */
  #acknowledger(socket: WebSocket, conversationId: () => string): Acknowledger | undefined {
    const { deliveredFrame } = this.#dialect;
    const tell = deliveredFrame && ((upTo: number): void => socket.send(deliveredFrame(conversationId(), upTo)));
    const acknowledger = tell && new Acknowledger(tell);
    if (acknowledger !== undefined) this.#acknowledgers.push(acknowledger);
    return acknowledger;
  }

  #member(room: Room, user: string, watch: MemberWatch, socket: WebSocket): Member {
    const acknowledger = this.#acknowledger(socket, () => room.conversationId);
    const see = (entry: WireEntry): string | undefined => {
      // Entries may come before the answer that says what the group is called; the next one acknowledges them too.
      if (room.conversationId !== "") acknowledger?.stored(entry.seq);
      return watch.see(entry);
    };
    const make = (number: number): string => this.#dialect.sendFrame(room.conversationId, number);
    const member = new Member(user, { ...watch, see }, make, (frame) => socket.send(frame));
    socket.on("message", (data) => this.#dialect.read((data as Buffer).toString(), member));
    socket.on("close", (code) => member.fault(`the connection was closed with ${code}`));
    return member;
  }

  async #connect(user: string): Promise<WebSocket> {
    const { url, headers } = await this.#dialect.address(user);
    const socket = new WebSocket(url, { headers, perMessageDeflate: false, skipUTF8Validation: true });
    await opened(socket);
    this.#sockets.push(socket);
    return socket;
  }
}
