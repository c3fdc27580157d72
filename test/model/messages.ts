import { conversationMark, messageIdOf } from "../../src/core/conversation/message-id.ts";
import type { Sql } from "../../src/core/ports.ts";
import type { Fact } from "./truth.ts";

/** Who reads, and between which entries. */
interface Reader {
  readonly user: string;
  readonly floor: number;
  readonly end: number;
  readonly left: boolean;
}

/** A message as it stands, as far as tests compare it. */
export interface Standing {
  readonly seq: number;
  readonly content: string | undefined;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly reactions: readonly string[];
  readonly thread: { readonly replies: number; readonly unread: number } | undefined;
}

/** Who reacted to what, by the order of the entries. One person's emoji stands once. */
export const reactionsOf = (facts: readonly Fact[], target: string): Map<string, Set<string>> => {
  const byEmoji = new Map<string, Set<string>>();
  for (const { kind, sender, body } of facts) {
    if (kind !== "reaction" || body.target !== target || body.emoji === undefined) continue;
    const people = byEmoji.get(body.emoji) ?? new Set<string>();
    byEmoji.set(body.emoji, people);
    if (body.op === "add" ? people.has(sender) : !people.delete(sender))
      throw new Error(
        `REACT-1: ${sender} reacted with ${body.emoji} to ${target} twice, or took away what was not there`,
      );
    if (body.op === "add") people.add(sender);
  }
  for (const [emoji, people] of byEmoji) if (people.size === 0) byEmoji.delete(emoji);
  return byEmoji;
};

const threadReadOf = (sql: Sql, facts: readonly Fact[], root: number, user: string): number => {
  const said = sql.all<{ up_to: number }>(
    "SELECT up_to FROM thread_reads WHERE user_id = ? AND root = ?",
    user,
    root,
  )[0];
  const own = facts.findLast((fact) => fact.thread === root && fact.sender === user)?.seq ?? 0;
  return Math.max(own, said?.up_to ?? 0);
};

/** What the log makes of its messages, for one reader: played from the beginning, with none of the core's tables. */
export const messagesOf = (sql: Sql, facts: readonly Fact[], { user, floor, end, left }: Reader): Standing[] => {
  const id = sql.all<{ conversation_id: string }>("SELECT conversation_id FROM conversation")[0]?.conversation_id ?? "";
  const mark = conversationMark(id);
  return facts
    .filter(({ kind, seq }) => kind === "message" && seq >= floor && seq <= end)
    .map((fact): Standing => {
      const name = messageIdOf(fact.at, fact.seq, mark);
      const about = facts.filter(({ body }) => body.target === name);
      const deleted = about.some(({ kind }) => kind === "delete");
      const edit = about.findLast(({ kind, seq }) => kind === "edit" && seq <= end);
      const people = [...reactionsOf(facts, name)];
      // The emoji that came first comes first.
      const since = ([emoji, who]: [string, Set<string>]): number =>
        Math.min(
          ...[...who].map(
            (one) =>
              about.findLast(({ body, sender }) => body.op === "add" && body.emoji === emoji && sender === one)?.seq ??
              0,
          ),
        );
      const replies = facts.filter(
        ({ thread, deletedSeq, seq }) => thread === fact.seq && deletedSeq === null && seq <= end,
      );
      const read = threadReadOf(sql, facts, fact.seq, user);
      const unread = replies.filter(({ sender, seq }) => sender !== user && seq > read).length;
      return {
        seq: fact.seq,
        content: deleted ? "" : (edit?.body.content ?? fact.body.content),
        edited: !deleted && edit !== undefined,
        deleted,
        reactions:
          deleted || left
            ? []
            : people
                .toSorted((a, b) => since(a) - since(b))
                .map(([emoji, who]) => `${emoji} ${who.size} ${who.has(user)}`),
        thread: replies.length === 0 || left ? undefined : { replies: replies.length, unread },
      };
    });
};
