import type { ExportPiece, ExportSource, ExportStage, ExportWish } from "../../core/personal/export-job.ts";
import { personalLines } from "../../core/personal/personal-data.ts";
import { conversationsOf } from "../../platform/placement.ts";
import type { JobsBindings } from "../../rpc/bindings.ts";
import type { ConversationId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Conversation, Participant } from "../../shared/protocol/conversation.ts";
import type { Message } from "../../shared/protocol/message.ts";
import type { Result } from "../../shared/result.ts";

type Page<N extends string, T> = { readonly [K in N]: readonly T[] } & { readonly next_cursor?: string };
type Wish = Pick<ExportWish, "user_id" | "include">;

/** What is gone, or was never shown to him, is not there. Anything else is asked again. */
const parsed = (result: Result<string>): unknown => {
  if (result.ok) return JSON.parse(result.value) as unknown;
  if (result.refusal.code === "not_found") return undefined;
  throw new Error(result.refusal.message);
};

/** Reads what is exported by the calls by which it is shown: in the person's name, with nothing that he may not see. */
export const exportSource = (env: JobsBindings): ExportSource => {
  const conversations = conversationsOf(env);
  const page = { limit: LIMITS.pageMax };

  const about = async ({ user_id }: Wish, id: ConversationId): Promise<ExportPiece> => {
    const row = parsed(await env.USER.getByName(user_id).describe(id)) as Conversation | undefined;
    if (!row) return { lines: [JSON.stringify({ kind: "conversation", conversation_id: id, unavailable: true })] };
    const { last_message: _message, participants: _participants, unread_count: _unread, rev: _rev, ...kept } = row;
    return { lines: [JSON.stringify({ kind: "conversation", ...kept })] };
  };

  const members = async ({ user_id }: Wish, id: ConversationId, cursor: string | undefined): Promise<ExportPiece> => {
    const wanted = cursor === undefined ? page : { ...page, cursor };
    const list = parsed(await conversations.getByName(id).list(user_id, "members", wanted)) as
      | Page<"members", Participant>
      | undefined;
    if (!list) return { lines: [] };
    const ids = list.members.map((member) => member.user_id);
    return { lines: [JSON.stringify({ kind: "members", conversation_id: id, user_ids: ids })], next: list.next_cursor };
  };

  const scheduled = async ({ user_id }: Wish, id: ConversationId, cursor: string | undefined): Promise<ExportPiece> => {
    const wanted = cursor === undefined ? page : { ...page, cursor };
    const list = parsed(await conversations.getByName(id).list(user_id, "scheduled", wanted)) as
      | Page<"scheduled", object>
      | undefined;
    const lines = (list?.scheduled ?? []).map((one) =>
      JSON.stringify({ kind: "scheduled", ...one, conversation_id: id }),
    );
    return { lines, next: list?.next_cursor };
  };

  const messages = async (wish: Wish, id: ConversationId, cursor: string | undefined): Promise<ExportPiece> => {
    const wanted = cursor === undefined ? { ...page, after: 0 } : { ...page, cursor };
    const list = parsed(await conversations.getByName(id).messages(wish.user_id, wanted)) as
      | Page<"messages", Message>
      | undefined;
    const lines: string[] = [];
    for (const message of list?.messages ?? []) {
      const { message_id, reactions = [] } = message;
      if (wish.include === "readable" || message.sender_id === wish.user_id)
        lines.push(JSON.stringify({ kind: "message", ...message }));
      for (const { emoji, me } of reactions)
        if (me) lines.push(JSON.stringify({ kind: "reaction", conversation_id: id, message_id, emoji }));
    }
    return { lines, next: list?.next_cursor };
  };

  const stages: Readonly<
    Record<ExportStage, (wish: Wish, id: ConversationId, cursor: string | undefined) => Promise<ExportPiece>>
  > = { about, members, scheduled, messages };

  return {
    async person(user) {
      const data = await env.USER.getByName(user).personalData();
      return { lines: personalLines(user, data), conversations: data.conversations };
    },
    conversation: (wish, id, stage, cursor) => stages[stage](wish, id, cursor),
  };
};
