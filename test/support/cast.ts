import type { Role } from "../../src/shared/protocol/fields.ts";
import type { Person } from "./person.ts";
import { unique } from "./random.ts";
import type { Target } from "./target.ts";
import { Writer } from "./writer.ts";
import { adding, reacting, removing } from "./write.ts";

/** How somebody stands to a conversation. In a channel a `member` is a subscriber. */
export const ACTORS = ["owner", "admin", "member", "stranger", "former"] as const;
export type Actor = (typeof ACTORS)[number];
/** Whom something is done to. */
export type Held = "owner" | "admin" | "member";

interface Player {
  readonly person: Person;
  readonly http: Writer;
  readonly socket: Writer;
}

const MESSAGES = 8;
const EXTRAS = 8;
export const EMOJI = "👀";

/** A conversation with somebody of each standing, messages of theirs, and people to do things to. */
export class Cast {
  readonly id: string;
  /** Whoever watches: an owner who does nothing that is looked at. */
  readonly witness: Person;
  readonly players: Readonly<Record<Actor, Player>>;
  readonly #own: Readonly<Record<Actor, string[]>>;
  readonly #extras: Readonly<Record<Held, { userId: string }[]>>;

  #handed: Held | undefined;

  private constructor(
    id: string,
    witness: Person,
    players: Cast["players"],
    own: Record<Actor, string[]>,
    extras: Record<Held, { userId: string }[]>,
  ) {
    this.id = id;
    this.witness = witness;
    this.players = players;
    this.#own = own;
    this.#extras = extras;
  }

  /**
   * @param make founds the conversation
   * @param lowest the role of those who are neither owner nor admin
   */
  static async of(target: Target, make: (owner: Person) => Promise<string>, lowest: Role = "member"): Promise<Cast> {
    const [witness, owner, admin, member, stranger, former] = await target.people("witness", ...ACTORS);
    const people: Record<Actor, Person> = { owner, admin, member, stranger, former };
    const id = await make(witness);
    const crowd = (): { userId: string }[] => Array.from({ length: EXTRAS }, () => ({ userId: unique("extra") }));
    const extras = { owner: crowd(), admin: crowd(), member: crowd() };
    await witness.does(adding(id, [owner, ...extras.owner], "owner"));
    await witness.does(adding(id, [admin, ...extras.admin], "admin"));
    await witness.does(adding(id, [member, former, ...extras.member], lowest));
    const own: Record<Actor, string[]> = { owner: [], admin: [], member: [], stranger: [], former: [] };
    for (const actor of ["owner", "admin", "member", "former"] as const) {
      if (lowest === "subscriber" && (actor === "member" || actor === "former")) continue;
      for (let i = 0; i < MESSAGES; i++) {
        const { message_id } = await people[actor].send(id, `by ${actor}`);
        await people[actor].does(reacting(id, message_id, EMOJI));
        own[actor].push(message_id);
      }
    }
    await former.does(removing(id, former));
    const players = await Promise.all(
      ACTORS.map(async (actor) => {
        const person = people[actor];
        const socket = Writer.socket(await person.connect());
        return [actor, { person, http: Writer.http(person.rest), socket }] as const;
      }),
    );
    return new Cast(id, witness, Object.fromEntries(players) as Cast["players"], own, extras);
  }

  /** How far the log goes. */
  async head(): Promise<number> {
    const page = await this.witness.rest.ok("readLog", { params: { id: this.id }, query: { limit: 1 } });
    return page.head_seq;
  }

  /** A standing message of the actor's, which nothing was done to but that he reacted to it. */
  own(actor: Actor): string | undefined {
    return this.#own[actor].pop();
  }

  /** A new message of an owner's. */
  async others(): Promise<string> {
    return (await this.witness.send(this.id, "by the witness")).message_id;
  }

  /** Somebody of that role whom nothing was done to: the same again, until something was. */
  extra(role: Held): { readonly userId: string } {
    const extra = this.#extras[role][0];
    if (extra === undefined) throw new Error(`more of ${role} are needed`);
    this.#handed = role;
    return extra;
  }

  /** Whatever was handed out last is not as it was. */
  spend(): void {
    if (this.#handed !== undefined) this.#extras[this.#handed].shift();
    this.#handed = undefined;
  }
}
