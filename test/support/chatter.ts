import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { ServerEvent } from "../../src/shared/protocol/events.ts";
import type { Person } from "./person.ts";
import { uuid7 } from "./random.ts";
import { Session } from "./session.ts";
import { delay } from "./wait.ts";

export interface Acked {
  readonly conversation_id: string;
  readonly content: string;
  readonly seq: number;
  readonly message_id: string;
}

interface Waiting {
  readonly conversation_id: string;
  readonly content: string;
}

const RETRY_MS = 100;
const RESEND_MS = 3000;

/**
 * A small client that never gives up: what it wants to say goes out until it is acknowledged, with the
 * same id, over as many connections as it takes; what it receives it keeps by `seq`, fills gaps, and
 * acknowledges. It remembers every answer that contradicts an earlier one.
 */
export class Chatter {
  readonly person: Person;
  /** By client_message_id: what the server promised. */
  readonly acked = new Map<string, Acked>();
  /** By conversation: what this device holds of its log. */
  readonly logs = new Map<string, Map<number, Entry>>();
  readonly heads = new Map<string, number>();
  readonly contradictions: string[] = [];
  rev = 0;
  connections = 0;
  readonly #base: string;
  readonly #outbox = new Map<string, Waiting>();
  readonly #inFlight = new Map<string, number>();
  readonly #acknowledged = new Map<string, number>();
  /** By conversation: from where its gap was asked for last, and when. */
  readonly #asked = new Map<string, { after: number; at: number }>();
  #session: Session | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(base: string, person: Person) {
    this.#base = base;
    this.person = person;
  }

  get pending(): number {
    return this.#outbox.size;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#session?.terminate();
    await this.#running;
  }

  /** Puts a message in the outbox; it goes out now or as soon as there is a connection. */
  say(conversation_id: string, content: string): void {
    const id = uuid7();
    this.#outbox.set(id, { conversation_id, content });
    if (this.#session?.isOpen) this.#transmit(id);
  }

  /** Whether this device holds the log of `conversation_id` from its first known entry up to `head` without a gap. */
  holds(conversation_id: string, head: number): boolean {
    const log = this.logs.get(conversation_id);
    if (log === undefined) return head === 0;
    for (let seq = 1; seq <= head; seq++) if (!log.has(seq)) return false;
    return true;
  }

  /** For the message of a failed test: where this device stands with a conversation. */
  standing(conversationId: string): string {
    const log = this.logs.get(conversationId);
    const seqs = [...(log?.keys() ?? [])].sort((x, y) => x - y);
    const head = this.heads.get(conversationId);
    return JSON.stringify({
      user: this.person.userId,
      connected: this.#session?.isOpen ?? false,
      connections: this.connections,
      rev: this.rev,
      head,
      acknowledged: this.#acknowledged.get(conversationId),
      held: `${seqs.length} entries, ${seqs[0]} to ${seqs.at(-1)}`,
      gaps: Array.from({ length: head ?? 0 }, (_x, i) => i + 1).filter((seq) => !log?.has(seq)),
    });
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#connection();
      } catch {
        // Whatever ended the connection: the next one picks up where it was.
      }
      if (!this.#stopped) await delay(RETRY_MS / 2 + Math.random() * RETRY_MS);
    }
  }

  async #connection(): Promise<void> {
    const session = await Session.open(this.#base, { token: this.person.token, since: this.rev });
    this.connections++;
    session.listen((event) => this.#receive(session, event));
    this.#asked.clear();
    const resend = setInterval(() => this.#remind(session), RESEND_MS / 3);
    try {
      await session.waitFor("sync", () => true, { timeoutMs: 10_000 });
      this.#session = session;
      this.#inFlight.clear();
      for (const id of this.#outbox.keys()) this.#transmit(id);
      await session.closed;
    } finally {
      clearInterval(resend);
      this.#session = undefined;
      session.terminate();
      this.contradictions.push(...session.violations);
    }
  }

  #transmit(id: string): void {
    const waiting = this.#outbox.get(id);
    if (waiting === undefined || this.#session === undefined) return;
    this.#inFlight.set(id, Date.now());
    this.#session.tell({ type: "send", client_message_id: id, ...waiting });
  }

  /** What was refused for being too fast, or not answered, is asked again. */
  #remind(session: Session): void {
    for (const [id, at] of this.#inFlight) if (at < Date.now() - RESEND_MS) this.#transmit(id);
    for (const id of this.heads.keys()) this.#settle(session, id);
  }

  #receive(session: Session, event: ServerEvent): void {
    // Frames are kept for tests that look at few; here there are thousands.
    if (session.frames.length > 500) session.frames.splice(1, 400);
    if (event.type === "ack") this.#take(event);
    else if (event.type === "entries") {
      this.#store(event.conversation_id, event.entries, event.head_seq);
      this.rev = Math.max(this.rev, event.rev ?? 0);
      this.#settle(session, event.conversation_id);
    } else if (event.type === "sync") {
      for (const row of event.conversations)
        this.#store(row.conversation_id, event.entries[row.conversation_id] ?? [], row.head_seq);
      this.rev = Math.max(this.rev, event.rev);
      if (event.more) session.tell({ type: "sync", since: event.rev });
      for (const row of event.conversations) this.#settle(session, row.conversation_id);
    } else if (event.type === "error" && event.client_message_id !== undefined) {
      const id = event.client_message_id;
      if (event.code !== "rate_limited" && event.code !== "overloaded" && event.code !== "internal") {
        this.contradictions.push(`${this.person.userId}: ${event.code} ${event.message}`);
        this.#outbox.delete(id);
      }
    }
  }

  #take(ack: Extract<ServerEvent, { type: "ack" }>): void {
    const id = ack.client_message_id;
    const waiting = this.#outbox.get(id);
    const before = this.acked.get(id);
    this.#outbox.delete(id);
    this.#inFlight.delete(id);
    if (before !== undefined && (before.seq !== ack.seq || before.message_id !== ack.message_id)) {
      this.contradictions.push(`${id} was acknowledged as ${before.seq} and as ${ack.seq}`);
    }
    if (waiting === undefined) return;
    this.acked.set(id, { ...waiting, seq: ack.seq, message_id: ack.message_id });
  }

  #store(conversationId: string, entries: readonly Entry[], head: number): void {
    const log = this.logs.get(conversationId) ?? new Map<number, Entry>();
    this.logs.set(conversationId, log);
    this.heads.set(conversationId, Math.max(head, this.heads.get(conversationId) ?? 0));
    for (const entry of entries) {
      const before = log.get(entry.seq);
      if (before !== undefined && before.message_id !== entry.message_id) {
        this.contradictions.push(`${conversationId} ${entry.seq} was ${before.message_id}, is ${entry.message_id}`);
      }
      log.set(entry.seq, entry);
    }
  }

  /** Asks for the first gap; acknowledges what is held without one. */
  #settle(session: Session, conversationId: string): void {
    const log = this.logs.get(conversationId);
    const head = this.heads.get(conversationId) ?? 0;
    let whole = this.#acknowledged.get(conversationId) ?? 0;
    while (log?.has(whole + 1)) whole++;
    if (whole > (this.#acknowledged.get(conversationId) ?? 0)) {
      this.#acknowledged.set(conversationId, whole);
      session.tell({ type: "delivered", conversation_id: conversationId, up_to: whole });
    }
    const asked = this.#asked.get(conversationId);
    if (whole >= head || (asked?.after === whole && asked.at > Date.now() - RESEND_MS)) return;
    this.#asked.set(conversationId, { after: whole, at: Date.now() });
    session.tell({ type: "log", conversation_id: conversationId, after: whole, limit: 200 });
  }
}
