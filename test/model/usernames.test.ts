import * as fc from "fast-check";
import { describe, it } from "vitest";
import { Name } from "../../src/core/directory/name.ts";
import { Profile } from "../../src/core/inbox/profile.ts";
import type { ProfileFields } from "../../src/core/inbox/profile.ts";
import { ProfileChanges } from "../../src/core/inbox/profile-changes.ts";
import { openStore } from "../../src/core/store.ts";
import { refuse } from "../../src/shared/result.ts";
import type { Result } from "../../src/shared/result.ts";
import { NodeSql } from "../unit/node-sql.ts";
import { DIRECTORY, userStore } from "../unit/stores.ts";
import { settled } from "../unit/virtual-time.ts";
import { Host, Post } from "./post.ts";
import { budget, PATIENCE_MS } from "./runs.ts";

const PEOPLE = ["ann", "bob", "cem"] as const;
const NAMES = ["north", "south"] as const;
const AWAY = refuse("internal", "unable to reach the directory; try again");

const who = fc.nat(PEOPLE.length - 1);
const name = fc.nat(NAMES.length - 1);
const pick = fc.nat(20);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("change" as const), who, name: fc.option(name, { nil: null, freq: 4 }) }),
  },
  { weight: 16, arbitrary: fc.record({ do: fc.constant("deliver" as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("lose" as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crashPerson" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crashName" as const), name }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const broken = (what: string): never => {
  throw new Error(what);
};

class Town {
  readonly #post = new Post();
  readonly #wrong: string[] = [];
  readonly #names = NAMES.map((title) => {
    const keeps = (user: string): Promise<boolean> =>
      this.#post.call(this.#person(user), ({ changes }) => Promise.resolve(changes.keeps(title)));
    return new Host(new NodeSql(), (sql) => new Name({ sql: openStore(sql, DIRECTORY), keeps }));
  });
  readonly #people = PEOPLE.map(
    (user) =>
      new Host(userStore(), (sql) => {
        const profile = new Profile(sql);
        const changed = (before: ProfileFields, now: ProfileFields): void => {
          const left = before.username;
          if (left === undefined || left === now.username) return;
          void this.#post.call(this.#name(left), (directory) => directory.review()).catch(() => undefined);
        };
        return {
          profile,
          changes: new ProfileChanges({ profile, claim: (title) => this.#claim(title, user), changed }),
        };
      }),
  );

  async run(one: Step): Promise<void> {
    if (one.do === "change") {
      const change = this.#change(one.who, one.name === null ? null : (NAMES[one.name] ?? null));
      // It fails with the life in which it was asked.
      void change.catch(() => undefined);
    }
    if (one.do === "deliver") this.#post.take(one.pick)?.deliver();
    if (one.do === "lose") this.#post.take(one.pick)?.lose();
    if (one.do === "crashPerson") this.#people[one.who]?.crash();
    if (one.do === "crashName") this.#names[one.name]?.crash();
    await settled();
    this.#check();
  }

  /** When all has arrived, every name that nobody shows can be had at once, and no other. */
  async end(): Promise<void> {
    for (let message = this.#post.take(0); message; message = this.#post.take(0)) {
      message.deliver();
      await settled();
      this.#check();
    }
    for (const title of NAMES) {
      const isShown = this.#shown().includes(title);
      const claim = this.#name(title).service.claim("newcomer");
      await settled();
      while (this.#post.waiting > 0) {
        this.#post.take(0)?.deliver();
        await settled();
      }
      if ((await claim) === isShown)
        broken(`${title} is ${isShown ? "shown, and given away" : "nobody's, and not to be had"}`);
    }
    for (const { sql } of [...this.#names, ...this.#people]) sql.close();
  }

  async #change(index: number, username: string | null): Promise<void> {
    // The two are changed together or not at all.
    const result = await this.#people[index]?.service.changes.change({ username, display_name: username });
    if (result?.ok && (result.value.username ?? null) !== username)
      this.#wrong.push(`asked for ${username}, answered ${result.value.username}`);
  }

  /** As the platform's adapter does it: asked once more when the answer did not come. */
  async #claim(title: string, user: string): Promise<Result<boolean>> {
    const ask = (): Promise<boolean> => this.#post.call(this.#name(title), (directory) => directory.claim(user));
    try {
      return { ok: true, value: await ask().catch(ask) };
    } catch {
      return AWAY;
    }
  }

  #person(user: string) {
    return this.#people[PEOPLE.findIndex((one) => one === user)] ?? broken(`who is ${user}`);
  }

  #name(title: string) {
    return this.#names[NAMES.findIndex((one) => one === title)] ?? broken(`what is ${title}`);
  }

  /** What the profiles show that are on the disk. */
  #shown(): (string | undefined)[] {
    return this.#people.map(({ sql }) => new Profile(sql).fields.username);
  }

  /** Whoever shows a name has it, so that no two do. */
  #check(): void {
    for (const wrong of this.#wrong) broken(wrong);
    for (const [index, username] of this.#shown().entries()) {
      const person = PEOPLE[index];
      const sql = this.#people[index]?.sql;
      if (sql && new Profile(sql).fields.display_name !== username) broken(`${person} was changed by halves`);
      const holder = username === undefined ? person : this.#name(username).service.holder;
      if (holder !== person) broken(`${person} shows ${username}, which is ${holder}'s`);
    }
  }
}

const play = async (steps: readonly Step[]): Promise<void> => {
  const town = new Town();
  for (const one of steps) await town.run(one);
  await town.end();
};

describe("people who claim, exchange and give up names, with losses and crashes", () => {
  it(
    "[USER-5] [USER-6] no two show one name, nothing is changed by halves, and no name is lost",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), play),
        budget("usernames", 1000),
      );
    },
    PATIENCE_MS,
  );
});
