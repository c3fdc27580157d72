import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { Person } from "../support/person.ts";
import { uuid7 } from "../support/random.ts";
import type { Session } from "../support/session.ts";
import { delay } from "../support/wait.ts";

/** What came of sending for a while. */
export interface Sent {
  readonly sends: number;
  /** Answers that said to come again. */
  readonly refusals: number;
  /** Of each message from the first attempt to its ack, ms. */
  readonly acks: readonly number[];
}

interface Message {
  readonly id: string;
  readonly content: string;
}

const ANSWER_MS = 30_000;

/** Two people who talk in one conversation of a region, one of them writing and the other listening. */
export class Lane {
  readonly region: string;
  readonly id: string;
  readonly writer: Person;
  readonly #out: Session;
  readonly #in: Session;
  readonly #acked = new Map<number, Message>();
  /** What each of the two devices has. */
  readonly #had = new Map<Session, number>();
  /** As the SDK does: a device that says nothing for long is taken for gone. */
  readonly #heart = setInterval(() => this.#acknowledge(), 1000);
  readonly #faults: string[] = [];

  private constructor(region: string, id: string, writer: Person, sessions: [Session, Session]) {
    this.region = region;
    this.id = id;
    this.writer = writer;
    [this.#out, this.#in] = sessions;
    for (const session of sessions)
      session.listen((event) => {
        if (event.type === "entries" && event.conversation_id === id)
          this.#had.set(session, event.entries.at(-1)?.seq ?? 0);
      });
  }

  static async open(region: string, writer: Person, reader: Person): Promise<Lane> {
    const body = {
      type: "group",
      name: region,
      member_ids: [reader.userId],
      region,
      client_message_id: uuid7(),
    };
    const { conversation_id } = await writer.rest.ok("createConversation", { body });
    const sessions = await Promise.all([writer.connect({ since: 0 }), reader.connect({ since: 0 })]);
    return new Lane(region, conversation_id, writer, sessions);
  }

  /** Messages at a pace, whatever becomes of those before. */
  async write(perSecond: number, ms: number): Promise<Sent> {
    const acks: number[] = [];
    let refusals = 0;
    const one = async (message: Message): Promise<void> => {
      const from = performance.now();
      for (;;) {
        const answer = await this.#out.request(
          { type: "send", conversation_id: this.id, client_message_id: message.id, content: message.content },
          ANSWER_MS,
        );
        if (answer.type === "ack") {
          acks.push(performance.now() - from);
          if (this.#acked.has(answer.seq)) this.#faults.push(`${answer.seq} was given twice`);
          this.#acked.set(answer.seq, message);
          return;
        }
        refusals++;
        await delay((answer.type === "error" ? answer.retry_after_ms : undefined) ?? 1000);
      }
    };
    const all: Promise<void>[] = [];
    const begin = performance.now();
    for (let count = 0; count < (perSecond * ms) / 1000; count++) {
      await delay(Math.max(0, begin + (count * 1000) / perSecond - performance.now()));
      const id = uuid7();
      all.push(one({ id, content: `${this.region} ${this.#acked.size} ${id}` }));
    }
    await Promise.all(all);
    return { sends: all.length, refusals, acks };
  }

  get head(): number {
    return Math.max(0, ...this.#acked.keys());
  }

  get acked(): number {
    return this.#acked.size;
  }

  /** The log over HTTP, which has to be what was acknowledged, once and in order, and what the reader was brought. */
  async log(): Promise<Entry[]> {
    const log = await this.writer.log(this.id);
    const messages = log.filter((entry) => entry.kind === "message");
    for (const entry of messages) {
      const message = this.#acked.get(entry.seq);
      if (message?.id !== entry.client_message_id || message?.content !== entry.content)
        this.#faults.push(`${entry.seq} of the log is another message`);
    }
    if (messages.length !== this.#acked.size)
      this.#faults.push(`${this.#acked.size} were acknowledged, ${messages.length} are in the log`);
    const brought = new Set(this.#in.pushed(this.id).map(({ seq }) => seq));
    const missing = messages.filter(({ seq }) => !brought.has(seq));
    if (missing.length > 0) this.#faults.push(`${missing.length} were not brought`);
    if ([...brought].some((seq, index, all) => index > 0 && seq < (all[index - 1] ?? 0)))
      this.#faults.push("entries were brought out of order");
    return log;
  }

  /** What went wrong so far, on the wire too. */
  get faults(): string[] {
    const seen = [...this.#faults, ...this.#out.violations, ...this.#in.violations];
    return seen.map((fault) => `${this.id}: ${fault}`);
  }

  #acknowledge(): void {
    for (const [session, up_to] of this.#had)
      if (session.isOpen) session.tell({ type: "delivered", conversation_id: this.id, up_to });
  }

  async close(): Promise<void> {
    clearInterval(this.#heart);
    await Promise.all([this.#out.close(), this.#in.close()]);
  }
}
