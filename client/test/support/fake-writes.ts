import type { CommandOf } from "../../../src/shared/protocol/commands.ts";
import type { ErrorCode } from "../../../src/shared/errors.ts";
import type { Draft, FakeLog } from "./fake-log.ts";

export type WriteCommand = CommandOf<"send"> | CommandOf<"edit"> | CommandOf<"delete"> | CommandOf<"react">;

/** What a write becomes in the log, or why it does not. */
export const entryOf = (log: FakeLog, user: string, command: WriteCommand): Draft | ErrorCode => {
  const common = { sender_id: user, client_message_id: command.client_message_id };
  if (!log.members.includes(user)) return "not_found";
  if (command.type === "send") {
    const { content, reply_to, thread_root, mentions, forwarded, preview, expires_in, message_type } = command;
    const more = Object.fromEntries(
      Object.entries({ reply_to, thread_root, mentions, forwarded, preview }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    const end = expires_in === undefined ? {} : { expires_at: new Date(log.now() + expires_in * 1000).toISOString() };
    return { kind: "message", type: message_type, content, ...more, ...end, ...common };
  }
  const target = log.message(user, command.message_id);
  if (target === undefined) return "not_found";
  if (target.deleted_at !== undefined) return "conflict";
  const about = { target: command.message_id, ...common };
  if (command.type === "react") {
    const { emoji, op } = command;
    const mine = log.reactors(command.message_id).some((one) => one.emoji === emoji && one.users.includes(user));
    return op === "remove" && !mine ? "not_found" : { kind: "reaction", emoji, op, ...about };
  }
  const staff = ["owner", "admin"].includes(log.people.get(user)?.role ?? "");
  if (target.sender_id !== user && !(staff && command.type === "delete")) return "forbidden";
  return command.type === "delete"
    ? { kind: "delete", ...about }
    : { kind: "edit", content: command.content, ...about };
};
