import * as fc from "fast-check";
import { describe, it } from "vitest";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import type { Write } from "../../src/core/conversation/write.ts";
import type { MessageId, Seq } from "../../src/shared/ids.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { MemoryArchive } from "../support/memory-archive.ts";
import { seeded } from "../support/random.ts";
import { Talk } from "../unit/conversation-fixtures.ts";
import { budget, PATIENCE_MS } from "./runs.ts";
import { broken } from "./truth.ts";

const PEOPLE = ["ann", "bob", "cem"] as const;
type Person = (typeof PEOPLE)[number];
const WRITES = 500;
const READERS = 4;

/** What an entry made of a message. */
interface Change {
  readonly seq: Seq;
  readonly content: string;
}

interface Written {
  readonly id: MessageId;
  readonly author: Person;
  /** In the order in which they are known. */
  readonly changes: Change[];
}

/** What one page showed, and between which heads it was made. */
interface Shown {
  readonly from: Seq;
  readonly to: Seq;
  readonly messages: readonly Pick<Message, "seq" | "content">[];
}

/** A conversation of which little is at hand, whose archive is slow and fails now and then. */
class Scene {
  readonly talk = new Talk(PEOPLE);
  readonly archive = new MemoryArchive();
  readonly written = new Map<Seq, Written>();
  readonly random: () => number;
  walks = 0;
  refused = 0;
  writing = true;

  constructor(seed: number) {
    this.random = seeded(seed);
    this.archive.gate = async () => {
      await new Promise<void>((resolve) => void this.talk.time.after(this.random() * 400, resolve));
      if (this.random() < 0.03) throw new Error("it failed");
    };
    this.talk.archiving = { archive: this.archive, horizon: { entries: 20, ms: 0 } };
    this.talk.crash();
  }

  draw<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new Error("nothing to draw from");
    return item;
  }

  get head(): Seq {
    return this.talk.conversation.head;
  }

  async write(user: Person, write: Write): Promise<Seq | undefined> {
    const call = { user, writes: [write], inbox: NO_INBOX, at: this.talk.time.now() };
    const [result] = (await this.talk.conversation.append(call)).results;
    return result?.ok === true && !result.value.duplicate ? result.value.seq : undefined;
  }

  async send(): Promise<void> {
    const author = this.draw(PEOPLE);
    const draft = this.talk.draft(`sent behind ${this.head}`);
    const call = { user: author, writes: [draft], inbox: NO_INBOX, at: this.talk.time.now() };
    const [result] = (await this.talk.conversation.append(call)).results;
    if (result?.ok !== true) throw broken("ARCH-3", "a send failed", result);
    const { seq, message_id: id } = result.value;
    this.written.set(seq, { id, author, changes: [{ seq, content: draft.content }] });
  }

  /** One of the messages, old ones as often as new ones, becomes another. */
  async change(): Promise<void> {
    const one = this.draw([...this.written.values()]);
    const { id: message_id, author } = one;
    const dice = this.random();
    const content = dice < 0.3 ? "" : `edited behind ${this.head}, ${dice}`;
    if (dice > 0.7) {
      await this.write(author, this.talk.change({ op: "react", message_id, emoji: "👍", on: dice < 0.95 }));
      return;
    }
    const change =
      content === "" ? { op: "delete" as const, message_id } : { op: "edit" as const, message_id, content };
    const seq = await this.write(author, this.talk.change(change));
    if (seq !== undefined) one.changes.push({ seq, content });
  }

  async writeAll(): Promise<void> {
    const later: Promise<void>[] = [];
    for (let i = 0; i < WRITES; i++) {
      if (this.random() < 0.6 || this.written.size === 0) await this.send();
      else later.push(this.change());
      // Long pauses too: then everything is settled, archived and pruned.
      await this.talk.pass(this.random() < 0.03 ? 20_000 : this.random() * 300);
    }
    await this.talk.pass(60_000);
    await Promise.all(later);
    this.writing = false;
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => void this.talk.time.after(ms, resolve));
  }

  /** Asks until it is not refused. */
  async #answer<T>(ask: () => Promise<{ readonly ok: boolean } & T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      const result = await ask();
      if (result.ok) return result;
      if (tries > 100) throw broken("ARCH-3", "refused again and again", result);
      this.refused++;
      await this.#rest(1000);
    }
  }

  /** Pages through all messages, in one direction. */
  async walk(user: Person, upwards: boolean, limit: number): Promise<void> {
    const pages: Shown[] = [];
    let cursor: string | undefined;
    do {
      const page = { limit, ...(upwards ? { after: 0 } : {}), ...(cursor === undefined ? {} : { cursor }) };
      let from = this.head;
      const answer = await this.#answer(async () => {
        from = this.head;
        const result = await this.talk.conversation.history.messages(user, page);
        return result.ok ? result : { ...result, value: "" };
      });
      const { messages, next_cursor } = JSON.parse(answer.value) as { messages: Message[]; next_cursor?: string };
      pages.push({ from, to: this.head, messages });
      cursor = next_cursor;
      await this.#rest(this.random() * 2000);
    } while (cursor !== undefined);
    await this.#settled();
    this.#check(user, upwards, pages);
    this.walks++;
  }

  /** The same of the log. */
  async walkLog(user: Person, limit: number): Promise<void> {
    const seqs: Seq[] = [];
    let after = 0;
    for (let isOver = false; !isOver;) {
      const { value } = await this.#answer(async () => {
        const result = await this.talk.conversation.history.log(user, after, limit);
        return result.ok ? result : { ...result, value: undefined };
      });
      if (!value) throw broken("ARCH-1", "a log without an answer", { after });
      seqs.push(...(JSON.parse(value.entries) as { seq: Seq }[]).map(({ seq }) => seq));
      isOver = value.end >= value.head_seq;
      after = value.end;
      await this.#rest(this.random() * 2000);
    }
    const expected = Array.from({ length: after }, (_, i) => i + 1);
    if (JSON.stringify(seqs) !== JSON.stringify(expected)) throw broken("ARCH-1", `the log of ${user}`, { seqs });
    this.walks++;
  }

  /** What was written is known a moment after it is there. */
  async #settled(): Promise<void> {
    await this.#rest(6000);
  }

  #check(user: Person, upwards: boolean, pages: readonly Shown[]): void {
    const seqs = pages.flatMap(({ messages }) => messages.map(({ seq }) => seq));
    const last = (upwards ? seqs.at(-1) : seqs[0]) ?? 0;
    const all = [...this.written.keys()].filter((seq) => seq <= last).toSorted((a, b) => (upwards ? a - b : b - a));
    if (JSON.stringify(seqs) !== JSON.stringify(all))
      throw broken("ARCH-1", `${user} was not shown each message once, in order`, { upwards, seqs, all });
    const end = (upwards ? pages.at(-1) : pages[0]) ?? { from: 0, to: 0 };
    const missing = [...this.written.keys()].filter((seq) => seq > last && seq <= end.from);
    if (missing.length > 0) throw broken("ARCH-1", `${user} was not shown the newest ones`, { missing, last, end });
    for (const page of pages) this.#checkMoment(user, page);
  }

  /** A page is how things stood at one moment. */
  #checkMoment(user: Person, { from, to, messages }: Shown): void {
    const stands = (head: Seq): boolean =>
      messages.every(({ seq, content }) => {
        if (seq > head) return false;
        const changes = this.written.get(seq)?.changes.filter((change) => change.seq <= head) ?? [];
        return changes.toSorted((a, b) => a.seq - b.seq).at(-1)?.content === content;
      });
    for (let head = from; head <= to; head++) if (stands(head)) return;
    if (messages.length > 0) throw broken("ARCH-1", `a page of ${user} shows what never stood`, { from, to, messages });
  }

  async read(index: number): Promise<void> {
    while (this.writing) {
      const user = this.draw(PEOPLE);
      const limit = this.draw([1 + Math.floor(this.random() * 10), 50, 200]);
      if (index === 0) await this.walkLog(user, limit);
      else await this.walk(user, this.random() < 0.5, Math.max(limit, 5));
      await this.#rest(this.random() * 1000);
    }
  }
}

describe("[ARCH-1] walking through a conversation of which little is at hand", () => {
  it(
    "each message once, in order, each page as of one moment, while all goes on",
    { timeout: PATIENCE_MS },
    async () => {
      const done = { walks: 0, refused: 0, pruned: 0, worlds: 0 };
      const play = async (seed: number): Promise<void> => {
        const scene = new Scene(seed);
        const readers = Array.from({ length: READERS }, async (_, index) => scene.read(index));
        const failed = Promise.race(readers.map((reader) => reader.then(() => new Promise<never>(() => undefined))));
        await Promise.race([scene.writeAll(), failed]);
        // Whoever is still reading comes to an end.
        const ended = Promise.all(readers).then(() => "ended" as const);
        const goesOn = async (): Promise<"reading"> => {
          await scene.talk.pass(1000);
          return "reading";
        };
        while ((await Promise.race([ended, goesOn()])) === "reading");
        done.walks += scene.walks;
        done.refused += scene.refused;
        done.pruned += scene.talk.conversation.archiving.state.pruned_up_to;
        done.worlds++;
        scene.talk.sql.close();
      };
      await fc.assert(fc.asyncProperty(fc.nat(2 ** 31 - 1), play), budget("archive walk", 5));
      console.log(`archive walk: ${JSON.stringify(done)}`);
      if (done.pruned < done.worlds * WRITES * 0.5)
        throw broken("ARCH-1", "too little was pruned to show anything", done);
    },
  );
});
