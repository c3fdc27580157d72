/** How much an imagined other system has. */
export interface OldSystem {
  readonly messages: number;
  readonly conversations: number;
  readonly people: number;
  readonly seed: number;
  /** What all ids begin with. */
  readonly prefix: string;
}

export interface OldMessage {
  readonly kind: "message";
  readonly id: string;
  readonly conversation: string;
  readonly sender: string;
  readonly timestamp: string;
  readonly content: string;
  readonly reply_to?: string;
  readonly thread_root?: string;
  readonly mentions?: readonly string[];
  readonly edited_at?: string;
  readonly deleted_at?: string;
  readonly reactions?: readonly { readonly user_id: string; readonly emoji: string }[];
}

export interface OldConversation {
  readonly kind: "conversation";
  readonly id: string;
  readonly type: "direct" | "group";
  readonly name?: string;
  readonly created_at: string;
  readonly members: readonly { readonly user_id: string; readonly role?: string }[];
}

interface OldRead {
  readonly kind: "read";
  readonly conversation: string;
  readonly user: string;
  readonly up_to: string | null;
}

export type OldLine = OldConversation | OldMessage | OldRead | { readonly kind: "end"; readonly conversation: string };

const BEGAN = Date.UTC(2019, 0, 1);
const WORDS =
  "harbour lantern meadow copper winter violin orchard thunder saffron pebble glacier ember willow compass".split(" ");
const EMOJI = ["👍", "🎉", "❤️", "😀"];

/** Numbers in [0, 1) that depend on nothing but the seed (mulberry32). */
const numbersOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** One conversation while it is told. */
class Told {
  readonly line: OldConversation;
  readonly #random: () => number;
  readonly #people: readonly string[];
  readonly #ids: string[] = [];
  readonly #roots: string[] = [];
  #at = BEGAN;

  constructor(index: number, { people, prefix }: OldSystem, random: () => number) {
    this.#random = random;
    const isDirect = index % 3 === 0 && people > 2;
    const size = isDirect ? 2 : 3 + Math.floor(random() * Math.max(1, people - 3));
    // Pairs do not come twice: there is one direct conversation of two.
    const first = isDirect ? Math.floor(index / 3 / (people - 1)) % people : index;
    const step = isDirect ? 1 + (Math.floor(index / 3) % (people - 1)) : 1;
    const names = Array.from({ length: size }, (_x, n) => `${prefix}person${(first + n * step) % people}`);
    this.#people = [...new Set(names)];
    this.line = {
      kind: "conversation",
      id: `${prefix}C${index}`,
      type: isDirect ? "direct" : "group",
      ...(isDirect ? {} : { name: `Room ${index}` }),
      created_at: new Date(BEGAN).toISOString(),
      members: this.#people.map((user_id, n) => (isDirect || n > 0 ? { user_id } : { user_id, role: "owner" })),
    };
  }

  message(number: number): OldMessage {
    const random = this.#random;
    this.#at += Math.floor(random() * 30_000);
    const id = `${this.line.id}.${number}`;
    const earlier = this.#pick(this.#ids.slice(-50));
    const root = this.#pick(this.#roots.slice(-5));
    const isReply = random() < 0.1 && root !== undefined;
    const timestamp = new Date(this.#at).toISOString();
    const message: OldMessage = {
      kind: "message",
      id,
      conversation: this.line.id,
      sender: this.#somebody(),
      timestamp,
      content: `${this.#pick(WORDS) ?? ""} ${this.#pick(WORDS) ?? ""} ${number}`,
      ...(random() < 0.1 && earlier !== undefined ? { reply_to: earlier } : {}),
      ...(isReply ? { thread_root: root } : {}),
      ...(random() < 0.05 ? { mentions: [this.#somebody()] } : {}),
      ...(random() < 0.03 ? { edited_at: new Date(this.#at + 60_000).toISOString() } : {}),
      ...(random() < 0.02 ? { deleted_at: timestamp } : {}),
      ...(random() < 0.1 ? { reactions: [{ user_id: this.#somebody(), emoji: this.#pick(EMOJI) ?? "👍" }] } : {}),
    };
    this.#ids.push(id);
    if (!isReply && random() < 0.05) this.#roots.push(id);
    return message;
  }

  /** One of them has not read all of it. */
  *ending(): Generator<OldLine> {
    const conversation = this.line.id;
    yield { kind: "read", conversation, user: this.#people[0] ?? "", up_to: this.#ids.at(-5) ?? null };
    yield { kind: "end", conversation };
  }

  #somebody(): string {
    return this.#pick(this.#people) ?? "";
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)];
  }
}

/** Everything that an imagined other system has, as lines of an import: conversations mixed, as an export by time would be. */
export function* oldSystem(system: OldSystem): Generator<OldLine> {
  const random = numbersOf(system.seed);
  const told = Array.from({ length: system.conversations }, (_x, index) => new Told(index, system, random));
  for (const { line } of told) yield line;
  for (let number = 0; number < system.messages; number++) {
    // Half of all in the first one: a long conversation among short ones.
    const one = random() < 0.5 ? told[0] : told[Math.floor(random() * told.length)];
    if (one) yield one.message(number);
  }
  for (const one of told) yield* one.ending();
}
