import type { Founding } from "../../src/core/conversation/founding.ts";
import { conversationMark, messageIdOf } from "../../src/core/conversation/message-id.ts";
import type { Sql } from "../../src/core/ports.ts";
import { broken, factsOf } from "./truth.ts";
import type { Fact } from "./truth.ts";

const RANK: Readonly<Record<string, number>> = { owner: 3, admin: 2, member: 1, subscriber: 0 };

/** A conversation as its log tells it, entry by entry. */
class Story {
  readonly #roles = new Map<string, string>();
  readonly #settings: Record<string, string | number> = { add: "admins", rename: "admins", pin: "admins" };
  readonly #isChannel: boolean;
  readonly #isDirect: boolean;
  readonly #pins = new Set<string>();
  readonly #messages = new Map<string, Fact>();
  readonly #mark: string;

  constructor({ type, founder, members, conversation_id }: Founding) {
    this.#isChannel = type === "channel";
    this.#isDirect = type === "direct";
    this.#mark = conversationMark(conversation_id);
    this.#settings["write"] = this.#isChannel ? "admins" : "everyone";
    for (const user of members) this.#roles.set(user, this.#isChannel ? "subscriber" : "member");
    this.#roles.set(founder, this.#isDirect ? "member" : "owner");
    if (this.#isDirect) this.#settings["pin"] = "everyone";
  }

  rank(user: string): number {
    // Those who only read a channel come and go without an entry.
    return RANK[this.#roles.get(user) ?? ""] ?? (this.#isChannel ? 0 : -1);
  }

  #may(user: string, right: string): boolean {
    return this.rank(user) >= 2 || (this.rank(user) === 1 && this.#settings[right] === "everyone");
  }

  /** Whether the entry may be there, and what it makes of the conversation. */
  take(fact: Fact): boolean {
    const { kind, sender, body, clientId } = fact;
    const target = body.target === undefined ? undefined : this.#messages.get(body.target);
    if (kind === "message") {
      this.#messages.set(messageIdOf(fact.at, fact.seq, this.#mark), fact);
      return this.#may(sender, "write") && (!fact.mentions.includes("@all") || this.rank(sender) >= 2);
    }
    if (kind === "edit") return target?.sender === sender && this.#may(sender, "write");
    if (kind === "reaction") return target !== undefined && this.rank(sender) >= 1;
    if (kind === "delete") {
      if (body.target !== undefined) this.#pins.delete(body.target);
      if (!target || target.deletedSeq !== fact.seq) return false;
      // Whose time is over is removed in its author's name, whether or not he is still there.
      if (clientId === null) return target.sender === sender && (target.expiresAt ?? Infinity) <= fact.at;
      return this.rank(sender) >= 2 || (target.sender === sender && this.#may(sender, "write"));
    }
    return kind === "member" ? this.#member(fact) : this.#change(fact);
  }

  #member({ sender, body: { op, user_id = "", role = "" } }: Fact): boolean {
    const own = this.rank(sender);
    const theirs = this.rank(user_id);
    const given = RANK[role] ?? 0;
    if (op === "add") {
      if (this.#roles.has(user_id) && !(this.#isChannel && theirs === 0)) return false;
      const isEmpty = this.#roles.size === 0;
      this.#roles.set(user_id, role);
      // Whoever comes in by a link comes in with the lowest role, or has it for himself.
      if (sender === user_id) return isEmpty ? role === "owner" || this.#isChannel : given <= 1;
      return this.#may(sender, "add") && (own >= 2 ? given <= own : given <= 1);
    }
    if (!this.#roles.has(user_id) && !this.#isChannel) return false;
    if (op === "remove") {
      this.#roles.delete(user_id);
      return sender === user_id || (own >= 2 && (own > theirs || own === 3));
    }
    this.#roles.set(user_id, role);
    // The last owner who leaves hands over first: to the highest there is.
    const handOver = role === "owner" && own === 3;
    return handOver || (given <= own && (sender === user_id || (own >= 2 && (own > theirs || own === 3))));
  }

  #change({ sender, body: { changes = {} } }: Fact): boolean {
    const { pin, unpin, name, settings } = changes;
    if (pin !== undefined) {
      if (this.#pins.has(pin) || !this.#messages.has(pin)) return false;
      this.#pins.add(pin);
      return this.#may(sender, "pin");
    }
    if (unpin !== undefined) return this.#pins.delete(unpin) && this.#may(sender, "pin");
    const allowed = (name === undefined || this.#may(sender, "rename")) && (!settings || this.rank(sender) >= 2);
    Object.assign(this.#settings, settings);
    return allowed;
  }

  /** A conversation with members has an owner. */
  get isOwned(): boolean {
    const roles = [...this.#roles.values()];
    return this.#isChannel || this.#isDirect || roles.length === 0 || roles.includes("owner");
  }

  get roles(): ReadonlyMap<string, string> {
    return this.#roles;
  }

  get pins(): ReadonlySet<string> {
    return this.#pins;
  }
}

/** Every entry is one that its sender was allowed to make there and then, and tables say what the entries make. */
export const checkActs = (sql: Sql, founding: Founding): void => {
  const story = new Story(founding);
  const facts = factsOf(sql);
  const mark = conversationMark(founding.conversation_id);
  for (const fact of facts.slice(1)) {
    if (!story.take(fact)) throw broken("ROLE-4", "an entry is there that its sender may not make", { fact, facts });
    const next = facts[fact.seq];
    // A hand-over is followed by the leave that it is for.
    const leaving = next?.body.op === "remove" && fact.body.op === "role";
    if (!story.isOwned && !leaving) throw broken("ROLE-5", "there is no owner", { fact });
  }
  const stored = sql.all<{ seq: number }>("SELECT seq FROM pins");
  const pinned = stored.map(({ seq }) => messageIdOf(facts[seq - 1]?.at ?? 0, seq, mark)).toSorted();
  if (JSON.stringify(pinned) !== JSON.stringify([...story.pins].toSorted()))
    throw broken("PIN-2", "other messages are pinned than the log says", { pinned, story: [...story.pins] });
  const staff = founding.type === "channel" ? "AND role <> 'subscriber'" : "";
  const members = sql
    .all<{ user_id: string; role: string }>(`SELECT user_id, role FROM members WHERE left_seq IS NULL ${staff}`)
    .map(({ user_id, role }) => `${user_id} ${role}`)
    .toSorted();
  const told = [...story.roles].map(([user, role]) => `${user} ${role}`);
  const expected = told.filter((one) => founding.type !== "channel" || !one.endsWith(" subscriber")).toSorted();
  if (JSON.stringify(members) !== JSON.stringify(expected))
    throw broken("MEMB-1", "others are members than the log says", { members, expected, facts });
};
