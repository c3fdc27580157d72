import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matches, parseQuery } from "../../src/shared/search-query.ts";
import type { SearchQuery } from "../../src/shared/search-query.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { seeded } from "../support/random.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { MemoryArchive } from "../support/memory-archive.ts";
import { Talk, valueOf } from "../unit/conversation-fixtures.ts";
import type { Change } from "../unit/conversation-fixtures.ts";
import { budget, PATIENCE_MS } from "./runs.ts";

const PEOPLE = ["ann", "bob", "cem"] as const;
const WORDS = ["alpha", "beta", "alphabet", "Gämma", "gamma", "黒猫", "猫", "👍", "https://x.example", "rare"];
const QUERIES = [
  "alpha",
  "alpha*",
  "alpha beta",
  '"alpha beta"',
  "gamma",
  "猫",
  "👍 gamma",
  "has:link",
  "from:ann",
  "from:ann from:bob rare",
  "has:image alpha",
  "rare",
  "nothing",
];

const person = fc.constantFrom(...PEOPLE);
const nth = fc.nat(5000);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("talk" as const), count: fc.integer({ min: 1, max: 130 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("edit" as const), nth }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("brief" as const), count: fc.integer({ min: 1, max: 80 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(10, 6000, 60_000, 700_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("add" as const), person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("history" as const), all: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const parsed = (q: string): SearchQuery => valueOf(parseQuery(q, "ann"));

/** A conversation whose people write, edit, delete, come and go, while its index is made. */
class Scene {
  readonly talk: Talk;
  readonly #random: () => number;
  readonly #sent: { readonly id: string; readonly by: string }[] = [];
  readonly #present = new Set<string>(PEOPLE);

  /** `archived`: of the log little is at hand. */
  constructor(seed: number, { direct, archived }: { readonly direct: boolean; readonly archived: boolean }) {
    this.#random = seeded(seed);
    this.talk = direct ? new Talk(["ann", "bob"]) : new Talk([...PEOPLE], { type: "group", name: "g" });
    if (direct) this.#present.delete("cem");
    if (!archived) return;
    this.talk.archiving = { archive: new MemoryArchive(), horizon: { entries: 100, ms: 0 } };
    this.talk.crash();
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const one of steps) {
      await this.#step(one);
      await this.talk.pass(1);
    }
  }

  async #step(one: Step): Promise<void> {
    switch (one.do) {
      case "talk":
        for (let n = 0; n < one.count; n++) this.#say();
        return;
      case "brief":
        for (let n = 0; n < one.count; n++) this.#say({ expires_in: 1 + Math.floor(this.#random() * 100) });
        return;
      case "edit":
      case "delete": {
        const target = this.#sent[one.nth % Math.max(this.#sent.length, 1)];
        if (!target) return;
        const named = { message_id: target.id };
        const change = one.do === "edit" ? { op: one.do, ...named, content: this.#text() } : { op: one.do, ...named };
        await this.#write(target.by, change);
        return;
      }
      case "pass":
        return this.talk.pass(one.ms);
      case "crash":
        return this.talk.crash();
      case "leave":
        if (this.talk.founding.type !== "group" || one.person === "ann") return;
        if (this.talk.do(one.person, { op: "remove", user_id: one.person }).ok) this.#present.delete(one.person);
        return;
      case "add":
        if (this.talk.do("ann", { op: "add", user_ids: [one.person] }).ok) this.#present.add(one.person);
        return;
      case "history":
        this.talk.do("ann", { op: "change", changes: { settings: { history: one.all ? "all" : "since_joined" } } });
    }
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)];
  }

  #text(): string {
    const count = Math.floor(this.#random() * 4);
    const usual = Array.from({ length: count }, () => this.#pick(WORDS.slice(0, -1)));
    return [...usual, ...(this.#random() < 0.005 ? ["rare"] : [])].join(" ");
  }

  #say(more: object = {}): void {
    const by = this.#pick([...this.#present]) ?? "ann";
    const type = this.#random() < 0.05 ? "encrypted" : this.#random() < 0.05 ? "image" : "text";
    const sent = this.talk.send(by, this.#text(), { type, ...more });
    if (sent.ok) this.#sent.push({ id: sent.value.message_id, by });
  }

  /** What it names may be archived. */
  async #write(user: string, change: Change): Promise<void> {
    const call = { user, writes: [this.talk.change(change)], inbox: NO_INBOX, at: this.talk.time.now() };
    await this.talk.conversation.append(call);
  }

  /** Everything that somebody may read and that stands. */
  async standing(user: string): Promise<Message[]> {
    const standing: Message[] = [];
    let cursor: string | undefined;
    do {
      const asked = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
      const page = await this.talk.conversation.history.messages(user, asked);
      if (!page.ok) return [];
      const { messages, next_cursor } = JSON.parse(page.value) as { messages: Message[]; next_cursor?: string };
      const now = this.talk.time.now();
      const stands = ({ type, deleted_at, expires_at }: Message): boolean =>
        deleted_at === undefined && Date.parse(expires_at ?? "9999") > now && type !== "encrypted";
      standing.push(...messages.filter(stands));
      cursor = next_cursor;
    } while (cursor !== undefined);
    return standing;
  }

  async found(user: string, query: SearchQuery, limit: number): Promise<string[]> {
    const ids: string[] = [];
    let before: string | undefined;
    for (;;) {
      const slice = await this.talk.conversation.search.find(user, {
        query,
        limit,
        ...(before === undefined ? {} : { before }),
      });
      if (!slice.ok) return ids;
      expect(slice.value.hits.length).toBeLessThanOrEqual(limit);
      for (const { id, json } of slice.value.hits) {
        expect((JSON.parse(json) as Message).message_id).toBe(id);
        ids.push(id);
      }
      const { rest } = slice.value;
      if (rest === undefined) return ids;
      if (before !== undefined) expect(rest < before).toBe(true);
      before = rest;
    }
  }
}

describe("[SRCH-4] [SRCH-5] [SRCH-6] a search of a conversation", () => {
  it.each([
    ["at hand", false],
    ["in the archive, but for the newest", true],
  ])(
    "finds what reading everything finds, whatever is indexed by then, all of it %s",
    async (_where, archived) => {
      const { numRuns, ...rest } = budget("search", 4);
      let [indexed, pruned] = [0, 0];
      await fc.assert(
        fc.asyncProperty(
          fc.nat(2 ** 31 - 1),
          fc.record({ direct: fc.boolean(), archived: fc.constant(archived) }),
          fc.array(step, { minLength: 5, maxLength: 20, size: "max" }),
          async (seed, kind, steps) => {
            const scene = new Scene(seed, kind);
            await scene.play([{ do: "talk", count: 520 + (seed % 300) }, { do: "pass", ms: 6000 }, ...steps]);
            indexed = Math.max(indexed, scene.talk.conversation.search.indexed);
            pruned = Math.max(pruned, scene.talk.conversation.archiving.state.pruned_up_to);
            const from = new Date(scene.talk.time.now() - 300_000).toISOString();
            const dated = [`alpha before:${from}`, `from:ann after:${from}`];
            for (const user of PEOPLE) {
              const all = await scene.standing(user);
              for (const q of [...QUERIES, ...dated]) {
                const query = parsed(q);
                const expected = all
                  .filter((one) => matches(query, { ...one, at: Date.parse(one.timestamp) }))
                  .map(({ message_id }) => message_id);
                for (const limit of [7, 100])
                  expect([q, user, await scene.found(user, query, limit)]).toEqual([q, user, expected]);
              }
            }
          },
        ),
        { numRuns, ...rest },
      );
      // Histories that are too short for an index would show nothing.
      expect(indexed).toBeGreaterThanOrEqual(512);
      if (archived) expect(pruned).toBeGreaterThan(256);
    },
    PATIENCE_MS,
  );
});
